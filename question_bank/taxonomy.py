"""What an item measures: its cognitive level and its place in the competency tree."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator

from question_bank.text import clean_text, fold


class CognitiveLevel(StrEnum):
    """The four levels of a Vietnamese test matrix (ma trận đề), from the easiest demand to the hardest."""

    REMEMBER = "remember"
    UNDERSTAND = "understand"
    APPLY = "apply"
    ANALYSE = "analyse"


LEVEL_NAMES: dict[CognitiveLevel, dict[str, str]] = {
    CognitiveLevel.REMEMBER: {"vi": "Nhận biết", "en": "Remember"},
    CognitiveLevel.UNDERSTAND: {"vi": "Thông hiểu", "en": "Understand"},
    CognitiveLevel.APPLY: {"vi": "Vận dụng", "en": "Apply"},
    CognitiveLevel.ANALYSE: {"vi": "Vận dụng cao", "en": "Analyse"},
}


class DifficultyRating(StrEnum):
    """How hard the author thinks the item is for those it is for, from the easiest; a guess until there are answers."""

    VERY_EASY = "very_easy"
    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"
    VERY_HARD = "very_hard"


RATING_NAMES: dict[DifficultyRating, dict[str, str]] = {
    DifficultyRating.VERY_EASY: {"vi": "Rất dễ", "en": "Very easy"},
    DifficultyRating.EASY: {"vi": "Dễ", "en": "Easy"},
    DifficultyRating.MEDIUM: {"vi": "Trung bình", "en": "Medium"},
    DifficultyRating.HARD: {"vi": "Khó", "en": "Hard"},
    DifficultyRating.VERY_HARD: {"vi": "Rất khó", "en": "Very hard"},
}
_RATING_BY_SPELLING = {
    fold(name): rating for rating, names in RATING_NAMES.items() for name in (*names.values(), rating.value)
}

_LEVEL_SPELLINGS: dict[CognitiveLevel, str] = {
    CognitiveLevel.REMEMBER: "nhan biet|biet|nho|ghi nho|nb|remember|1|muc 1|muc do 1|de",
    CognitiveLevel.UNDERSTAND: "thong hieu|hieu|th|understand|2|muc 2|muc do 2|trung binh",
    CognitiveLevel.APPLY: "van dung|van dung thap|vd|vdt|apply|3|muc 3|muc do 3|kha",
    CognitiveLevel.ANALYSE: "van dung cao|vdc|phan tich|analyse|analyze|4|muc 4|muc do 4|kho",
}
_LEVEL_BY_SPELLING = {name: level for level, names in _LEVEL_SPELLINGS.items() for name in names.split("|")}

MESSAGES: dict[str, dict[str, str]] = {
    "unknown_level": {
        "vi": "Không có mức độ nhận thức “{text}”. Hãy dùng: Nhận biết, Thông hiểu, Vận dụng, Vận dụng cao.",
        "en": "There is no cognitive level “{text}”. Use Remember, Understand, Apply or Analyse.",
    },
    "unknown_rating": {
        "vi": "Không có độ khó “{text}”. Hãy dùng: Rất dễ, Dễ, Trung bình, Khó, Rất khó.",
        "en": "There is no difficulty “{text}”. Use Very easy, Easy, Medium, Hard or Very hard.",
    },
    "invalid_competency_code": {
        "vi": "Mã năng lực “{text}” không hợp lệ. Hãy dùng chữ không dấu, số và dấu chấm, ví dụ KTC.01.",
        "en": "The competency code “{text}” is not valid. Use letters, digits and dots, as in KTC.01.",
    },
    "competency_without_parent": {
        "vi": "Năng lực {code} chưa có năng lực cha {parent} trong cây năng lực.",
        "en": "The competency {code} has no parent {parent} in the tree.",
    },
    "duplicate_competency": {
        "vi": "Mã năng lực {code} xuất hiện hai lần.",
        "en": "The competency code {code} appears twice.",
    },
}


class TaxonomyError(ValueError):
    """A level, code or tree that cannot be used; `code` and `params` name the sentence in `MESSAGES`."""

    def __init__(self, code: str, params: dict[str, str]) -> None:
        super().__init__(MESSAGES[code]["en"].format(**params))
        self.code = code
        self.params = params


class UnknownLevel(TaxonomyError):
    """The text names no cognitive level."""


class UnknownRating(TaxonomyError):
    """The text names no difficulty."""


class InvalidCompetencyCode(TaxonomyError):
    """The text is not a dotted competency code."""


class InvalidCompetencyTree(TaxonomyError):
    """A node has no parent in the tree or a code appears twice."""


def parse_level(text: str) -> CognitiveLevel:
    """Return the level named in Vietnamese or English, in full, abbreviated (NB, TH, VD, VDC) or as 1–4.

    Raises:
        UnknownLevel: the text names none.
    """
    level = _LEVEL_BY_SPELLING.get(fold(text))
    if level is None:
        raise UnknownLevel("unknown_level", {"text": clean_text(text)[:60]})
    return level


def parse_rating(text: str) -> DifficultyRating:
    """Return the difficulty named in Vietnamese or English.

    Raises:
        UnknownRating: the text names none.
    """
    rating = _RATING_BY_SPELLING.get(fold(text))
    if rating is None:
        raise UnknownRating("unknown_rating", {"text": clean_text(text)[:60]})
    return rating


_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]*(?:\.[A-Z0-9][A-Z0-9-]*)*")


def parse_competency_code(text: str) -> str:
    """Return the code in capitals, without spaces.

    Raises:
        InvalidCompetencyCode: not letters, digits and hyphens joined by dots, or longer than 64 characters.
    """
    code = clean_text(text).replace(" ", "").upper()
    if len(code) > 64 or not _CODE.fullmatch(code):
        raise InvalidCompetencyCode("invalid_competency_code", {"text": clean_text(text)[:60]})
    return code


CompetencyCode = Annotated[str, AfterValidator(parse_competency_code)]
"""A dotted code such as `KTC.01.02`; each dot steps one level down the tree."""


def parent_code(code: str) -> str | None:
    """Return the code one level up, or None for a root."""
    return code.rpartition(".")[0] or None


def is_within(code: str, root: str) -> bool:
    """Tell whether the code is the root itself or lies below it."""
    return code == root or code.startswith(root + ".")


@dataclass(frozen=True, slots=True)
class Competency:
    """One node: its dotted code and its Vietnamese name."""

    code: str
    name: str


class CompetencyTree:
    """Competencies by code; every node but a root has its parent in the tree."""

    def __init__(self, competencies: Iterable[Competency]) -> None:
        """Build the tree.

        Raises:
            InvalidCompetencyTree: a code appears twice or a parent is missing.
        """
        self._by_code: dict[str, Competency] = {}
        for competency in competencies:
            if competency.code in self._by_code:
                raise InvalidCompetencyTree("duplicate_competency", {"code": competency.code})
            self._by_code[competency.code] = competency
        for code in self._by_code:
            parent = parent_code(code)
            if parent is not None and parent not in self._by_code:
                raise InvalidCompetencyTree("competency_without_parent", {"code": code, "parent": parent})

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def path(self, code: str) -> tuple[Competency, ...]:
        """Return the nodes from the root down to the code."""
        parent = parent_code(code)
        above = self.path(parent) if parent is not None else ()
        return (*above, self._by_code[code])

    def children(self, code: str | None) -> tuple[Competency, ...]:
        """Return the nodes directly below the code (the roots for None), by code."""
        return tuple(self._by_code[c] for c in sorted(self._by_code) if parent_code(c) == code)

    def subtree(self, code: str) -> tuple[Competency, ...]:
        """Return the node and everything below it, by code."""
        return tuple(self._by_code[c] for c in sorted(self._by_code) if is_within(c, code))
