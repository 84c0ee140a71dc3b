"""Moodle XML into questions in Moodle's terms.

Source: Moodle 5.1, question/format/xml/format.php (rules re-stated, no code taken).
"""

import html
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from lxml import etree

from question_bank.formats.encoding import Encoding, UnreadableText
from question_bank.formats.gift_parsing import meaningful_category
from question_bank.formats.moodle_question import MoodleAnswer, MoodleQuestion, MoodleText, TextFormat
from question_bank.formats.reading import RowFinding, Verdict
from question_bank.formats.xml_safety import parse_xml

_FORMATS = {
    "html": TextFormat.HTML,
    "moodle_auto_format": TextFormat.MOODLE,
    "plain_text": TextFormat.PLAIN,
    "markdown": TextFormat.MARKDOWN,
}
_KINDS = {"matching": "match", "cloze": "multianswer"}
_NUMBER = re.compile(r"-?[0-9]{1,5}(?:\.[0-9]{0,12})?")
_GAP = re.compile(
    r"\{[0-9]*:(?:MULTICHOICE|MC|MULTIRESPONSE|MR|SHORTANSWER|SA|MW|NUMERICAL|NM)[_A-Z]*:(?:\\.|[^\\}])*+\}"
)
_DROPPED = {
    "hint": "gợi ý (hints)",
    "correctfeedback": "nhận xét chung khi đúng (correctfeedback)",
    "partiallycorrectfeedback": "nhận xét chung khi đúng một phần (partiallycorrectfeedback)",
    "incorrectfeedback": "nhận xét chung khi sai (incorrectfeedback)",
}


def parse(data: bytes, *, encoding: Encoding | None = None) -> Iterator[MoodleQuestion]:
    """Yield every question and category of the file in order.

    Raises:
        UnreadableText: see `parse_xml`; also `not_moodle_xml`.
    """
    yield from questions_of(parse_xml(data, encoding=encoding).root)


def questions_of(root: etree._Element) -> Iterator[MoodleQuestion]:
    """Yield every question and category of a parsed file in order; an odd element becomes a named one.

    Raises:
        UnreadableText: `not_moodle_xml`.
    """
    if root.tag != "quiz":
        raise UnreadableText("not_moodle_xml", {"text": str(root.tag)[:80]})
    category = ""
    for number, element in enumerate(root, start=1):
        place = f"question[{number}]"
        if element.tag != "question":
            yield MoodleQuestion(f"<{element.tag}>", _row(element), MoodleText(""), place=place)
        elif element.get("type") == "category":
            path = _text(element.find("category")).source.strip()
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
    text = _text(element.find("questiontext"))
    if kind == "multianswer":
        text = _numbered_gaps(text)
    findings: list[RowFinding] = [*_files(element, place), *_settings(element, place)]
    feedback = _text(element.find("generalfeedback"))
    return MoodleQuestion(
        kind,
        _row(element),
        text,
        name=_text(element.find("name")).source.strip(),
        place=place,
        answers=tuple(_answers(element, place, kind=kind, findings=findings)),
        pairs=tuple(_pairs(element)) if kind == "match" else (),
        is_single=_is_set(element, "single", default=True),
        is_shuffled=_is_set(element, "shuffleanswers", default=True),
        general_feedback=feedback if feedback.source.strip() else None,
        id_number=_text(element.find("idnumber")).source.strip(),
        tags=tuple(tag for tag in (_text(e).source.strip() for e in element.iterfind("tags/tag")) if tag),
        category=category,
        findings=tuple(findings),
    )


def _numbered_gaps(text: MoodleText) -> MoodleText:
    parts = _GAP.split(text.source)
    numbered = "".join(f"{part}{{#{n}}}" for n, part in enumerate(parts[:-1], start=1)) + parts[-1]
    return MoodleText(numbered, text.format)


def _text(element: etree._Element | None) -> MoodleText:
    """Return an element's text, from its `text` child or, in old files, directly."""
    if element is None:
        return MoodleText("")
    form = _FORMATS.get(element.get("format", "html"), TextFormat.HTML)
    holder = element.find("text")
    holder = element if holder is None else holder
    if len(holder) and holder is not element:
        # Markup that should have been escaped: what was meant is the markup.
        inner = [html.escape(holder.text or "", quote=False)]
        inner += [etree.tostring(child, encoding="unicode") for child in holder]
        return MoodleText("".join(inner).strip(), form)
    return MoodleText((holder.text or "").strip(), form)


def _answers(
    element: etree._Element, place: str, *, kind: str, findings: list[RowFinding]
) -> Iterator[MoodleAnswer]:
    for number, answer in enumerate(element.iterfind("answer"), start=1):
        text = _text(answer)
        if kind == "truefalse":
            # Files of old versions give no words: the first answer is "true".
            said = text.source if text.source in ("true", "false") else ("true" if number == 1 else "false")
            text = MoodleText(said, TextFormat.PLAIN)
        raw = answer.get("fraction", "0").strip()
        fraction = _fraction(raw)
        if fraction is None:
            params = {"text": raw[:40]}
            findings.append(
                RowFinding("fraction_refused", Verdict.ERROR, f"{place}/answer[{number}]", params)
            )
            fraction = Decimal(0)
        feedback = _text(answer.find("feedback"))
        tolerance = _text(answer.find("tolerance")).source
        yield MoodleAnswer(text, fraction, feedback if feedback.source.strip() else None, tolerance)


def _fraction(percent: str) -> Decimal | None:
    try:
        value = Decimal(percent) / 100 if _NUMBER.fullmatch(percent) else None
    except InvalidOperation:
        return None
    return value if value is not None and -1 <= value <= 1 else None


def _pairs(element: etree._Element) -> Iterator[tuple[MoodleText, MoodleText]]:
    for pair in element.iterfind("subquestion"):
        yield _text(pair), MoodleText(_text(pair.find("answer")).source, TextFormat.PLAIN)


def _is_set(element: etree._Element, name: str, *, default: bool) -> bool:
    value = (element.findtext(name) or "").strip().lower()
    return value in ("true", "1") if value else default


def _files(element: etree._Element, place: str) -> Iterator[RowFinding]:
    for file in element.iter("file"):
        size = len(file.text or "") * 3 // 4 // 1024
        params: dict[str, str | int] = {"name": file.get("name", "?")[:80], "size_kb": size}
        yield RowFinding("file_not_kept", Verdict.HOLD, place, params)


def _settings(element: etree._Element, place: str) -> Iterator[RowFinding]:
    names = [
        label for name, label in _DROPPED.items() if any(_text(e).source for e in element.iterfind(name))
    ]
    grade = (element.findtext("defaultgrade") or "1").strip()
    if not re.fullmatch(r"1(?:\.0*)?", grade):
        names.append(f"điểm {grade[:12]} (defaultgrade)")
    if _is_set(element, "hidden", default=False):
        names.append("đã ẩn (hidden)")
    if names:
        yield RowFinding("setting_not_kept", Verdict.OK, place, {"text": "; ".join(names)})
