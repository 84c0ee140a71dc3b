"""What every item type is: a frozen pydantic class that can check, show, score and describe itself."""

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from question_bank.scoring import Score, score_share
from question_bank.text import RichText
from question_bank.types.messages import MESSAGES
from question_bank.types.options import (
    MAX_OPTIONS,
    InvalidOptionOrder,
    Option,
    OptionId,
    Problem,
    check_order,
    comparable,
    new_option_id,
    option_label,
    option_problems,
    option_texts,
    pinned_ids,
    shown_options,
)

__all__ = [
    "MAX_OPTIONS",
    "NOTHING_TO_SHUFFLE",
    "NO_KEY",
    "OMITTED",
    "OTHER",
    "ChoiceContent",
    "Grade",
    "IncompleteMarking",
    "InvalidOptionOrder",
    "InvalidResponse",
    "ItemContent",
    "NeedsMarker",
    "Option",
    "OptionId",
    "Problem",
    "Response",
    "ShuffleUnits",
    "comparable",
    "id_problems",
    "new_option_id",
    "option_label",
]

OMITTED = "omitted"
"""The statistics category of a candidate who entered nothing."""
OTHER = "other"
"""The statistics category of an answer that matches none of the accepted ones."""
NO_KEY = "–"
"""What stands for a key that is not there."""


class InvalidResponse(ValueError):
    """A response that does not fit; `code` is `malformed_response`, `unknown_option`, `repeated_option`,
    `too_many_choices` or `incomplete_order`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(MESSAGES[code]["en"])
        self.code = code


class NeedsMarker(ValueError):
    """Something was written that only a person can mark; `code` is `needs_marker`."""

    code = "needs_marker"

    def __init__(self) -> None:
        super().__init__(MESSAGES[self.code]["en"])


class IncompleteMarking(ValueError):
    """A marker's levels do not cover the criteria; `code` is `incomplete_marking`."""

    code = "incomplete_marking"

    def __init__(self) -> None:
        super().__init__(MESSAGES[self.code]["en"])


@dataclass(frozen=True, slots=True)
class ShuffleUnits:
    """What a form may reorder: ids in authored order, those that keep their index, whether none may move.

    `groups` are the sizes of consecutive runs of `ids`, each shuffled by itself; empty means one run.
    """

    ids: tuple[str, ...]
    pinned: frozenset[str]
    locked: bool
    groups: tuple[int, ...] = ()


NOTHING_TO_SHUFFLE = ShuffleUnits((), frozenset(), locked=True)


@dataclass(frozen=True, slots=True)
class Grade:
    """The share of the points a response earns before it is kept within 0 and 1, and what explains it."""

    share: Fraction
    detail: Mapping[str, JsonValue] = field(default_factory=dict)

    @property
    def kept_share(self) -> Fraction:
        """Return the share within 0 and 1: an item never costs points of another one."""
        return min(Fraction(1), max(Fraction(0), self.share))


