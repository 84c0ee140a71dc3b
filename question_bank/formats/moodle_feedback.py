"""The feedback that a Moodle question gives to single answers, put into one rationale in reading order."""

from collections.abc import Iterator

from question_bank.formats.moodle_question import MoodleAnswer, MoodleQuestion
from question_bank.text import plain, rich_from_plain
from question_bank.types.content import option_label

_SHOWN_CHARS = 60
_TYPED = frozenset({"shortanswer", "numerical"})
_TRUTH = {"true": "Đúng", "false": "Sai"}


def rationale_of(question: MoodleQuestion) -> tuple[str, bool]:
    """Return the general feedback followed by a line per answer that has its own, and whether there are any."""
    general = [question.general_feedback.rich()] if question.general_feedback else []
    lines = [*_lines(question.answers, kind=question.kind)]
    for number, gap in enumerate(question.gaps, start=1):
        lines += [f"({number}) {line}" for line in _lines(gap.answers, kind=gap.kind)]
    return "<br>".join(part for part in [*general, *lines] if part), bool(lines)


def _lines(answers: tuple[MoodleAnswer, ...], *, kind: str) -> Iterator[str]:
    for index, answer in enumerate(answers):
        said = answer.feedback.rich() if answer.feedback else ""
        if said:
            yield rich_from_plain(_label(answer, index, kind=kind)) + " " + said


def _label(answer: MoodleAnswer, index: int, *, kind: str) -> str:
    shown = plain(answer.text.rich())[:_SHOWN_CHARS]
    if kind == "truefalse":
        return _TRUTH.get(answer.text.source, shown) + ":"
    if kind in _TYPED:
        return f"“{shown}”:"
    label = option_label(min(index, 25))
    return f"{label} ({shown}):" if shown else f"{label}:"
