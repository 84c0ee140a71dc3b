"""The native format: nothing of an item's life is lost, and a changed byte is named."""

import io
import json
import zipfile
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from question_bank.formats import native_json
from question_bank.formats.encoding import UnreadableText
from question_bank.formats.native_json import (
    NativeBank,
    NativeEnemy,
    NativeItem,
    NativeOrigin,
    NativeStep,
    NativeVersion,
    origin_of,
)
from question_bank.formats.native_package import is_native, pack
from question_bank.formats.reading import ImportReading, RowVerdict, Verdict
from question_bank.formats.unsupported import UnsupportedItem
from question_bank.items import ItemDraft, canonical_json, content_hash
from question_bank.media import clean_image
from question_bank.review import ReviewState
from question_bank.types.true_false import TrueFalse
from tests.question_bank.formats.samples import EVERY_TYPE, FULL
from tests.question_bank.formats.test_moodle_types import picture

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
BANK = NativeBank(code="ĐC", name="Địa chính", exported_at=NOON)
IMAGE = clean_image(picture())
SHOWN = ItemDraft(content=TrueFalse(stem=f'<img src="media:{IMAGE.name}" alt="bản đồ"> ?', key=True))
STEP = NativeStep(
    from_state=ReviewState.IN_REVIEW, to_state=ReviewState.APPROVED, by="Trần Thị B", reason="Đạt", at=NOON
)
VERSION = NativeVersion(
    number=1,
    state=ReviewState.APPROVED,
    draft=FULL,
    content_hash=content_hash(FULL.content),
    author="Nguyễn Văn A",
    created_at=NOON,
    steps=(STEP,),
)
BEFORE = NativeItem(code="CŨ-1", draft=SHOWN)
ITEM = NativeItem(
    id=UUID("01890a5d-ac96-774b-bcce-b302099a8057"),
    code="ĐC-0001",
    state=ReviewState.APPROVED,
    draft=FULL,
    author="Nguyễn Văn A",
    authors=("Nguyễn Văn A",),
    versions=(VERSION,),
    enemies=(NativeEnemy(code="ĐC-0002", reason="cùng ý"),),
    family=("ĐC-0003",),
    origin=NativeOrigin(bank="Ngân hàng cũ", item=BEFORE),
)
MEDIA = {IMAGE.name: IMAGE.data}


def written(*, is_zip: bool = True) -> bytes:
    items = [ITEM, NativeItem(code="ĐC-0002", draft=SHOWN)]
    return native_json.write_bank(BANK, items, media=MEDIA, is_zip=is_zip)


def codes(row: RowVerdict) -> list[str]:
    return [finding.code for finding in row.findings]


