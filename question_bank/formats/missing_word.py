"""Missing word, an old format of Moodle's: sentences with their answers in braces, an empty line between them.

Source: Moodle 5.1, question/format/missingword/format.php (rules re-stated, no code taken).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from question_bank.formats.encoding import Encoding, decode
from question_bank.formats.moodle_question import (
    MAX_ANSWERS,
    MoodleAnswer,
    MoodleQuestion,
    MoodleText,
    TextFormat,
    plain_text,
)
from question_bank.formats.moodle_reading import reading_of
from question_bank.formats.reading import ImportReading, RowFinding, Verdict

_GAP = "_____"


def read(data: bytes, *, encoding: Encoding | None = None) -> ImportReading:
    """Return the verdict on every question; `encoding` is one that a person has confirmed.

    Raises:
        UnreadableText: see `decode`; also `no_questions` and `too_many_questions`.
    """
    decoded = decode(data, confirmed=encoding)
    return reading_of(parse(decoded.text), findings=decoded.findings)


def parse(text: str) -> Iterator[MoodleQuestion]:
    """Yield every question; one without answers carries an error finding."""
    lines: list[str] = []
    start = 0
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        if line.strip():
            start = start if lines else number
            lines.append(line.strip())
        elif lines:
            yield _question(" ".join(lines), row=start)
            lines = []


def _question(text: str, *, row: int) -> MoodleQuestion:
    start, end = text.find("{"), text.find("}")
    if not 0 <= start < end:
        return _named(text, row=row, code="missing_word_without_answers")
    if text[start:end].count("~") + text[start:end].count("=") > 2 * MAX_ANSWERS:
        params = {"count": text.count("~"), "limit": MAX_ANSWERS}
        return _named(text[: 10 * MAX_ANSWERS], row=row, code="too_many_answers", params=params)
    parts = [part.strip() for part in re.split(r"~|(?==)", text[start + 1 : end]) if part.strip()]
    answers = tuple(_answer(part) for part in parts)
    stem = MoodleText(text[:start] + _GAP + text[end + 1 :], TextFormat.MOODLE)
    made = MoodleQuestion("multichoice", row, stem, answers=answers, source=text)
    if not answers:
        return _named(text, row=row, code="missing_word_without_answers")
    if len(answers) == 1:
        return replace(made, kind="shortanswer", answers=(replace(answers[0], fraction=Decimal(1)),))
    return made


def _named(
    text: str, *, row: int, code: str, params: Mapping[str, str | int] | None = None
) -> MoodleQuestion:
    finding = RowFinding(code, Verdict.ERROR, None, params or {})
    return MoodleQuestion("", row, plain_text(text), source=text, findings=(finding,))


def _answer(part: str) -> MoodleAnswer:
    shown, mark, comment = part.partition("#")
    feedback = plain_text(comment.strip()) if mark and comment.strip() else None
    right = shown.startswith("=")
    shown = shown.removeprefix("=").strip()
    return MoodleAnswer(MoodleText(shown, TextFormat.MOODLE), Decimal(int(right)), feedback)