class Response(BaseModel):
    """What a candidate entered in a slot; strict and closed, so that nothing unexpected is ever stored."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class ItemContent(BaseModel, ABC):
    """The immutable content of an item version; each type is one subclass, listed in `AnyContent`.

    Content may be incomplete: a draft without a key can be stored, and `problems()` says what blocks its
    review.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    response_class: ClassVar[type[Response]]

    type: str
    stem: RichText
    rationale: RichText = ""

    @abstractmethod
    def problems(self) -> tuple[Problem, ...]:
        """Return what blocks this content from review, in reading order; empty when complete."""

    @abstractmethod
    def candidate_view(self, option_order: Sequence[str]) -> dict[str, Any]:
        """Return what a candidate may see, as an allow-list, options in the given order.

        Raises:
            InvalidOptionOrder: the order is no permutation of `shuffle_units().ids`.
        """

    @abstractmethod
    def grade(self, response: Response | None, levels: Mapping[str, str] | None = None) -> Grade:
        """Return what the response earns; None (nothing entered) earns 0.

        `levels` are a marker's: criterion id → level id, for all criteria of the item.

        Raises:
            InvalidResponse: the response belongs to another type.
            NeedsMarker: something is written that only a person can mark, and `levels` is None.
            IncompleteMarking: `levels` do not cover the criteria.
        """

    def score(self, response: Response | None, points: Decimal) -> Score:
        """Return the score out of `points`; None (nothing entered) scores 0.

        Raises:
            InvalidResponse: the response belongs to another type.
            NeedsMarker: something is written that only a person can mark.
        """
        grade = self.grade(response)
        return score_share(grade.kept_share, points, detail=grade.detail)

    def score_marked(
        self, levels: Mapping[str, str], points: Decimal, *, response: Response | None = None
    ) -> Score:
        """Return the score out of `points` with a marker's levels (criterion id → level id).

        `response` is needed where some parts are scored by rule (a case).

        Raises:
            InvalidResponse, IncompleteMarking.
        """
        grade = self.grade(response, levels)
        return score_share(grade.kept_share, points, detail=grade.detail)

    @abstractmethod
    def categories(self, response: Response | None) -> tuple[str, ...]:
        """Return the response categories for item statistics; `(OMITTED,)` when nothing was entered."""

    @abstractmethod
    def shuffle_units(self) -> ShuffleUnits:
        """Return what a form may reorder."""

    @abstractmethod
    def correct_response(self) -> Response | None:
        """Return the keyed response for staff, or None while there is no key."""

    @abstractmethod
    def relabelled(self, ids: Mapping[str, str]) -> Self:
        """Return the same content with every id replaced by `ids[id]`; unknown ids stay."""

    @abstractmethod
    def key_summary(self, language: str = "vi") -> str:
        """Return the key as people say it, short, in `vi` or `en`: "B", "A, C", "Đúng"; "–" without one."""

    def ids(self) -> tuple[str, ...]:
        """Return every id of the content, in reading order; each stands in it once."""
        return self.shuffle_units().ids

    def texts(self) -> tuple[tuple[str, str], ...]:
        """Return (place, rich text) of everything a candidate reads, in reading order."""
        return (("stem", self.stem),)

    def media(self) -> frozenset[str]:
        """Return the names of all media used anywhere, in the rationale and in marking guidance too."""
        found: set[str] = set()
        for text in _strings(self.model_dump(mode="json")):
            found.update(_MEDIA.findall(text))
        return frozenset(found)

    @property
    def needs_marker(self) -> bool:
        """Tell whether a person has to mark what candidates write."""
        return False

    def _stem_problems(self) -> list[Problem]:
        return [] if self.stem else [Problem("empty_stem", "stem")]

    def check_response(self, response: Response) -> Response:
        """Return the response in its canonical form if it fits this very item.

        Raises:
            InvalidResponse: it names options the item does not have, or one twice.
        """
        return response

    def parse_response(self, raw: object) -> Response:
        """Return the response held in decoded JSON.

        Raises:
            InvalidResponse: wrong form, or options the item does not have.
        """
        try:
            response = self.response_class.model_validate(raw)
        except ValidationError as error:
            raise InvalidResponse("malformed_response") from error
        return self.check_response(response)


_MEDIA = re.compile(r'src="media:([^"]+)"')


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for member in value.values():
            yield from _strings(member)
    elif isinstance(value, list):
        for member in value:
            yield from _strings(member)


def id_problems(content: ItemContent) -> list[Problem]:
    """Return `repeated_id` for each id that stands in the content twice."""
    twice = sorted(key for key, count in Counter(content.ids()).items() if count > 1)
    return [Problem("repeated_id", "ids", {"id": key}) for key in twice]


class ChoiceContent(ItemContent):
    """The shared part of types whose options stand in one list.

    `order_locked` forbids all shuffling, for options that name each other by letter or number.
    """

    options: tuple[Option, ...]
    order_locked: bool = False

    def shuffle_units(self) -> ShuffleUnits:
        """Return the option ids, those pinned to their place, and the lock."""
        ids = tuple(option.id for option in self.options)
        return ShuffleUnits(ids, pinned_ids(self.options), self.order_locked)

    def candidate_view(self, option_order: Sequence[str]) -> dict[str, Any]:
        """Return type, stem and the options' ids and texts in the given order, and nothing else."""
        check_order(option_order, {option.id for option in self.options})
        return {"type": self.type, "stem": self.stem, "options": shown_options(self.options, option_order)}

    def texts(self) -> tuple[tuple[str, str], ...]:
        """Return the stem and the options."""
        return (("stem", self.stem), *option_texts(self.options, "options"))

    def _labels(self, ids: Iterable[str]) -> str:
        """Return the letters of these options, in authored order; a dash where there are none."""
        wanted = set(ids)
        letters = [option_label(index) for index, option in enumerate(self.options) if option.id in wanted]
        return ", ".join(letters) or NO_KEY

    def _shape_problems(self) -> tuple[Problem, ...]:
        return (*self._stem_problems(), *option_problems(self.options))
