"""What the draw knows of an item and of a person: no content, only what decides who may get what."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from question_bank.taxonomy import CognitiveLevel
from question_bank.types.content import ShuffleUnits

SHARE_UNIT: Final = 1_000_000
"""Expected shares are rounded to millionths before anything is computed from them."""

MOST_INFORMATION: Final = 100.0
"""No item of a test for people comes near; NaN and infinity are refused with it."""

ABILITIES: Final = (-1, 0, 1)
"""The three ability levels θ at which papers are balanced."""


@dataclass(frozen=True, slots=True)
class PoolItem:
    """One approved item version that a blueprint may draw.

    `version_id` is the UUID of the immutable version as text; `content_hash` its hex SHA-256. `enemies` are
    item ids that must not stand in one form with this item (the relation is taken both ways); items of one
    `family` are clones, of which a form holds at most one. `expected_score` is the expected share of the
    item's points, in [0, 1], at `ABILITIES`. The item may be used on dates from `in_force_from` to
    `in_force_to`, both included; None is unbounded.

    `expected_time_s` is what an average candidate needs; `information` the Fisher information at the cut
    score, from calibration; a `pretest` item is new and fits pretest cells only.
    """

    version_id: str
    item_id: str
    content_hash: str
    competency: str
    level: CognitiveLevel
    item_type: str
    shuffle: ShuffleUnits
    enemies: frozenset[str] = frozenset()
    family: str | None = None
    expected_score: tuple[float, float, float] | None = None
    in_force_from: date | None = None
    in_force_to: date | None = None
    expected_time_s: int | None = None
    information: float | None = None
    pretest: bool = False

    def __post_init__(self) -> None:
        if self.expected_score is not None and not all(0 <= share <= 1 for share in self.expected_score):
            raise ExpectedScoreOutOfRange(self.version_id)
        if self.information is not None and not 0 <= self.information <= MOST_INFORMATION:
            raise InformationOutOfRange(self.version_id)

    def is_in_force_on(self, day: date) -> bool:
        return (self.in_force_from is None or self.in_force_from <= day) and (
            self.in_force_to is None or day <= self.in_force_to
        )

    @property
    def expected_millionths(self) -> tuple[int, int, int] | None:
        """`expected_score` in whole millionths, the only form in which the draw uses it."""
        if self.expected_score is None:
            return None
        low, middle, high = (round(share * SHARE_UNIT) for share in self.expected_score)
        return low, middle, high

    @property
    def information_millionths(self) -> int | None:
        """`information` in whole millionths, the only form in which the draw uses it."""
        return None if self.information is None else round(self.information * SHARE_UNIT)


@dataclass(frozen=True, slots=True)
class Taker:
    """One candidate: the candidate number and the items this person saw in the periods that count.

    `unit` (any text) is given where exposure within a unit is limited.
    """

    candidate_key: str
    seen_item_ids: frozenset[str] = frozenset()
    unit: str | None = None


class ExpectedScoreOutOfRange(ValueError):
    """An expected score is no share between 0 and 1 (or not a number)."""

    code = "expected_score_out_of_range"

    def __init__(self, version_id: str) -> None:
        self.version_id = version_id
        super().__init__(f"Item version {version_id}: expected scores are shares of the points, from 0 to 1.")


class InformationOutOfRange(ValueError):
    """The information of an item is negative, absurdly large or not a number."""

    code = "information_out_of_range"

    def __init__(self, version_id: str) -> None:
        self.version_id = version_id
        super().__init__(
            f"Item version {version_id}: information is a number from 0 to {MOST_INFORMATION:g}."
        )
