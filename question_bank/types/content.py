"""What every item type is: a frozen pydantic class that can check, show, score and describe itself."""

import re
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from question_bank.scoring import Score
from question_bank.text import RichText

MAX_OPTIONS = 26
OMITTED = "omitted"
"""The statistics category of a candidate who entered nothing."""

MESSAGES: dict[str, dict[str, str]] = {
    "empty_stem": {"vi": "Câu hỏi chưa có phần dẫn.", "en": "The item has no stem."},
    "too_few_options": {
        "vi": "Câu hỏi cần ít nhất hai phương án; hiện có {count}.",
        "en": "An item needs at least two options; there are {count}.",
    },
    "too_many_options": {
        "vi": "Câu hỏi có {count} phương án; tối đa là {limit}.",
        "en": "The item has {count} options; the limit is {limit}.",
    },
    "empty_option": {"vi": "Phương án {label} chưa có nội dung.", "en": "Option {label} is empty."},
    "equal_options": {
        "vi": "Phương án {label} và {other_label} giống nhau.",
        "en": "Options {label} and {other_label} are the same.",
    },
    "repeated_option_id": {
        "vi": "Hai phương án mang cùng một mã nội bộ; hãy nhập lại phương án {label}.",
        "en": "Two options carry the same internal id; enter option {label} again.",
    },
    "no_key": {"vi": "Câu hỏi chưa có đáp án.", "en": "The item has no key."},
    "key_not_an_option": {
        "vi": "Đáp án trỏ tới một phương án không có trong câu hỏi.",
        "en": "The key points at an option that the item does not have.",
    },
    "all_options_keyed": {
        "vi": "Mọi phương án đều là đáp án; câu hỏi nhiều lựa chọn cần ít nhất một phương án nhiễu.",
        "en": "Every option is keyed; a multiple-choice item needs at least one distractor.",
    },
    "malformed_response": {
        "vi": "Câu trả lời gửi lên không đúng dạng của loại câu hỏi này.",
        "en": "The response does not have the form of this item type.",
    },
    "unknown_option": {
        "vi": "Câu trả lời chọn một phương án không có trong câu hỏi này.",
        "en": "The response chooses an option that this item does not have.",
    },
    "repeated_option": {
        "vi": "Câu trả lời chọn một phương án hai lần.",
        "en": "The response chooses an option twice.",
    },
    "invalid_option_order": {
        "vi": "Thứ tự phương án không gồm đúng các phương án của câu hỏi.",
        "en": "The option order does not consist of exactly the item's options.",
    },
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that blocks an item from review; `place` is a path such as `stem`, `key` or `options/2`."""

    code: str
    place: str
    params: Mapping[str, str | int] = field(default_factory=dict)


class InvalidResponse(ValueError):
    """A response that does not fit: `malformed_response`, `unknown_option` or `repeated_option`."""

    def __init__(self, code: str) -> None:
        super().__init__(MESSAGES[code]["en"])
        self.code = code


class InvalidOptionOrder(ValueError):
    """An option order that is no permutation of the item's options; `code` is `invalid_option_order`."""

    code = "invalid_option_order"

    def __init__(self) -> None:
        super().__init__(MESSAGES[self.code]["en"])


OptionId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,32}$")]


def new_option_id() -> str:
    """Return a short random id, so that nothing shown to a candidate reveals the order of authoring."""
    return secrets.token_hex(4)


class Option(BaseModel):
    """One alternative of a choice item; `pinned` keeps it at its authored place when options are shuffled."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: OptionId
    text: RichText
    pinned: bool = False

    @classmethod
    def create(cls, text: str, *, pinned: bool = False, new_id: Callable[[], str] = new_option_id) -> Self:
        """Return an option with a fresh id; `text` is rich text."""
        return cls(id=new_id(), text=text, pinned=pinned)


@dataclass(frozen=True, slots=True)
class ShuffleUnits:
    """What a form may reorder: ids in authored order, those that keep their index, whether none may move."""

    ids: tuple[str, ...]
    pinned: frozenset[str]
    locked: bool


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
    def score(self, response: Response | None, points: Decimal) -> Score:
        """Return the score out of `points`; None (nothing entered) scores 0.

        Raises:
            InvalidResponse: the response belongs to another type.
        """

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
        """Return the same content with every option id replaced by `ids[id]`; unknown ids stay."""

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


def comparable(text: str) -> str:
    """Return the key by which two option texts count as equal: NFC (already), case and spaces apart."""
    return re.sub(r"\s+", " ", text.replace("<br>", " ")).strip(" .;,").casefold()


def option_label(index: int) -> str:
    """Return the letter by which people name the option at this index: A, B, C …"""
    return chr(ord("A") + index)


class ChoiceContent(ItemContent):
    """The shared part of types whose options stand in one list.

    `order_locked` forbids all shuffling, for options that name each other by letter or number.
    """

    options: tuple[Option, ...]
    order_locked: bool = False

    def shuffle_units(self) -> ShuffleUnits:
        """Return the option ids, those pinned to their place, and the lock."""
        pinned = frozenset(option.id for option in self.options if option.pinned)
        return ShuffleUnits(tuple(option.id for option in self.options), pinned, self.order_locked)

    def candidate_view(self, option_order: Sequence[str]) -> dict[str, Any]:
        """Return type, stem and the options' ids and texts in the given order, and nothing else."""
        by_id = {option.id: option for option in self.options}
        if len(option_order) != len(by_id) or set(option_order) != set(by_id):
            raise InvalidOptionOrder
        options = [{"id": option_id, "text": by_id[option_id].text} for option_id in option_order]
        return {"type": self.type, "stem": self.stem, "options": options}

    def _relabelled_options(self, ids: Mapping[str, str]) -> tuple[Option, ...]:
        return tuple(o.model_copy(update={"id": ids.get(o.id, o.id)}) for o in self.options)

    def _shape_problems(self) -> tuple[Problem, ...]:
        found = [] if self.stem else [Problem("empty_stem", "stem")]
        count = len(self.options)
        if count < 2:
            found.append(Problem("too_few_options", "options", {"count": count}))
        if count > MAX_OPTIONS:
            found.append(Problem("too_many_options", "options", {"count": count, "limit": MAX_OPTIONS}))
        found += self._option_problems()
        return tuple(found)

    def _option_problems(self) -> list[Problem]:
        found: list[Problem] = []
        seen_texts: dict[str, int] = {}
        seen_ids: set[str] = set()
        for index, option in enumerate(self.options[:MAX_OPTIONS]):
            place, label, text = f"options/{index}", option_label(index), comparable(option.text)
            if not option.text:
                found.append(Problem("empty_option", place, {"label": label}))
            elif (first := seen_texts.setdefault(text, index)) != index:
                labels: dict[str, str | int] = {"label": option_label(first), "other_label": label}
                found.append(Problem("equal_options", place, labels))
            if option.id in seen_ids:
                found.append(Problem("repeated_option_id", place, {"label": label}))
            seen_ids.add(option.id)
        return found
