"""Every item type in every exchange format: a round trip, or a declared reason shown before export."""

from collections.abc import Callable
from typing import get_args

import pytest

from question_bank.formats import aiken, excel, gift, moodle_xml
from question_bank.formats.excel_writing import MESSAGES as EXCEL_MESSAGES
from question_bank.items import AnyContent, ItemContent, ItemDraft, semantic_hash
from tests.question_bank.type_samples import SAMPLES


def excel_round_trip(draft: ItemDraft) -> ItemDraft | None:
    (row,) = excel.read(excel.write([draft])).rows
    return row.draft


def excel_reason(draft: ItemDraft) -> str | None:
    reason = excel.unsupported(draft)
    return None if reason is None else EXCEL_MESSAGES[reason.code]["vi"].format(**reason.params)


def gift_round_trip(draft: ItemDraft) -> ItemDraft | None:
    (row,) = gift.read(gift.write([draft])).rows
    return row.draft


def gift_reason(draft: ItemDraft) -> str | None:
    reason = gift.unsupported(draft)
    return None if reason is None else reason.message()


def aiken_round_trip(draft: ItemDraft) -> ItemDraft | None:
    (row,) = aiken.read(aiken.write([draft])).rows
    return row.draft


def aiken_reason(draft: ItemDraft) -> str | None:
    reason = aiken.unsupported(draft)
    return None if reason is None else reason.message()


def moodle_xml_round_trip(draft: ItemDraft) -> ItemDraft | None:
    (row,) = moodle_xml.read(moodle_xml.write([draft])).rows
    return row.draft


def moodle_xml_reason(draft: ItemDraft) -> str | None:
    reason = moodle_xml.unsupported(draft)
    return None if reason is None else reason.message()


FORMATS: dict[str, tuple[Callable[[ItemDraft], ItemDraft | None], Callable[[ItemDraft], str | None]]] = {
    "excel": (excel_round_trip, excel_reason),
    "gift": (gift_round_trip, gift_reason),
    "aiken": (aiken_round_trip, aiken_reason),
    "moodle_xml": (moodle_xml_round_trip, moodle_xml_reason),
}


def test_every_type_has_a_sample() -> None:
    union = get_args(get_args(AnyContent)[0])
    assert len(union) == 13
    assert all(issubclass(member, ItemContent) for member in union)
    assert {type(sample) for sample in SAMPLES} == set(union)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("content", SAMPLES, ids=lambda content: content.type)
def test_a_type_survives_a_format_or_the_format_says_why_not(content: AnyContent, name: str) -> None:
    round_trip, reason = FORMATS[name]
    draft = ItemDraft(content=content)
    if reason(draft) is None:
        returned = round_trip(draft)
        assert returned is not None
        assert semantic_hash(returned) == semantic_hash(draft)
