"""The seats of a sitting's room: a grid, automatic numbering, moving one person, and who sits next to whom."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from exam_service import audit
from exam_service.actor import Actor
from exam_service.attempts.models import Attempt
from exam_service.errors import Invalid
from exam_service.i18n import gettext as _
from exam_service.invigilation.models import Seat, SeatOrder, SeatPlan
from exam_service.invigilation.schemas import SeatInput, SeatPlanInput
from exam_service.invigilation.service import check_seated, get_sitting, lock_sitting
from exam_service.periods.models import Candidate


@dataclass(frozen=True)
class Grid:
    """A room as its plan says: `rows` from the front, `columns` from the left."""

    rows: int
    columns: int
    numbering: SeatOrder

    def position(self, place: int) -> tuple[int, int]:
        """Row and column of a place, both from 0."""
        assert 1 <= place <= self.rows * self.columns
        if self.numbering is SeatOrder.COLUMNS:
            column, row = divmod(place - 1, self.rows)
            return row, column
        row, column = divmod(place - 1, self.columns)
        if self.numbering is SeatOrder.SNAKE and row % 2:
            column = self.columns - 1 - column
        return row, column

    def places(self) -> list[list[int]]:
        """The places as they stand in the room, row by row from the front."""
        found = [[0] * self.columns for _row in range(self.rows)]
        for place in range(1, self.rows * self.columns + 1):
            row, column = self.position(place)
            found[row][column] = place
        return found

    def nearest(self, place: int, taken: set[int], count: int = 2) -> list[int]:
        """The `count` other taken places that are nearest, the nearest first; of equally near ones the lower number."""
        here = self.position(place)

        def distance(other: int) -> tuple[int, int]:
            there = self.position(other)
            return ((here[0] - there[0]) ** 2 + (here[1] - there[1]) ** 2, other)

        return sorted(taken - {place}, key=distance)[:count]


@dataclass(frozen=True)
class SeatMap:
    """The plan of a sitting and who sits where (attempt → place); without a plan `grid` is None."""

    grid: Grid | None
    places: dict[UUID, int]

    def neighbours(self, attempt_id: UUID) -> list[UUID]:
        """The two candidates who sit nearest: those who sign when a violator refuses."""
        place = self.places.get(attempt_id)
        if self.grid is None or place is None:
            return []
        by_place = {place: attempt for attempt, place in self.places.items()}
        return [by_place[other] for other in self.grid.nearest(place, set(by_place))]


def load_seats(session: Session, actor: Actor, sitting_id: UUID) -> SeatMap:
    """Raises NotFound."""
    get_sitting(session, actor, sitting_id)
    plan = session.get(SeatPlan, sitting_id)
    grid = None if plan is None else Grid(plan.row_count, plan.column_count, SeatOrder(plan.numbering))
    rows = session.execute(select(Seat.attempt_id, Seat.place).where(Seat.sitting_id == sitting_id))
    return SeatMap(grid, {row.attempt_id: row.place for row in rows})


def arrange_seats(session: Session, actor: Actor, sitting_id: UUID, *, data: SeatPlanInput) -> int:
    """Everybody of the sitting has a seat in the order of candidate numbers; returns how many.

    Seats given before are given anew. Raises Forbidden, NotFound, Invalid (fewer seats than people).
    """
    lock_sitting(session, actor, sitting_id)
    attempts = session.scalars(
        select(Attempt.id)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .where(Attempt.sitting_id == sitting_id)
        .order_by(Candidate.number)
    ).all()
    if data.rows * data.columns < len(attempts):
        raise Invalid(
            field="rows",
            reason=_("Sơ đồ cần ít nhất %(count)s chỗ cho thí sinh của ca.", count=len(attempts)),
        )
    session.merge(
        SeatPlan(
            sitting_id=sitting_id,
            row_count=data.rows,
            column_count=data.columns,
            numbering=data.numbering.value,
        )
    )
    session.execute(delete(Seat).where(Seat.sitting_id == sitting_id))
    session.flush()
    seats = [
        {"attempt_id": attempt_id, "sitting_id": sitting_id, "place": place}
        for place, attempt_id in enumerate(attempts, start=1)
    ]
    if seats:
        session.execute(insert(Seat), seats)
    audit.record(
        session, actor, "sitting.arrange_seats", ("sitting", sitting_id), **data.model_dump(mode="json")
    )
    return len(seats)


def move_seat(session: Session, actor: Actor, attempt_id: UUID, *, sitting_id: UUID, data: SeatInput) -> None:
    """The person sits at this place; whoever sat there gets the other one's. Raises NotFound, Forbidden, Invalid."""
    check_seated(session, actor, sitting_id=sitting_id, attempt_id=attempt_id)
    lock_sitting(session, actor, sitting_id)
    plan = session.get(SeatPlan, sitting_id)
    if plan is None or data.place > plan.row_count * plan.column_count:
        raise Invalid(field="place", reason=_("Sơ đồ phòng không có chỗ số này."))
    own = session.get(Seat, attempt_id)
    there = session.scalar(select(Seat).where(Seat.sitting_id == sitting_id, Seat.place == data.place))
    before = own.place if own else None
    if own is None:
        if there is not None:
            raise Invalid(field="place", reason=_("Chỗ này đã có người ngồi."))
        session.add(Seat(attempt_id=attempt_id, sitting_id=sitting_id, place=data.place))
    else:
        if there is not None:
            there.place = own.place
        own.place = data.place
    session.flush()
    audit.record(
        session, actor, "attempt.move_seat", ("attempt", attempt_id), place=data.place, before=before
    )
