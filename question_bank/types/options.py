"""Options and other lettered entries of an item: what they are, how they are shown, what is wrong with them."""

import re
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Protocol, Self

from pydantic import BaseModel, ConfigDict, StringConstraints

from question_bank.shares import share_value
from question_bank.text import RichText
from question_bank.types.messages import MESSAGES

MAX_OPTIONS = 26


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that blocks an item from review; `place` is a path such as `stem`, `key` or `options/2`."""

    code: str
    place: str
    params: Mapping[str, str | int] = field(default_factory=dict)


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


def comparable(text: str) -> str:
    """Return the key by which two option texts count as equal: NFC (already), case and spaces apart."""
    return re.sub(r"\s+", " ", text.replace("<br>", " ")).strip(" .;,").casefold()


def option_label(index: int) -> str:
    """Return the letter by which people name the option at this index: A, B, C …"""
    return chr(ord("A") + index)


def check_order(order: Sequence[str], ids: Iterable[str]) -> None:
    """Refuse an order that is no permutation of the ids.

    Raises:
        InvalidOptionOrder
    """
    if Counter(order) != Counter(ids):
        raise InvalidOptionOrder


def shown_options(options: Sequence[Option], order: Sequence[str]) -> list[dict[str, str]]:
    """Return id and text of the options in the relative order that `order` gives their ids."""
    by_id = {option.id: option.text for option in options}
    return [{"id": option_id, "text": by_id[option_id]} for option_id in order if option_id in by_id]


def relabelled_options(options: Sequence[Option], ids: Mapping[str, str]) -> tuple[Option, ...]:
    """Return the options with other ids."""
    return tuple(option.model_copy(update={"id": ids.get(option.id, option.id)}) for option in options)


def pinned_ids(options: Iterable[Option]) -> frozenset[str]:
    """Return the ids of the options that keep their place."""
    return frozenset(option.id for option in options if option.pinned)


def option_texts(options: Sequence[Option], place: str) -> tuple[tuple[str, str], ...]:
    """Return (place/index, text) of each option."""
    return tuple((f"{place}/{index}", option.text) for index, option in enumerate(options))


def option_problems(options: Sequence[Option], *, place: str = "options") -> list[Problem]:
    """Return what blocks a list of options: too few or many, empty or equal ones, one id twice."""
    count = len(options)
    found = [Problem("too_few_options", place, {"count": count})] if count < 2 else []
    if count > MAX_OPTIONS:
        found.append(Problem("too_many_options", place, {"count": count, "limit": MAX_OPTIONS}))
    found += text_problems(options[:MAX_OPTIONS], place=place, noun="option", nouns="options")
    seen: set[str] = set()
    for index, option in enumerate(options[:MAX_OPTIONS]):
        if option.id in seen:
            found.append(Problem("repeated_option_id", f"{place}/{index}", {"label": option_label(index)}))
        seen.add(option.id)
    return found


class _Worded(Protocol):
    """Anything with an id and a text."""

    @property
    def id(self) -> str: ...
    @property
    def text(self) -> str: ...


def text_problems(entries: Sequence[_Worded], *, place: str, noun: str, nouns: str) -> list[Problem]:
    """Return `empty_<noun>` and `equal_<nouns>` for a list of lettered texts."""
    found: list[Problem] = []
    seen: dict[str, int] = {}
    for index, entry in enumerate(entries):
        label = option_label(index)
        if not entry.text:
            found.append(Problem(f"empty_{noun}", f"{place}/{index}", {"label": label}))
        elif (first := seen.setdefault(comparable(entry.text), index)) != index:
            labels: dict[str, str | int] = {"label": option_label(first), "other_label": label}
            found.append(Problem(f"equal_{nouns}", f"{place}/{index}", labels))
    return found


def share_problems(shares: Mapping[str, str], options: Sequence[Option], *, place: str) -> list[Problem]:
    """Return what is wrong with shares given to options: an unknown option, a share outside -1 … 1."""
    found: list[Problem] = []
    if not set(shares) <= {option.id for option in options}:
        found.append(Problem("share_of_unknown_option", place))
    limits = {"least": "-1", "most": "1"}
    out_of_range = [share for share in shares.values() if not -1 <= share_value(share) <= 1]
    return found + [
        Problem("share_out_of_range", place, {"share": share, **limits}) for share in out_of_range
    ]
