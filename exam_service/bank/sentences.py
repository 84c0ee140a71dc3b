"""Sentences of the question bank's domain in the language of the request, and the names of types and levels."""

from collections.abc import Iterable, Mapping
from typing import Any

from exam_service.i18n import N_, language
from exam_service.i18n import gettext as _
from question_bank.formats.excel import RowFinding
from question_bank.legal.abolished import MESSAGES as TERM_MESSAGES
from question_bank.lint import MESSAGES as LINT_MESSAGES
from question_bank.lint import Finding
from question_bank.taxonomy import LEVEL_NAMES, RATING_NAMES, CognitiveLevel, DifficultyRating
from question_bank.types.content import Problem
from question_bank.types.messages import MESSAGES as PROBLEM_MESSAGES

TYPE_NAMES: dict[str, str] = {
    "single_choice": N_("Một lựa chọn"),
    "multiple_choice": N_("Nhiều lựa chọn"),
    "true_false": N_("Đúng/Sai"),
    "true_false_cluster": N_("Chùm Đúng/Sai"),
    "short_text": N_("Trả lời ngắn"),
    "numeric": N_("Điền số"),
    "cloze": N_("Điền khuyết"),
    "matching": N_("Ghép nối"),
    "ordering": N_("Sắp xếp thứ tự"),
    "ranking": N_("Xếp hạng phương án xử lý"),
    "essay": N_("Tự luận"),
    "case": N_("Tình huống"),
    "unsupported": N_("Chưa hỗ trợ"),
}
"""What pages call the item types; the keys are the types of `question_bank.items.AnyContent`."""

STATE_NAMES: dict[str, str] = {
    "draft": N_("Bản nháp"),
    "in_review": N_("Chờ thẩm định"),
    "approved": N_("Đã duyệt"),
    "operational": N_("Đang dùng"),
    "suspended": N_("Tạm ngừng dùng"),
    "retired": N_("Thôi dùng"),
}


def domain_sentence(
    messages: Mapping[str, Mapping[str, str]], code: str, params: Mapping[str, Any] | None = None
) -> str:
    """The sentence `code` of a domain module's MESSAGES in the language of the request."""
    return messages[code][language().value].format(**(params or {}))


def problem_sentence(problem: Problem) -> str:
    """What blocks the item from review, as a sentence."""
    return domain_sentence(PROBLEM_MESSAGES, problem.code, problem.params)


def finding_sentence(finding: Finding) -> str:
    """A finding on a draft, as a sentence."""
    return domain_sentence({**LINT_MESSAGES, **TERM_MESSAGES}, finding.code, finding.params)


def row_finding_sentence(finding: RowFinding) -> str:
    """A finding on a row of a file, as a sentence."""
    return finding.message(language().value)


def level_name(level: str | CognitiveLevel | None) -> str:
    """Nhận biết … Vận dụng cao; empty for None."""
    return LEVEL_NAMES[CognitiveLevel(level)][language().value] if level else ""


def type_name(item_type: str) -> str:
    """The item type as pages call it."""
    return _(TYPE_NAMES[item_type])


def state_name(state: str) -> str:
    """The state of the life cycle as pages call it."""
    return _(STATE_NAMES[state])


def level_choices() -> list[tuple[str, str]]:
    """(value, name) of the four levels, easiest first."""
    return [(level.value, level_name(level)) for level in CognitiveLevel]


def rating_name(rating: DifficultyRating | None) -> str:
    """Rất dễ … Rất khó; empty for None."""
    return RATING_NAMES[rating][language().value] if rating else ""


def rating_choices() -> list[tuple[str, str]]:
    """(value, name) of the five ratings of difficulty, easiest first."""
    return [(rating.value, rating_name(rating)) for rating in DifficultyRating]


def type_choices(types: Iterable[str]) -> list[tuple[str, str]]:
    """(value, name) of these item types, in the order in which pages list them."""
    wanted = set(types)
    return [(value, _(name)) for value, name in TYPE_NAMES.items() if value in wanted]
