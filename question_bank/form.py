"""A form (đề thi): the frozen paper of one candidate. It is what gets sealed, so its bytes are canonical
and hashed.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from pydantic_core import to_json

from question_bank.pool import PoolItem
from question_bank.stream import ByteStream, derive
from question_bank.types.content import ShuffleUnits

FORM_FORMAT: Final = "sat-hach-form/1"


class Slot(NamedTuple):
    """A numbered place. `option_order` is the order in which this candidate sees the option ids; empty
    without options. A `pretest` slot is answered like any other and counts for nothing.

    A named tuple, because a city-wide draw makes fifteen million of them.
    """

    position: int
    version_id: str
    content_hash: str
    points: Decimal
    option_order: tuple[str, ...]
    pretest: bool = False


@dataclass(frozen=True, slots=True)
class FormSection:
    title: str
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """One candidate's paper. Positions run from 1 through all sections."""

    candidate_key: str
    sections: tuple[FormSection, ...]

    @property
    def slots(self) -> tuple[Slot, ...]:
        return tuple(slot for section in self.sections for slot in section.slots)

    @property
    def total_points(self) -> Decimal:
        """What can be reached: pretest slots are left out."""
        return sum((slot.points for slot in self.slots if not slot.pretest), Decimal(0))

    def record(self) -> dict[str, object]:
        """The form as JSON values; points are decimal text, so that no reader rounds them."""
        return {
            "candidate_key": self.candidate_key,
            "format": FORM_FORMAT,
            "sections": [
                {"slots": [_slot_record(slot) for slot in section.slots], "title": section.title}
                for section in self.sections
            ],
        }

    def canonical_bytes(self) -> bytes:
        """The bytes that are sealed and hashed: `canonical_json` of the record, spelled by a faster writer.

        The record is made with its keys already sorted.
        """
        return to_json(self.record())

    @property
    def form_hash(self) -> str:
        """Hex SHA-256 of the canonical bytes."""
        return hashlib.sha256(self.canonical_bytes()).hexdigest()


def _slot_record(slot: Slot) -> dict[str, object]:
    record: dict[str, object] = {
        "content_hash": slot.content_hash,
        "option_order": list(slot.option_order),
        "points": points_text(slot.points),
        "position": slot.position,
    }
    if slot.pretest:
        record["pretest"] = True
    record["version_id"] = slot.version_id  # last: the writer relies on sorted keys
    return record


@lru_cache(maxsize=1024)
def points_text(points: Decimal) -> str:
    """Plain decimal text without trailing zeros: "1", "0.25", "100"."""
    return f"{points.normalize():f}"


class ChosenItem(NamedTuple):
    """An item chosen for a section, with the points its cell gives it."""

    item: PoolItem
    points: Decimal
    pretest: bool = False


class ChosenSection(NamedTuple):
    """The items chosen for one section, in any order; `shuffled` is the blueprint's."""

    title: str
    shuffled: bool
    chosen: Sequence[ChosenItem]


def arrange_form(candidate_key: str, sections: Iterable[ChosenSection], *, seed: bytes) -> Form:
    """The form in which the chosen items and their options stand in this candidate's own order.

    One stream per candidate, key `derive(seed, "paper", candidate_key)`. Section by section: the items
    sorted by version id are shuffled (if the section is); then, item by item in that order, the options
    that may move are shuffled among their places.
    """
    stream = ByteStream(derive(seed, "paper", candidate_key))
    arranged = []
    position = 0
    for section in sections:
        chosen = sorted(section.chosen, key=lambda choice: choice.item.version_id)
        order: Sequence[int] = range(len(chosen))
        if section.shuffled:
            order = stream.shuffled(order)
        slots = []
        for index in order:
            item, points, pretest = chosen[index]
            position += 1
            options = option_order(item.shuffle, stream)
            slots.append(Slot(position, item.version_id, item.content_hash, points, options, pretest))
        arranged.append(FormSection(section.title, tuple(slots)))
    return Form(candidate_key, tuple(arranged))


def option_order(units: ShuffleUnits, stream: ByteStream) -> tuple[str, ...]:
    """The options with those that may move shuffled among their own places, group by group. A locked item
    consumes nothing of the stream.
    """
    options = units.ids
    if units.locked:
        return options
    if not units.pinned and not units.groups:
        return tuple(stream.shuffled(options))
    result = list(options)
    start = 0
    for size in units.groups or (len(options),):
        places = range(start, start + size)
        free = [place for place in places if options[place] not in units.pinned]
        for place, source in zip(free, stream.shuffled(free), strict=True):
            result[place] = options[source]
        start += size
    assert start == len(options), "the groups divide the options"
    return tuple(result)
