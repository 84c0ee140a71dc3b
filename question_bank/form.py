"""A form (đề thi): the frozen paper of one candidate. It is what gets sealed, so its bytes are canonical
and hashed.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

from question_bank.pool import PoolItem, ShuffleUnits
from question_bank.stream import ByteStream, derive

FORM_FORMAT: Final = "sat-hach-form/1"


class Slot(NamedTuple):
    """A numbered place. `option_order` is the order in which this candidate sees the option ids; empty
    without options.

    A named tuple, because a city-wide draw makes fifteen million of them.
    """

    position: int
    version_id: str
    content_hash: str
    points: Decimal
    option_order: tuple[str, ...]


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
        return sum((slot.points for slot in self.slots), Decimal(0))

    def record(self) -> dict[str, object]:
        """The form as JSON values; points are decimal text, so that no reader rounds them."""
        return {
            "format": FORM_FORMAT,
            "candidate_key": self.candidate_key,
            "sections": [
                {
                    "title": section.title,
                    "slots": [
                        {
                            "position": slot.position,
                            "version_id": slot.version_id,
                            "content_hash": slot.content_hash,
                            "points": points_text(slot.points),
                            "option_order": list(slot.option_order),
                        }
                        for slot in section.slots
                    ],
                }
                for section in self.sections
            ],
        }

    def canonical_bytes(self) -> bytes:
        return canonical_json(self.record())

    @property
    def form_hash(self) -> str:
        """Hex SHA-256 of the canonical bytes."""
        return hashlib.sha256(self.canonical_bytes()).hexdigest()


def canonical_json(value: object) -> bytes:
    """UTF-8 JSON with sorted keys and no spaces. Floats are not allowed: their text differs between
    languages.
    """
    text = json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_refuse
    )
    return text.encode()


def points_text(points: Decimal) -> str:
    """Plain decimal text without trailing zeros: "1", "0.25", "100"."""
    return f"{points.normalize():f}"


def _refuse(value: object) -> None:
    raise TypeError(f"{type(value).__name__} has no canonical JSON form")


class ChosenItem(NamedTuple):
    """An item chosen for a section, with the points its cell gives it."""

    item: PoolItem
    points: Decimal


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
            item, points = chosen[index]
            position += 1
            options = option_order(item.shuffle, stream)
            slots.append(Slot(position, item.version_id, item.content_hash, points, options))
        arranged.append(FormSection(section.title, tuple(slots)))
    return Form(candidate_key, tuple(arranged))


def option_order(units: ShuffleUnits, stream: ByteStream) -> tuple[str, ...]:
    """The options with those that may move shuffled among their own places. A locked item consumes nothing
    of the stream.
    """
    options = units.option_ids
    if units.locked:
        return options
    if not units.pinned:
        return tuple([options[index] for index in stream.shuffled(range(len(options)))])
    free = [place for place, option in enumerate(options) if option not in units.pinned]
    result = list(options)
    for place, source in zip(free, stream.shuffled(free), strict=True):
        result[place] = options[source]
    return tuple(result)
