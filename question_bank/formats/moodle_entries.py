"""Moodle questions that are answered by typing: shortanswer, numerical and essay."""

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from itertools import combinations
from typing import Any

from question_bank.formats.drafting import Found
from question_bank.formats.moodle_question import MoodleAnswer, MoodleQuestion, MoodleUnits
from question_bank.formats.reading import Verdict
from question_bank.shares import decimal_text, nearest_share
from question_bank.text import clean_text

_WILDCARD = re.compile(r"(?<!\\)\*")
_LARGEST_EXPONENT = 30
FOREIGN_NUMBERS = {"accepts_either_reading": True}
"""Where a question was written for readers to whom the dot is the decimal sign, both readings of a number count."""


def shortanswer_content(question: MoodleQuestion, found: Found) -> dict[str, Any]:
    """Return the accepted answers with their shares, in order."""
    fields = text_answers(question.answers, found, place=question.place)
    return {"type": "short_text", **fields, "is_case_sensitive": question.is_case_sensitive}


def text_answers(answers: Sequence[MoodleAnswer], found: Found, *, place: str) -> dict[str, Any]:
    """Return the fields of accepted texts; an asterisk that is not escaped stands for any run of characters.

    An answer "*" without points only carries feedback for whatever else is entered. Moodle counts the first answer
    that fits, this system the best one: where that can differ, the question waits for a person.
    """
    typed = [(clean_text(a.text.source), a.fraction) for a in answers if not _is_catch_all(a)]
    has_wildcards = any(_WILDCARD.search(text) for text, _ in typed)
    if not has_wildcards:
        typed = [(text.replace("\\*", "*"), fraction) for text, fraction in typed]
    elif any(low < high for (_, low), (_, high) in combinations(typed, 2)):
        found.say("answer_order_not_kept", Verdict.HOLD, place or None)
    answers_read = [{"text": text, "share": nearest_share(fraction)} for text, fraction in typed]
    return {"answers": answers_read, "has_wildcards": has_wildcards}


def _is_catch_all(answer: MoodleAnswer) -> bool:
    return answer.text.source.strip() == "*" and answer.fraction == 0


def numerical_content(question: MoodleQuestion, found: Found) -> dict[str, Any]:
    """Return the accepted numbers; units that are converted or cost part of the points wait for a person."""
    answers = number_answers(question.answers, found, place=question.place)
    units = _units(question.units, found, place=question.place) if question.units else {}
    return {"type": "numeric", "answers": answers, **units, **FOREIGN_NUMBERS}


def number_answers(answers: Sequence[MoodleAnswer], found: Found, *, place: str) -> list[dict[str, str]]:
    """Return accepted numbers with tolerance and share, saying which cannot be read."""
    read: list[dict[str, str]] = []
    for answer in answers:
        if _is_catch_all(answer):
            continue
        value, tolerance = number_text(answer.text.source), number_text(answer.tolerance or "0")
        if value is None or tolerance is None:
            text = f"{answer.text.source}:{answer.tolerance}" if answer.tolerance else answer.text.source
            found.say("number_unreadable", Verdict.HOLD, place or None, text=text[:60])
        else:
            tolerance = tolerance.lstrip("-")
            read.append({"value": value, "tolerance": tolerance, "share": nearest_share(answer.fraction)})
    if any(_is_hidden(later, earlier) for earlier, later in combinations(read, 2)):
        found.say("answer_order_not_kept", Verdict.HOLD, place or None)
    return read


def _is_hidden(later: dict[str, str], earlier: dict[str, str]) -> bool:
    """Tell whether a number could fit a worse answer that Moodle finds first, and a better one."""
    distance = abs(Fraction(later["value"]) - Fraction(earlier["value"]))
    overlap = distance <= Fraction(later["tolerance"]) + Fraction(earlier["tolerance"])
    return overlap and Fraction(earlier["share"]) < Fraction(later["share"])


def number_text(text: str) -> str | None:
    """Return a number as plain digits, or None where it is none; a lone comma is the decimal sign."""
    stripped = text.strip().replace("−", "-")
    if stripped.count(",") == 1 and "." not in stripped:
        stripped = stripped.replace(",", ".")
    try:
        value = Decimal(stripped[:40])
    except InvalidOperation:
        return None
    if not value.is_finite() or abs(value.adjusted()) > _LARGEST_EXPONENT:
        return None
    return decimal_text(value)


def _units(units: MoodleUnits, found: Found, *, place: str) -> dict[str, Any]:
    base = [name for name, multiplier in units.names if number_text(multiplier or "1") == "1"]
    is_converted = len(base) < len(units.names)
    is_partial = units.is_graded and number_text(units.penalty or "1") != "1"
    if is_converted or is_partial:
        shown = ", ".join(f"{name} (×{multiplier})" for name, multiplier in units.names)[:120]
        found.say("units_not_kept", Verdict.HOLD, place or None, text=shown)
    if not base or not units.is_typed:
        return {}
    rule = "required" if units.is_graded else "shown"
    return {"unit": base[0], "unit_rule": rule, "unit_aliases": base[1:]}


def essay_content(question: MoodleQuestion, _found: Found) -> dict[str, Any]:
    """Return an essay with its word limits; what the graders are told becomes the guidance."""
    low, high = question.word_limits
    guidance = question.guidance.rich() if question.guidance else ""
    return {"type": "essay", "min_words": low, "max_words": high, "guidance": guidance}
