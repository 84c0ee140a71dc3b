"""The inputs of a draw as JSON records: what is hashed into the manifest and published in the bundle."""

import hashlib
import operator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator

from question_bank.assembly import Options
from question_bank.assembly.plan import MARK_UNIT
from question_bank.items import canonical_json
from question_bank.pool import SHARE_UNIT, PoolItem, Taker
from question_bank.taxonomy import CognitiveLevel
from question_bank.types.content import ShuffleUnits


def record_sha256(record: BaseModel) -> str:
    """Hex SHA-256 of the record's canonical JSON."""
    return hashlib.sha256(canonical_json(record.model_dump(mode="json"))).hexdigest()


def _is_none(value: object) -> bool:
    return value is None  # what says nothing is left out, so that records from before it keep their hashes


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ItemRecord(_Record):
    """A pool item; expected scores are whole millionths and sets are sorted, so that it has one spelling.

    `groups` (the sizes of runs of options, each shuffled by itself) is written only where there are some.
    """

    version_id: str
    item_id: str
    content_hash: str
    competency: str
    level: CognitiveLevel
    item_type: str
    enemies: tuple[str, ...]
    family: str | None
    expected_millionths: tuple[int, int, int] | None
    options: tuple[str, ...]
    pinned: tuple[str, ...]
    locked: bool
    groups: tuple[PositiveInt, ...] = Field(default=(), exclude_if=operator.not_)
    in_force_from: date | None
    in_force_to: date | None
    expected_time_s: int | None = Field(default=None, exclude_if=_is_none)
    information_millionths: int | None = Field(default=None, exclude_if=_is_none)
    pretest: bool = Field(default=False, exclude_if=operator.not_)

    @classmethod
    def of(cls, item: PoolItem) -> "ItemRecord":
        return cls(
            version_id=item.version_id,
            item_id=item.item_id,
            content_hash=item.content_hash,
            competency=item.competency,
            level=item.level,
            item_type=item.item_type,
            enemies=tuple(sorted(item.enemies)),
            family=item.family,
            expected_millionths=item.expected_millionths,
            options=item.shuffle.ids,
            pinned=tuple(sorted(item.shuffle.pinned)),
            locked=item.shuffle.locked,
            groups=item.shuffle.groups,
            in_force_from=item.in_force_from,
            in_force_to=item.in_force_to,
            expected_time_s=item.expected_time_s,
            information_millionths=item.information_millionths,
            pretest=item.pretest,
        )

    @model_validator(mode="after")
    def _groups_divide_the_options(self) -> Self:
        if self.groups and sum(self.groups) != len(self.options):
            raise ValueError("the groups do not divide the options")
        return self

    def item(self) -> PoolItem:
        """The pool item that draws like the one recorded."""
        expected = None
        if self.expected_millionths is not None:
            low, middle, high = self.expected_millionths
            expected = (low / SHARE_UNIT, middle / SHARE_UNIT, high / SHARE_UNIT)
        return PoolItem(
            version_id=self.version_id,
            item_id=self.item_id,
            content_hash=self.content_hash,
            competency=self.competency,
            level=self.level,
            item_type=self.item_type,
            shuffle=ShuffleUnits(self.options, frozenset(self.pinned), self.locked, self.groups),
            enemies=frozenset(self.enemies),
            family=self.family,
            expected_score=expected,
            in_force_from=self.in_force_from,
            in_force_to=self.in_force_to,
            expected_time_s=self.expected_time_s,
            information=None
            if self.information_millionths is None
            else self.information_millionths / SHARE_UNIT,
            pretest=self.pretest,
        )


class TakerRecord(_Record):
    """A candidate and what this person has seen, sorted."""

    candidate_key: str
    seen_item_ids: tuple[str, ...]
    unit: str | None = Field(default=None, exclude_if=_is_none)

    @classmethod
    def of(cls, taker: Taker) -> "TakerRecord":
        return cls(
            candidate_key=taker.candidate_key,
            seen_item_ids=tuple(sorted(taker.seen_item_ids)),
            unit=taker.unit,
        )

    def taker(self) -> Taker:
        return Taker(self.candidate_key, frozenset(self.seen_item_ids), self.unit)


class OptionsRecord(_Record):
    """The options of the draw; the tolerance in millionths of a mark, the exposure limit as numerator and
    denominator.
    """

    on: date | None
    tolerance_millionths: int
    max_exposure: tuple[int, int] | None
    max_unit_exposure: tuple[int, int] | None = Field(default=None, exclude_if=_is_none)

    @classmethod
    def of(cls, options: Options) -> "OptionsRecord":
        return cls(
            on=options.on,
            tolerance_millionths=options.tolerance,
            max_exposure=_ratio(options.max_exposure),
            max_unit_exposure=_ratio(options.max_unit_exposure),
        )

    def options(self) -> Options:
        return Options(
            on=self.on,
            tolerance_marks=Decimal(self.tolerance_millionths) / MARK_UNIT,
            max_exposure=None if self.max_exposure is None else Fraction(*self.max_exposure),
            max_unit_exposure=None if self.max_unit_exposure is None else Fraction(*self.max_unit_exposure),
        )


def _ratio(limit: Fraction | None) -> tuple[int, int] | None:
    return None if limit is None else (limit.numerator, limit.denominator)