def changed(data: bytes, path: str, content: bytes | None) -> bytes:
    """The package with other content at a path, or without it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            if name != path:
                target.writestr(name, source.read(name))
        if content is not None:
            target.writestr(path, content)
    return buffer.getvalue()


@pytest.mark.parametrize("is_zip", [True, False])
def test_items_come_back_with_their_whole_history_and_images(is_zip: bool) -> None:
    data = written(is_zip=is_zip)
    assert is_native(data)
    reading = native_json.read(data)
    first, second = reading.rows
    assert first.draft == FULL
    assert first.origin is not None
    record = origin_of(first.origin)
    assert (record.bank, record.exported_at, record.item) == ("Địa chính", NOON, ITEM)
    assert second.draft is not None
    assert second.draft.source_id == "ĐC-0002"
    assert reading.media == MEDIA
    assert codes(first) == ["history_is_a_record"]


@pytest.mark.parametrize("is_zip", [True, False])
def test_the_same_bank_gives_the_same_bytes(is_zip: bool) -> None:
    assert written(is_zip=is_zip) == written(is_zip=is_zip)


def test_a_changed_entry_is_named_and_the_others_are_read() -> None:
    with zipfile.ZipFile(io.BytesIO(written())) as archive:
        entry = archive.read("items/00001.json")
    reading = native_json.read(
        changed(written(), "items/00001.json", entry.replace(b"01890a5d", b"01890a5e"))
    )
    first, second = reading.rows
    assert (first.severity, codes(first), first.draft) == (Verdict.ERROR, ["entry_changed"], None)
    assert "items/00001.json" in first.findings[0].message()
    assert second.draft is not None


def test_a_changed_value_in_a_json_file_is_named() -> None:
    data = written(is_zip=False).replace(b'"reason": "\xc4\x90\xe1\xba\xa1t"', b'"reason": "!"')
    assert codes(native_json.read(data).rows[0]) == ["entry_changed"]


def test_a_missing_entry_is_named_and_an_unlisted_one_is_not_read() -> None:
    reading = native_json.read(changed(changed(written(), "items/00002.json", None), "items/9.json", b"{}"))
    assert codes(reading.rows[1]) == ["entry_missing"]
    assert [(f.code, f.cell) for f in reading.findings] == [("entry_not_listed", "items/9.json")]


def test_a_changed_image_holds_the_items_that_show_it() -> None:
    reading = native_json.read(changed(written(), f"media/{IMAGE.name}", picture("blue")))
    assert codes(reading.rows[1]) == ["image_missing"]
    assert reading.rows[1].severity is Verdict.HOLD
    assert reading.media == {}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"\xc4\x90\xe1\xbb\x8ba ch\xc3\xadnh", b"x", "manifest_changed"),
        (b'"version":1', b'"version":2', "package_version"),
        (b"sat-hach-bank", b"another-format", "not_a_package"),
        (b'"manifest_hash"', b'"other"', "manifest_changed"),
        (b"{", b"[", "not_a_package"),
    ],
)
def test_a_changed_manifest_is_refused(old: bytes, new: bytes, code: str) -> None:
    with zipfile.ZipFile(io.BytesIO(written())) as archive:
        manifest = archive.read("manifest.json")
    assert old in manifest
    with pytest.raises(UnreadableText) as refusal:
        native_json.read(changed(written(), "manifest.json", manifest.replace(old, new)))
    assert refusal.value.code == code
    assert refusal.value.message("vi")


def test_a_version_whose_hash_is_not_its_own_is_said() -> None:
    forged = ITEM.model_copy(update={"versions": (VERSION.model_copy(update={"content_hash": "0" * 64}),)})
    (row,) = native_json.read(native_json.write_bank(BANK, [forged], media=MEDIA)).rows
    assert "version_changed" in codes(row)


def test_markup_in_a_package_is_cleaned_like_any_other() -> None:
    data = native_json.write([ItemDraft(content=TrueFalse(stem="Đúng?", key=True))])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entry = json.loads(archive.read("items/00001.json"))
    entry["draft"]["content"]["stem"] = "<script>alert(1)</script>Đúng?"

    about = NativeBank().model_dump(mode="json")
    (row,) = native_json.read(pack({"items/00001.json": canonical_json(entry)}, about=about)).rows
    assert row.draft is not None
    assert row.draft.content.stem == "Đúng?"


def test_a_package_that_unpacks_to_more_than_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("question_bank.formats.native_package.MAX_PACKAGE_BYTES", 10_000)
    with pytest.raises(UnreadableText) as refusal:
        native_json.read(changed(written(), "media/bomb", b"0" * 100_000))
    assert refusal.value.code == "package_too_large"


def test_an_image_that_is_not_given_is_refused_before_anything_is_written() -> None:
    with pytest.raises(UnsupportedItem) as refusal:
        native_json.write([FULL, SHOWN])
    assert (refusal.value.index, refusal.value.code) == (1, "media_missing")


def test_an_empty_package_holds_no_question() -> None:
    with pytest.raises(UnreadableText) as refusal:
        native_json.read(native_json.template())
    assert refusal.value.code == "no_questions"


SMALL = native_json.write([ItemDraft(content=content) for content in EVERY_TYPE.values()])
AS_JSON = native_json.write_bank(BANK, [NativeItem(code="A", draft=FULL)], media={}, is_zip=False)


def reading_or_none(data: bytes) -> ImportReading | None:
    """The reading, None where the file is refused; only the typed refusal is expected."""
    try:
        return native_json.read(data)
    except UnreadableText:
        return None


@given(place=st.integers(0, len(AS_JSON) - 1), byte=st.integers(0, 255))
@settings(max_examples=150, deadline=None)
def test_no_changed_byte_of_a_file_passes_unnoticed(place: int, byte: int) -> None:
    data = AS_JSON[:place] + bytes([byte]) + AS_JSON[place + 1 :]
    reading = reading_or_none(data)
    is_same = reading is not None and json.loads(data) == json.loads(AS_JSON)
    is_named = reading is None or reading.rows[0].severity is Verdict.ERROR or reading.findings
    assert is_same or is_named


@given(st.integers(0, len(SMALL) - 1), st.integers(0, 255))
@settings(max_examples=100, deadline=None)
def test_a_damaged_archive_is_read_or_refused_by_the_typed_error(place: int, byte: int) -> None:
    data = SMALL[:place] + bytes([byte]) + SMALL[place + 1 :]
    reading = reading_or_none(data)
    assert reading is None or reading.rows
