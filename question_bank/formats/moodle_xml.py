"""Moodle XML, the exchange format of Moodle's question bank: read with a verdict per question, and written."""

from collections.abc import Iterable
from decimal import Decimal

from lxml import etree

from question_bank.formats.encoding import Encoding
from question_bank.formats.moodle_export import question_of, unsupported_fields
from question_bank.formats.moodle_question import MoodleAnswer, MoodleQuestion, MoodleText, TextFormat
from question_bank.formats.moodle_reading import reading_of
from question_bank.formats.moodle_xml_parsing import questions_of
from question_bank.formats.reading import ImportReading
from question_bank.formats.unsupported import Unsupported, UnsupportedItem
from question_bank.formats.xml_safety import parse_xml
from question_bank.items import ItemDraft, semantic_hash
from question_bank.text import plain
from question_bank.types.content import ChoiceContent

_PERCENT = Decimal("0.00001")
_NAME_CHARS = 80


def read(data: bytes, *, encoding: Encoding | None = None) -> ImportReading:
    """Return the verdict on every question; `encoding` is one that a person has confirmed.

    Files inside questions are named and hold the question until images can be stored.

    Raises:
        UnreadableText: see `parse_xml`; also `not_moodle_xml`, `no_questions` and `too_many_questions`.
    """
    document = parse_xml(data, encoding=encoding)
    return reading_of(questions_of(document.root), findings=document.findings)


def unsupported(draft: ItemDraft) -> Unsupported | None:
    """Return why the draft would lose something in Moodle XML, or None if it reads back the same."""
    if reason := unsupported_fields(draft):
        return reason
    (row, *_) = read(_document([draft])).rows
    if row.draft is None or semantic_hash(row.draft) != semantic_hash(draft):
        return Unsupported("text_reads_differently")
    return None if row.draft.source_id == draft.source_id else Unsupported("text_reads_differently")


def write(items: Iterable[ItemDraft]) -> bytes:
    """Return a Moodle XML file with a question per item, the same bytes for the same items.

    All-or-nothing items become `multichoiceset`, which a Moodle without that plug-in refuses instead of
    scoring them in another way.

    Raises:
        UnsupportedItem: an item would lose something; see `unsupported`.
    """
    drafts = list(items)
    for index, draft in enumerate(drafts):
        if reason := unsupported(draft):
            raise UnsupportedItem(index, reason)
    return _document(drafts)


def template() -> bytes:
    """Return a file without questions."""
    return _document([])


def _document(drafts: list[ItemDraft]) -> bytes:
    root = etree.Element("quiz")
    for draft in drafts:
        root.append(_question(question_of(draft), draft))
    etree.indent(root)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def _question(question: MoodleQuestion, draft: ItemDraft) -> etree._Element:
    element = etree.Element("question", type=question.kind)
    name = draft.source_id or " ".join(plain(draft.content.stem).split())[:_NAME_CHARS]
    _add_text(element, "name", MoodleText(name, TextFormat.PLAIN))
    _add_text(element, "questiontext", question.text, form="html")
    if question.general_feedback:
        _add_text(element, "generalfeedback", question.general_feedback, form="html")
    _add(element, "defaultgrade", "1")
    if question.id_number:
        _add(element, "idnumber", question.id_number)
    if isinstance(draft.content, ChoiceContent):
        _add(element, "single", "true" if question.is_single else "false")
        _add(element, "shuffleanswers", "false" if draft.content.order_locked else "true")
        _add(element, "answernumbering", "ABCD")
    for answer in question.answers:
        _add_answer(element, answer)
    if question.tags:
        tags = _add(element, "tags", None)
        for tag in question.tags:
            _add_text(tags, "tag", MoodleText(tag, TextFormat.PLAIN))
    return element


def _add(parent: etree._Element, name: str, text: str | None) -> etree._Element:
    child = etree.SubElement(parent, name)
    child.text = text
    return child


def _add_text(
    parent: etree._Element, name: str, text: MoodleText, *, form: str | None = None
) -> etree._Element:
    child = etree.SubElement(parent, name)
    if form:
        child.set("format", form)
    _add(child, "text", text.source)
    return child


def _add_answer(parent: etree._Element, answer: MoodleAnswer) -> None:
    form = "html" if answer.text.format is TextFormat.HTML else "plain_text"
    child = _add_text(parent, "answer", answer.text, form=form)
    child.set("fraction", f"{(answer.fraction * 100).quantize(_PERCENT).normalize():f}")
