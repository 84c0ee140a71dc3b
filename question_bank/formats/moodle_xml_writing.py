"""Questions in Moodle's terms as the elements of Moodle XML."""

import base64
import re
from collections.abc import Mapping
from urllib.parse import quote

from lxml import etree

from question_bank.formats.moodle_export import embedded
from question_bank.formats.moodle_question import (
    MoodleAnswer,
    MoodleQuestion,
    MoodleText,
    MoodleUnits,
    TextFormat,
    percent_text,
)

_KINDS = {"multianswer": "cloze", "match": "matching"}
_SHUFFLED = frozenset({"multichoice", "multichoiceset", "matching", "ddmatch", "mtf", "kprime"})
_MEDIA = re.compile(r'src="media:([^"]+)"')
_NO_ANSWERS = frozenset({"mtf", "kprime"})


class MissingMedia(LookupError):
    """A text shows an image of which the file was not given; `name` is the image's."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the image {name} was not given")
        self.name = name


def question_element(
    question: MoodleQuestion, *, name: str, media: Mapping[str, bytes] | None = None
) -> etree._Element:
    """Return the element of one question, with the files of its images; without `media` these are left out.

    Raises:
        MissingMedia: an image is not in `media`.
    """
    kind = _KINDS.get(question.kind, question.kind)
    element = etree.Element("question", type=kind)
    _add_text(element, "name", MoodleText(name, TextFormat.PLAIN))
    text = embedded(question) if kind == "cloze" else question.text
    _add_text(element, "questiontext", text, form="html", media=media)
    if question.general_feedback:
        _add_text(element, "generalfeedback", question.general_feedback, form="html", media=media)
    _add(element, "defaultgrade", "1")
    if question.id_number:
        _add(element, "idnumber", question.id_number)
    if kind in _SHUFFLED:
        _add(element, "shuffleanswers", "true" if question.is_shuffled else "false")
    _add_details(element, question, kind=kind, media=media)
    if question.tags:
        tags = _add(element, "tags", None)
        for tag in question.tags:
            _add_text(tags, "tag", MoodleText(tag, TextFormat.PLAIN))
    return element


def _add_details(
    element: etree._Element, question: MoodleQuestion, *, kind: str, media: Mapping[str, bytes] | None
) -> None:
    match kind:
        case "multichoice" | "multichoiceset":
            _add(element, "single", "true" if question.is_single else "false")
            _add(element, "answernumbering", "ABCD")
        case "shortanswer":
            _add(element, "usecase", str(int(question.is_case_sensitive)))
        case "numerical" if question.units:
            _add_units(element, question.units)
        case "matching" | "ddmatch":
            _add_pairs(element, question, media=media)
        case "ordering":
            for name, value in (("layouttype", "VERTICAL"), ("selecttype", "ALL"), ("selectcount", "0")):
                _add(element, name, value)
            _add(element, "gradingtype", question.grading)
        case "mtf" | "kprime":
            _add_statements(element, question, media=media)
        case "essay":
            _add_essay(element, question, media=media)
    for place, answer in enumerate(question.answers if kind not in _NO_ANSWERS else (), start=1):
        child = _add_answer(element, answer, media=media)
        if kind == "ordering":
            child.set("fraction", f"{place}.0000000")


def _add(parent: etree._Element, name: str, text: str | None) -> etree._Element:
    child = etree.SubElement(parent, name)
    child.text = text
    return child


def _add_text(
    parent: etree._Element,
    name: str,
    text: MoodleText,
    *,
    form: str | None = None,
    media: Mapping[str, bytes] | None = None,
) -> etree._Element:
    child = etree.SubElement(parent, name)
    if form:
        child.set("format", form)
    if media is None:
        _add(child, "text", text.source)
        return child
    _add(child, "text", _MEDIA.sub(lambda match: f'src="@@PLUGINFILE@@/{quote(match[1])}"', text.source))
    for image in sorted(set(_MEDIA.findall(text.source))):
        if image not in media:
            raise MissingMedia(image)
        file = _add(child, "file", base64.b64encode(media[image]).decode())
        for attribute, value in (("name", image), ("path", "/"), ("encoding", "base64")):
            file.set(attribute, value)
    return child


def _form(text: MoodleText) -> str:
    return "html" if text.format is TextFormat.HTML else "plain_text"


def _add_answer(
    parent: etree._Element, answer: MoodleAnswer, *, media: Mapping[str, bytes] | None
) -> etree._Element:
    child = _add_text(parent, "answer", answer.text, form=_form(answer.text), media=media)
    child.set("fraction", percent_text(answer.fraction))
    if answer.tolerance:
        _add(child, "tolerance", answer.tolerance)
    return child


def _add_units(parent: etree._Element, units: MoodleUnits) -> None:
    _add(parent, "unitgradingtype", "2" if units.is_graded else "0")
    _add(parent, "unitpenalty", units.penalty)
    _add(parent, "showunits", "0" if units.is_typed else "3")
    group = _add(parent, "units", None)
    for name, multiplier in units.names:
        unit = _add(group, "unit", None)
        _add(unit, "multiplier", multiplier)
        _add(unit, "unit_name", name)


def _add_pairs(
    parent: etree._Element, question: MoodleQuestion, *, media: Mapping[str, bytes] | None
) -> None:
    for left, right in question.pairs:
        pair = _add_text(parent, "subquestion", left, form="html", media=media)
        form = "html" if question.kind == "ddmatch" else None
        _add_text(pair, "answer", right, form=form, media=media if form else None)


def _add_statements(
    parent: etree._Element, question: MoodleQuestion, *, media: Mapping[str, bytes] | None
) -> None:
    _add_text(parent, "scoringmethod", MoodleText(question.grading, TextFormat.PLAIN))
    _add(parent, "numberofrows", str(len(question.answers)))
    _add(parent, "numberofcolumns", "2")
    for row, answer in enumerate(question.answers, start=1):
        child = _add(parent, "row", None)
        child.set("number", str(row))
        _add_text(child, "rowtext", answer.text, form="html", media=media)
    for column, label in enumerate(("Đúng", "Sai"), start=1):
        child = _add(parent, "column", None)
        child.set("number", str(column))
        _add_text(child, "responsetext", MoodleText(label, TextFormat.PLAIN))
    for row, answer in enumerate(question.answers, start=1):
        for column in (1, 2):
            weight = _add(parent, "weight", None)
            weight.set("rownumber", str(row))
            weight.set("columnnumber", str(column))
            _add(weight, "value", "1.000" if (column == 1) == (answer.fraction == 1) else "0.000")


def _add_essay(
    parent: etree._Element, question: MoodleQuestion, *, media: Mapping[str, bytes] | None
) -> None:
    _add(parent, "responseformat", "plain")
    _add(parent, "responserequired", "1")
    for name, limit in zip(("minwordlimit", "maxwordlimit"), question.word_limits, strict=True):
        if limit:
            _add(parent, name, str(limit))
    _add(parent, "attachments", "0")
    if question.guidance:
        _add_text(parent, "graderinfo", question.guidance, form="html", media=media)
