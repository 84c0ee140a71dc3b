"""What single question types of Moodle XML have beyond text and answers.

Source: the `import_from_xml` and `export_to_xml` of the types: Moodle 5.1 question/type/*, and the plug-ins
qtype_mtf, qtype_kprime and qtype_ordering (rules re-stated, no code taken).
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal

from lxml import etree

from question_bank.formats.moodle_media import QuestionFiles
from question_bank.formats.moodle_question import (
    MoodleAnswer,
    MoodleQuestion,
    MoodleText,
    MoodleUnits,
    TextFormat,
)
from question_bank.formats.moodle_xml_text import is_set, text_of
from question_bank.formats.reading import RowFinding, Verdict

_NO_UNITS = "3"


def with_details(question: MoodleQuestion, element: etree._Element, files: QuestionFiles) -> MoodleQuestion:
    """Return the question with what its own type says."""
    details = _DETAILS.get(question.kind)
    return details(question, element, files) if details else question


def _match(question: MoodleQuestion, element: etree._Element, files: QuestionFiles) -> MoodleQuestion:
    is_rich = question.kind == "ddmatch"
    return replace(question, pairs=tuple(_pairs(element, files, is_rich=is_rich)))


def _pairs(
    element: etree._Element, files: QuestionFiles, *, is_rich: bool
) -> Iterator[tuple[MoodleText, MoodleText]]:
    for pair in element.iterfind("subquestion"):
        answer = text_of(pair.find("answer"), files if is_rich else None)
        yield text_of(pair, files), answer if is_rich else MoodleText(answer.source, TextFormat.PLAIN)


def _numerical(question: MoodleQuestion, element: etree._Element, _files: QuestionFiles) -> MoodleQuestion:
    names = tuple(
        (text_of(unit.find("unit_name")).source, text_of(unit.find("multiplier")).source or "1")
        for unit in element.iterfind("units/unit")
    )
    if not names:
        return question
    grading = (element.findtext("unitgradingtype") or "0").strip()
    shown = (element.findtext("showunits") or "0").strip()
    penalty = (element.findtext("unitpenalty") or "1").strip()
    units = MoodleUnits(
        names, is_graded=grading not in ("", "0"), is_typed=shown != _NO_UNITS, penalty=penalty
    )
    return replace(question, units=units)


def _essay(question: MoodleQuestion, element: etree._Element, files: QuestionFiles) -> MoodleQuestion:
    guidance = text_of(element.find("graderinfo"), files)
    limits = tuple(_count(element, name) for name in ("minwordlimit", "maxwordlimit"))
    findings: tuple[RowFinding, ...] = ()
    is_file = (element.findtext("responseformat") or "").strip() == "noinline"
    if is_file or _count(element, "attachmentsrequired"):
        findings = (RowFinding("attachments_not_kept", Verdict.HOLD, question.place or None),)
    return replace(
        question,
        guidance=guidance if guidance.source else None,
        word_limits=(limits[0], limits[1]),
        findings=(*question.findings, *findings),
    )


def _count(element: etree._Element, name: str) -> int:
    text = (element.findtext(name) or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0


def _words(question: MoodleQuestion, element: etree._Element, files: QuestionFiles) -> MoodleQuestion:
    boxes = list(element.iterfind("dragbox" if question.kind == "ddwtos" else "selectoption"))
    words = tuple(MoodleAnswer(text_of(box, files), Decimal(0)) for box in boxes)
    groups = tuple((box.findtext("group") or "1").strip() for box in boxes)
    return replace(question, answers=words, groups=groups)


def _ordering(question: MoodleQuestion, element: etree._Element, _files: QuestionFiles) -> MoodleQuestion:
    findings: tuple[RowFinding, ...] = ()
    if (element.findtext("selecttype") or "ALL").strip() not in ("ALL", "0", ""):
        params = {"text": "chỉ lấy một phần các mục (selecttype)"}
        findings = (RowFinding("setting_not_kept", Verdict.WARNING, question.place or None, params),)
    grading = (element.findtext("gradingtype") or "").strip()
    return replace(question, grading=grading, is_shuffled=True, findings=(*question.findings, *findings))


def _statements(question: MoodleQuestion, element: etree._Element, files: QuestionFiles) -> MoodleQuestion:
    """Rows are statements; a row is true where its first column has the weight."""
    weights = {
        (weight.get("rownumber"), weight.get("columnnumber")): (weight.findtext("value") or "0").strip()
        for weight in element.iterfind("weight")
    }
    statements: list[MoodleAnswer] = []
    for row in element.iterfind("row"):
        value = weights.get((row.get("number"), "1"), "0")
        feedback = text_of(row.find("feedbacktext"), files)
        is_true = value.strip("0.") != ""
        statements.append(
            MoodleAnswer(
                text_of(row.find("rowtext"), files),
                Decimal(int(is_true)),
                feedback if feedback.source else None,
            )
        )
    grading = text_of(element.find("scoringmethod")).source.strip()
    labels = tuple(
        text_of(column.find("responsetext")).source.strip() for column in element.iterfind("column")
    )
    is_shuffled = is_set(element, "shuffleanswers", default=is_set(element, "shuffleoptions", default=True))
    return replace(
        question, answers=tuple(statements), grading=grading, groups=labels, is_shuffled=is_shuffled
    )


_DETAILS: dict[str, Callable[[MoodleQuestion, etree._Element, QuestionFiles], MoodleQuestion]] = {
    "match": _match,
    "ddmatch": _match,
    "numerical": _numerical,
    "essay": _essay,
    "gapselect": _words,
    "ddwtos": _words,
    "ordering": _ordering,
    "mtf": _statements,
    "kprime": _statements,
}
