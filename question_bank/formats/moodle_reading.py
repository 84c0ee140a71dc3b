"""Questions in Moodle's terms into the reading of a file."""

from collections.abc import Iterable

from question_bank.formats.comparing import compare_rows
from question_bank.formats.encoding import UnreadableText
from question_bank.formats.moodle_drafts import verdict_on
from question_bank.formats.moodle_question import MoodleQuestion
from question_bank.formats.reading import ImportReading, RowFinding, RowVerdict

MAX_QUESTIONS = 20_000


def reading_of(questions: Iterable[MoodleQuestion], *, findings: Iterable[RowFinding] = ()) -> ImportReading:
    """Return the verdicts on all questions; category lines only name the category of what follows.

    Raises:
        UnreadableText: `no_questions`, `too_many_questions`.
    """
    verdicts: list[RowVerdict] = []
    media: dict[str, bytes] = {}
    for question in questions:
        if question.kind == "category":
            continue
        if len(verdicts) == MAX_QUESTIONS:
            raise UnreadableText("too_many_questions", {"limit": MAX_QUESTIONS})
        verdicts.append(verdict_on(question))
        media |= question.media
    if not verdicts:
        raise UnreadableText("no_questions")
    return ImportReading(tuple(compare_rows(verdicts)), tuple(findings), media)
