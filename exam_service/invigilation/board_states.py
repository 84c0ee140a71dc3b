"""The states by which a board is filtered: each a set of signs, with how many rows show one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from exam_service.invigilation.board import Board, BoardRow
from exam_service.invigilation.signs import HEALTHY, Trouble


class BoardState(StrEnum):
    """What an invigilator looks for; the value stands in the address of the board."""

    HELP = "help"
    OFFLINE = "offline"
    UNSAVED = "unsaved"
    TOO_LATE = "too-late"
    NOT_STARTED = "not-started"
    MACHINE = "machine"
    ATTENTION = "attention"
    PAUSED = "paused"
    VIOLATION = "violation"
    WAITING = "waiting"
    WORKING = "working"
    ABSENT = "absent"
    DONE = "done"


SIGNS: Mapping[BoardState, frozenset[Trouble]] = {
    BoardState.HELP: frozenset(Trouble) - HEALTHY,
    BoardState.OFFLINE: frozenset((Trouble.OFFLINE,)),
    BoardState.UNSAVED: frozenset((Trouble.UNSAVED,)),
    BoardState.TOO_LATE: frozenset((Trouble.NEEDS_ADMISSION,)),
    BoardState.NOT_STARTED: frozenset((Trouble.NOT_STARTED,)),
    BoardState.MACHINE: frozenset((Trouble.MACHINE,)),
    BoardState.ATTENTION: frozenset(
        (
            Trouble.TAKEN_OVER,
            Trouble.TYPED_IN_PAUSE,
            Trouble.FOCUS_LOST,
            Trouble.IDENTITY_REFUSED,
            Trouble.FLAGGED,
        )
    ),
    BoardState.PAUSED: frozenset((Trouble.PAUSED, Trouble.ROOM_PAUSED)),
    BoardState.VIOLATION: frozenset((Trouble.VIOLATION,)),
    BoardState.WAITING: frozenset((Trouble.WAITING, Trouble.NOT_SIGNED_IN)),
    BoardState.WORKING: frozenset((Trouble.NONE,)),
    BoardState.ABSENT: frozenset((Trouble.ABSENT,)),
    BoardState.DONE: frozenset((Trouble.DONE,)),
}
"""State → the signs of which a row shows at least one; a row may be in several states."""


def shows(signs: Sequence[Trouble], state: BoardState) -> bool:
    return not SIGNS[state].isdisjoint(signs)


def read_state(text: str) -> BoardState | None:
    """The state of an address; None for no filter, also where the word means nothing."""
    return next((state for state in BoardState if state.value == text), None)


@dataclass(frozen=True)
class BoardView:
    """A board with the rows of one state (None: all of them) and those that somebody has chosen."""

    board: Board
    state: BoardState | None = None
    chosen: frozenset[str] = frozenset()

    @property
    def counts(self) -> dict[BoardState, int]:
        """State → rows of the whole board, whatever is shown."""
        return {state: sum(shows(row.signs, state) for row in self.board.rows) for state in BoardState}

    @property
    def may_stop(self) -> bool:
        """Whether there is anybody whose clock the alarm could stop."""
        return any(row.trouble is not Trouble.DONE for row in self.board.rows)

    @property
    def troubled(self) -> list[BoardRow]:
        return [row for row in self.board.troubled if self._is_shown(row)]

    @property
    def healthy(self) -> list[BoardRow]:
        return [row for row in self.board.healthy if self._is_shown(row)]

    def _is_shown(self, row: BoardRow) -> bool:
        return self.state is None or shows(row.signs, self.state) or str(row.attempt_id) in self.chosen
