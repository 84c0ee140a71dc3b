"""Moodle XML, the exchange format of Moodle's question bank: read with a verdict per question, and written."""

from collections.abc import Iterable, Mapping, Sequence

from lxml import etree

from question_bank.formats.encoding import Encoding
from question_bank.formats.moodle_export import question_of, unsupported_fields
from question_bank.formats.moodle_reading import reading_of
from question_bank.formats.moodle_xml_parsing import questions_of
from question_bank.formats.moodle_xml_writing import MissingMedia, question_element
from question_bank.formats.reading import ImportReading
from question_bank.formats.unsupported import Unsupported, UnsupportedItem
from question_bank.formats.xml_safety import parse_xml
from question_bank.items import ItemDraft, semantic_hash
from question_bank.text import plain

_NAME_CHARS = 80


def read(data: bytes, *, encoding: Encoding | None = None) -> ImportReading:
    """Return the verdict on every question; `encoding` is one that a person has confirmed.

    Images inside questions become media of the reading; other files are named and hold the question.

    Raises:
        UnreadableText: see `parse_xml`; also `not_moodle_xml`, `foreign_format`, `no_questions` and
            `too_many_questions`.
    """
    document = parse_xml(data, encoding=encoding)
    return reading_of(questions_of(document.root), findings=document.findings)


def unsupported(draft: ItemDraft) -> Unsupported | None:
    """Return why the draft would lose something in Moodle XML, or None if it reads back the same."""
    if reason := unsupported_fields(draft, is_gift=False):
        return reason
    (row, *_) = read(_document([_element(draft)])).rows
    if row.draft is None or semantic_hash(row.draft) != semantic_hash(draft):
        return Unsupported("text_reads_differently")
    return None if row.draft.source_id == draft.source_id else Unsupported("text_reads_differently")


def write(items: Iterable[ItemDraft], media: Mapping[str, bytes] | None = None) -> bytes:
    """Return a Moodle XML file with a question per item, the same bytes for the same items.

    `media` holds the images that the items show, by name. All-or-nothing items become `multichoiceset`, and
    clusters of statements `mtf` or `kprime`, which a Moodle without that plug-in refuses instead of scoring them
    in another way.

    Raises:
        UnsupportedItem: an item would lose something, see `unsupported`; or an image is missing.
    """
    elements: list[etree._Element] = []
    for index, draft in enumerate(items):
        if reason := unsupported(draft):
            raise UnsupportedItem(index, reason)
        try:
            elements.append(_element(draft, media or {}))
        except MissingMedia as missing:
            raise UnsupportedItem(index, Unsupported("media_missing", {"name": missing.name})) from missing
    return _document(elements)


def template() -> bytes:
    """Return a file without questions."""
    return _document([])


def _element(draft: ItemDraft, media: Mapping[str, bytes] | None = None) -> etree._Element:
    name = draft.source_id or " ".join(plain(draft.content.stem).split())[:_NAME_CHARS]
    return question_element(question_of(draft), name=name, media=media)


def _document(elements: Sequence[etree._Element]) -> bytes:
    root = etree.Element("quiz")
    root.extend(elements)
    etree.indent(root)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"
