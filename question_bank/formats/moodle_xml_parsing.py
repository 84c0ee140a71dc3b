"""Moodle XML into questions in Moodle's terms.

Source: Moodle 5.1, question/format/xml/format.php (rules re-stated, no code taken).
"""

import copy
import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from lxml import etree

from question_bank.formats.cloze_parsing import MalformedGap, split_gaps
from question_bank.formats.encoding import Encoding, UnreadableText
from question_bank.formats.foreign import foreign_xml
from question_bank.formats.gift_parsing import meaningful_category
from question_bank.formats.moodle_media import QuestionFiles
from question_bank.formats.moodle_question import MoodleAnswer, MoodleQuestion, MoodleText, TextFormat
from question_bank.formats.moodle_xml_details import with_details
from question_bank.formats.moodle_xml_text import is_set, text_of
from question_bank.formats.reading import RowFinding, Verdict
from question_bank.formats.xml_safety import parse_xml

_KINDS = {"matching": "match", "cloze": "multianswer"}
_NUMBER = re.compile(r"-?[0-9]{1,5}(?:\.[0-9]{0,12})?")
_NO_FRACTIONS = frozenset({"ordering", "ddwtos", "gapselect"})
_DROPPED = {
    "hint": "gợi ý (hints)",
    "correctfeedback": "nhận xét chung khi đúng (correctfeedback)",
    "partiallycorrectfeedback": "nhận xét chung khi đúng một phần (partiallycorrectfeedback)",
    "incorrectfeedback": "nhận xét chung khi sai (incorrectfeedback)",
    "responsetemplate": "mẫu bài làm (responsetemplate)",
}


def parse(data: bytes, *, encoding: Encoding | None = None) -> Iterator[MoodleQuestion]:
    """Yield every question and category of the file in order.

    Raises:
        UnreadableText: see `parse_xml`; also `not_moodle_xml`, `foreign_format`.
    """
    yield from questions_of(parse_xml(data, encoding=encoding).root)


def questions_of(root: etree._Element) -> Iterator[MoodleQuestion]:
    """Yield every question and category of a parsed file in order; an odd element becomes a named one.

    Raises:
        UnreadableText: `not_moodle_xml`, `foreign_format`.
    """
    if (name := foreign_xml(root)) is not None:
        raise UnreadableText("foreign_format", {"name": name})
    if root.tag != "quiz":
        raise UnreadableText("not_moodle_xml", {"text": str(root.tag)[:80]})
    category = ""
    for number, element in enumerate(root, start=1):
        place = f"question[{number}]"
        if element.tag != "question":
            yield MoodleQuestion(f"<{element.tag}>", _row(element), MoodleText(""), place=place)
        elif element.get("type") == "category":
            path = text_of(element.find("category")).source.strip()
            category = meaningful_category(path)
            yield MoodleQuestion("category", _row(element), MoodleText(""), place=place, category=path)
        else:
            yield _question(element, place=place, category=category)


def _row(element: etree._Element) -> int:
    line = element.sourceline
    return line if isinstance(line, int) else 1


def _question(element: etree._Element, *, place: str, category: str) -> MoodleQuestion:
    kind = element.get("type") or "—"
    kind = _KINDS.get(kind, kind)
    files = QuestionFiles(place)
    findings: list[RowFinding] = list(_settings(element, place))
    feedback = text_of(element.find("generalfeedback"), files)
    question = MoodleQuestion(
        kind,
        _row(element),
        text_of(element.find("questiontext"), files),
        name=text_of(element.find("name")).source.strip(),
        place=place,
        answers=tuple(_answers(element, place, kind=kind, findings=findings, files=files)),
        is_single=is_set(element, "single", default=True),
        is_shuffled=is_set(element, "shuffleanswers", default=True),
        is_case_sensitive=is_set(element, "usecase", default=False),
        general_feedback=feedback if feedback.source.strip() else None,
        id_number=text_of(element.find("idnumber")).source.strip(),
        tags=tuple(tag for tag in (text_of(e).source.strip() for e in element.iterfind("tags/tag")) if tag),
        category=category,
        source=_source(element),
    )
    question = with_details(question, element, files)
    if kind == "multianswer":
        question = _with_gaps(question, findings)
    return replace(question, media=files.media, findings=(*question.findings, *findings, *files.findings))


def _source(element: etree._Element) -> str:
    """Return the question's markup without the files in it."""
    bare = copy.deepcopy(element)
    etree.strip_elements(bare, "file", with_tail=False)
    bare.tail = None
    return etree.tostring(bare, encoding="unicode")


def _with_gaps(question: MoodleQuestion, findings: list[RowFinding]) -> MoodleQuestion:
    try:
        text, gaps = split_gaps(question.text.source)
    except MalformedGap as error:
        findings.append(RowFinding(error.code, Verdict.ERROR, question.place, error.params))
        return question
    return replace(question, text=MoodleText(text, question.text.format), gaps=gaps)


def _answers(
    element: etree._Element, place: str, *, kind: str, findings: list[RowFinding], files: QuestionFiles
) -> Iterator[MoodleAnswer]:
    for number, answer in enumerate(element.iterfind("answer"), start=1):
        text = text_of(answer, files)
        if kind == "truefalse":
            # Files of old versions give no words: the first answer is "true".
            said = text.source if text.source in ("true", "false") else ("true" if number == 1 else "false")
            text = MoodleText(said, TextFormat.PLAIN)
        raw = answer.get("fraction", "0").strip()
        # The answers of these types are numbered, not weighed, where other types have their fraction.
        fraction = Decimal(0) if kind in _NO_FRACTIONS else _fraction(raw)
        if fraction is None:
            params = {"text": raw[:40]}
            findings.append(
                RowFinding("fraction_refused", Verdict.ERROR, f"{place}/answer[{number}]", params)
            )
            fraction = Decimal(0)
        feedback = text_of(answer.find("feedback"), files)
        tolerance = text_of(answer.find("tolerance")).source
        yield MoodleAnswer(text, fraction, feedback if feedback.source.strip() else None, tolerance)


def _fraction(percent: str) -> Decimal | None:
    try:
        value = Decimal(percent) / 100 if _NUMBER.fullmatch(percent) else None
    except InvalidOperation:
        return None
    return value if value is not None and -1 <= value <= 1 else None


def _settings(element: etree._Element, place: str) -> Iterator[RowFinding]:
    names = [
        label for name, label in _DROPPED.items() if any(text_of(e).source for e in element.iterfind(name))
    ]
    grade = (element.findtext("defaultgrade") or "1").strip()
    if not re.fullmatch(r"1(?:\.0*)?", grade):
        names.append(f"điểm {grade[:12]} (defaultgrade)")
    if is_set(element, "hidden", default=False):
        names.append("đã ẩn (hidden)")
    if names:
        yield RowFinding("setting_not_kept", Verdict.OK, place, {"text": "; ".join(names)})
