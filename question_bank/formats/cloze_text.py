"""Cloze text, Moodle's format for one question with embedded answers per file."""

from question_bank.formats.cloze_parsing import MalformedGap, split_gaps
from question_bank.formats.encoding import Encoding, UnreadableText, decode
from question_bank.formats.moodle_question import MoodleQuestion, MoodleText, TextFormat
from question_bank.formats.moodle_reading import reading_of
from question_bank.formats.reading import ImportReading, RowFinding, Verdict


def read(data: bytes, *, encoding: Encoding | None = None) -> ImportReading:
    """Return the verdict on the one question of the file.

    Raises:
        UnreadableText: see `decode`; also `no_questions`, where nothing is embedded.
    """
    decoded = decode(data, confirmed=encoding)
    return reading_of([parse(decoded.text)], findings=decoded.findings)


def parse(text: str) -> MoodleQuestion:
    """Return the question.

    Raises:
        UnreadableText: `no_questions`.
    """
    try:
        shown, gaps = split_gaps(text)
    except MalformedGap as error:
        finding = RowFinding(error.code, Verdict.ERROR, None, error.params)
        return MoodleQuestion("", 1, MoodleText(text, TextFormat.PLAIN), source=text, findings=(finding,))
    if not gaps:
        raise UnreadableText("no_questions")
    return MoodleQuestion("multianswer", 1, MoodleText(shown, TextFormat.MOODLE), gaps=gaps, source=text)
