"""Every item type in every exchange format: a round trip, or a declared reason shown before export."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pytest

from question_bank.formats import aiken, excel, gift, moodle_xml, native_json
from question_bank.formats.excel_writing import MESSAGES as EXCEL_MESSAGES
from question_bank.formats.qti import reading as qti
from question_bank.formats.qti import writing as qti_writing
from question_bank.formats.reading import ImportReading
from question_bank.formats.unsupported import MESSAGES, Unsupported, UnsupportedItem
from question_bank.items import AnyContent, ItemContent, ItemDraft, content_hash, semantic_hash
from question_bank.types.case import PartContent
from tests.question_bank.formats.samples import EVERY_TYPE
from tests.question_bank.type_samples import SAMPLES

ALL = set(get_args(PartContent)) | set(get_args(get_args(AnyContent)[0]))
CONTENTS: dict[str, AnyContent] = {
    **EVERY_TYPE,
    **{f"{content.type} {number}": content for number, content in enumerate(SAMPLES)},
}
HELD = {
    # format: the types of which it holds at least one sample
    "excel": {
        "single_choice",
        "multiple_choice",
        "true_false",
        "true_false_cluster",
        "short_text",
        "numeric",
        "cloze",
        "matching",
        "ordering",
        "ranking",
        "essay",
        "case",
    },
    "aiken": {"single_choice"},
    "gift": {
        "single_choice",
        "multiple_choice",
        "true_false",
        "short_text",
        "numeric",
        "matching",
        "essay",
    },
    "moodle_xml": {
        "single_choice",
        "multiple_choice",
        "true_false",
        "true_false_cluster",
        "short_text",
        "numeric",
        "cloze",
        "matching",
        "ordering",
        "essay",
    },
    "qti": {content.type for content in EVERY_TYPE.values()} - {"unsupported"},
    "native": {content.type for content in EVERY_TYPE.values()},
}


@dataclass(frozen=True)
class Format:
    read: Callable[[bytes], ImportReading]
    write: Callable[[Iterable[ItemDraft]], bytes]
    unsupported: Callable[[ItemDraft], Unsupported | None]


FORMATS = {
    "excel": Format(excel.read, excel.write, excel.unsupported),
    "aiken": Format(aiken.read, aiken.write, aiken.unsupported),
    "gift": Format(gift.read, gift.write, gift.unsupported),
    "moodle_xml": Format(moodle_xml.read, moodle_xml.write, moodle_xml.unsupported),
    "qti": Format(qti.read, qti_writing.write, qti_writing.unsupported),
    "native": Format(native_json.read, native_json.write, native_json.unsupported),
}


def test_every_type_has_a_sample() -> None:
    concrete = {member for member in ALL if isinstance(member, type)}
    assert all(issubclass(member, ItemContent) for member in concrete)
    assert {type(sample) for sample in EVERY_TYPE.values()} == concrete


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("sample", CONTENTS)
def test_a_type_survives_a_format_or_the_format_says_why_not(sample: str, name: str) -> None:
    form, draft = FORMATS[name], ItemDraft(content=CONTENTS[sample])
    reason = form.unsupported(draft)
    if reason is not None:
        sentences = MESSAGES[reason.code] if reason.code in MESSAGES else EXCEL_MESSAGES[reason.code]
        assert all(sentences[language].format(**reason.params) for language in ("vi", "en"))
        with pytest.raises((UnsupportedItem, ValueError)):
            form.write([draft])
        return
    (row,) = form.read(form.write([draft])).rows
    assert row.draft is not None
    assert semantic_hash(row.draft) == semantic_hash(draft)


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_holds_the_types_that_it_can_say(name: str) -> None:
    kept = {c.type for c in EVERY_TYPE.values() if FORMATS[name].unsupported(ItemDraft(content=c)) is None}
    assert kept == HELD[name]


def test_the_table_in_the_documentation_is_the_one_that_holds() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "interop.md").read_text(encoding="utf-8")
    head, _, *rows = text[text.index("| type | ") :].partition("\n\n")[0].splitlines()
    names = [cell.strip() for cell in head.strip("|").split("|")][1:]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    shown = {name: {row[0] for row in cells if row[n] == "yes"} for n, name in enumerate(names, start=1)}
    assert {name: shown[name] for name in FORMATS} == HELD


def test_the_native_format_keeps_even_the_ids() -> None:
    for content in CONTENTS.values():
        (row,) = native_json.read(native_json.write([ItemDraft(content=content)])).rows
        assert row.draft is not None
        assert content_hash(row.draft.content) == content_hash(content)
