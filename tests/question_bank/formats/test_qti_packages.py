"""Packages of QTI: hostile and awkward ones are refused or named, sound ones give items, cases, images and tests."""

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from question_bank.formats import zip_safety
from question_bank.formats.encoding import UnreadableText
from question_bank.formats.qti.reading import read, read_package
from question_bank.formats.reading import ImportReading, RowVerdict, Verdict
from question_bank.items import semantic_hash
from question_bank.types.case import Case
from question_bank.types.single_choice import SingleChoice
from question_bank.types.unsupported import Unsupported
from tests.question_bank.formats.qti_files import (
    MATCH,
    choices,
    item,
    items,
    manifest,
    package,
    response,
    single,
    template,
)


def refusal_of(data: bytes) -> str:
    with pytest.raises(UnreadableText) as refusal:
        read(data)
    assert refusal.value.message("vi") != refusal.value.message("en")
    return refusal.value.code


def codes(reading: ImportReading) -> set[str]:
    return {finding.code for finding in reading.findings}


def row_codes(row: RowVerdict) -> set[str]:
    return {finding.code for finding in row.findings}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("zip_slip.zip", "zip_unsafe_path"),
        ("zip_absolute.zip", "zip_unsafe_path"),
        ("zip_backslash.zip", "zip_unsafe_path"),
        ("zip_symlink.zip", "zip_link"),
        ("zip_duplicate_names.zip", "zip_duplicate"),
        ("zip_bomb_20MB.zip", "zip_too_large"),
        ("zip_href_escapes.zip", "qti_package_empty"),
    ],
)
def test_a_hostile_archive_is_refused_as_a_whole(name: str, code: str, shared_interop: Path) -> None:
    assert refusal_of((shared_interop / "nasty" / name).read_bytes()) == code


@pytest.mark.parametrize("name", ["zip_macos_junk.zip", "zip_nested_manifest_dir.zip", "zip_no_manifest.zip"])
def test_an_awkward_archive_is_read(name: str, shared_interop: Path) -> None:
    assert len(read((shared_interop / "nasty" / name).read_bytes()).rows) == 1


def test_a_link_is_refused_whatever_it_points_at() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo("a.xml")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "b.xml")
    assert refusal_of(buffer.getvalue()) == "zip_link"


def test_a_password_is_said() -> None:
    data = bytearray(package({"a.xml": single()}))
    for mark in (b"PK\x01\x02", b"PK\x03\x04"):
        place = data.index(mark) + (8 if mark == b"PK\x01\x02" else 6)
        data[place : place + 2] = struct.pack("<H", 1)
    assert refusal_of(bytes(data)) == "zip_encrypted"


def test_a_size_that_lies_does_not_help_a_bomb() -> None:
    data = bytearray(package({"a.xml": b"0" * 3_000_000}))
    place = data.index(b"PK\x01\x02") + 24
    data[place : place + 4] = struct.pack("<L", 10)
    assert refusal_of(bytes(data)) in ("zip_too_large", "zip_damaged")


def test_too_many_entries_are_refused() -> None:
    assert refusal_of(package({f"{n}.txt": b"" for n in range(zip_safety.MAX_ENTRIES + 1)})) == "zip_too_many"


def test_a_damaged_archive_is_refused() -> None:
    assert refusal_of(package({"a.xml": single()})[:-30]) == "zip_damaged"


def test_an_archive_inside_stays_closed_and_is_named() -> None:
    reading = read(
        package(
            {"imsmanifest.xml": items("a.xml"), "a.xml": single(), "more.zip": package({"b.xml": single()})}
        )
    )
    assert len(reading.rows) == 1
    assert "qti_nested_archive" in codes(reading)


def test_a_missing_file_is_named_and_the_rest_is_read() -> None:
    reading = read(package({"imsmanifest.xml": items("a.xml", "b.xml"), "a.xml": single()}))
    assert len(reading.rows) == 1
    assert [f.params["name"] for f in reading.findings if f.code == "qti_resource_missing"] == ["b.xml"]


@pytest.mark.parametrize("href", ["../b.xml", "http://example.org/b.xml", "/etc/passwd", "..%2F..%2Fb.xml"])
def test_addresses_that_lead_out_of_the_package_are_not_followed(href: str) -> None:
    reading = read(package({"imsmanifest.xml": items("a.xml", href), "a.xml": single()}))
    assert "qti_resource_outside" in codes(reading)


@pytest.mark.parametrize("text", ["<manifest", "<other/>"])
def test_a_broken_manifest_does_not_hide_the_items(text: str) -> None:
    assert len(read(package({"imsmanifest.xml": text, "a.xml": single()})).rows) == 1


def test_a_document_type_in_any_file_refuses_the_package() -> None:
    evil = b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + single()
    assert refusal_of(package({"imsmanifest.xml": items("a.xml"), "a.xml": evil})) == "doctype_refused"


def test_one_bad_item_does_not_refuse_the_others() -> None:
    files = {"imsmanifest.xml": items("a.xml", "b.xml"), "a.xml": single(), "b.xml": b"<assessmentItem"}
    sound, broken = read(package(files)).rows
    assert (sound.severity, sound.draft is not None) == (Verdict.OK, True)
    assert (broken.severity, broken.sheet, row_codes(broken)) == (
        Verdict.ERROR,
        "b.xml",
        {"qti_file_unreadable"},
    )


def test_items_of_one_identifier_are_told_apart_and_said() -> None:
    other = single(key="A").replace("Chọn gì?".encode(), "Chọn nữa?".encode())
    reading = read(package({"imsmanifest.xml": items("a.xml", "b.xml"), "a.xml": single(), "b.xml": other}))
    assert [row.draft.source_id for row in reading.rows if row.draft] == ["I1 (a.xml)", "I1 (b.xml)"]
    assert all("qti_identifier_repeated" in row_codes(row) for row in reading.rows)


def test_a_second_reading_gives_the_same_items() -> None:
    data = package({"imsmanifest.xml": items("a.xml"), "a.xml": single()})
    first, second = (read(data).rows[0].draft for _ in range(2))
    assert first is not None
    assert second is not None
    assert (semantic_hash(first), first.source_id) == (semantic_hash(second), second.source_id)


def test_templates_of_the_package_are_resolved_by_relative_path() -> None:
    own = (
        "<responseProcessing xmlns='http://www.imsglobal.org/xsd/imsqti_v2p1'><responseCondition><responseIf>"
        "<match><variable identifier='RESPONSE'/><correct identifier='RESPONSE'/></match>"
        "<setOutcomeValue identifier='SCORE'><baseValue baseType='float'>4</baseValue></setOutcomeValue>"
        "</responseIf></responseCondition></responseProcessing>"
    )
    asked = item(body=choices("A", "B"), declarations=response("A"), processing=template("../rp/own.xml"))
    package_reading = read_package(
        package({"imsmanifest.xml": items("items/a.xml"), "items/a.xml": asked, "rp/own.xml": own})
    )
    assert package_reading.items[0].whole == 4
    assert package_reading.reading.rows[0].severity is Verdict.OK


def picture() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (3, 2), "red").save(buffer, "PNG")
    return buffer.getvalue()


def test_images_are_cleaned_and_named_by_their_content() -> None:
    body = f"<p>Xem <img src='../img/a%20b.png' alt='Sơ đồ'/></p>{choices('A', 'B')}"
    asked = item(body=body, declarations=response("A"), processing=template(MATCH))
    reading = read(package({"imsmanifest.xml": items("q/a.xml"), "q/a.xml": asked, "img/a b.png": picture()}))
    (name,) = reading.media
    draft = reading.rows[0].draft
    assert draft is not None
    assert f'<img src="media:{name}" alt="Sơ đồ">' in draft.content.stem
    assert draft.content.media() == {name}


def test_a_file_that_is_no_image_is_refused_by_name() -> None:
    body = f"<p>Xem <img src='a.png' alt=''/></p>{choices('A', 'B')}"
    asked = item(body=body, declarations=response("A"), processing=template(MATCH))
    reading = read(package({"imsmanifest.xml": items("a.xml"), "a.xml": asked, "a.png": b"MZ program"}))
    assert "qti_image_refused" in row_codes(reading.rows[0])
    assert not reading.media


STIMULUS = (
    "<qti-assessment-stimulus xmlns='http://www.imsglobal.org/xsd/imsqtiasi_v3p0' identifier='S' title='s'>"
    "<qti-stimulus-body><p>Ông A nộp hồ sơ.</p></qti-stimulus-body></qti-assessment-stimulus>"
)


def with_stimulus(identifier: str) -> bytes:
    body = "<assessmentStimulusRef identifier='S' href='s.xml'/><itemBody>"
    return single(identifier=identifier).replace(b"<itemBody>", body.encode())


def test_items_that_share_a_text_become_one_case() -> None:
    files = {f"{n}.xml": with_stimulus(n) for n in ("a", "b")}
    reading = read(package({"imsmanifest.xml": items("a.xml", "b.xml", "s.xml"), "s.xml": STIMULUS, **files}))
    (row,) = reading.rows
    assert row.draft is not None
    assert isinstance(row.draft.content, Case)
    assert row.draft.content.stem == "Ông A nộp hồ sơ."
    assert [part.content.type for part in row.draft.content.parts] == ["single_choice"] * 2
    assert "qti_case_made" in row_codes(row)


def test_a_text_of_one_item_comes_before_its_stem() -> None:
    files = {"a.xml": with_stimulus("a"), "b.xml": single(identifier="b", key="A"), "s.xml": STIMULUS}
    first, _ = read(package({"imsmanifest.xml": items("a.xml", "b.xml", "s.xml"), **files})).rows
    assert first.draft is not None
    assert isinstance(first.draft.content, SingleChoice)
    assert first.draft.content.stem == "<p>Ông A nộp hồ sơ.</p><p>Chọn gì?</p>"


def test_a_missing_shared_text_is_named() -> None:
    (row,) = read(package({"imsmanifest.xml": items("a.xml"), "a.xml": with_stimulus("a")})).rows
    assert "qti_stimulus_missing" in row_codes(row)


def test_a_test_gives_an_outline_and_names_what_a_blueprint_cannot_say() -> None:
    test = (
        "<assessmentTest xmlns='http://www.imsglobal.org/xsd/imsqti_v2p1' identifier='T' title='Đề 1'>"
        "<timeLimits maxTime='1800'/><testPart identifier='P'><assessmentSection identifier='S' title='Phần I'>"
        "<selection select='1'/><ordering shuffle='true'/><assessmentItemRef identifier='a' href='a.xml'>"
        "<weight identifier='W' value='2'/></assessmentItemRef><assessmentItemRef identifier='b' href='b.xml'/>"
        "</assessmentSection></testPart><outcomeProcessing/></assessmentTest>"
    )
    entries = (("imsqti_test_xmlv2p1", "t.xml"), ("imsqti_item_xmlv2p1", "a.xml"))
    reading = read_package(package({"imsmanifest.xml": manifest(*entries), "t.xml": test, "a.xml": single()}))
    (outline,) = reading.tests
    (section,) = outline.sections
    assert (outline.time_limit_s, outline.item_count, section.title) == (1800, 1, "Phần I")
    assert (section.draws, section.is_shuffled) == (1, True)
    assert [(i.path, i.weight) for i in section.items] == [("a.xml", "2"), ("b.xml", "1")]
    assert {"qti_test_outline", "qti_test_part_dropped"} <= codes(reading.reading)


def test_keywords_of_the_manifest_become_tags() -> None:
    lom = "<metadata><lom><general><keyword><langstring>đất đai, xã</langstring></keyword></general></lom></metadata>"
    listed = manifest(("imsqti_item_xmlv2p1", "a.xml"), more=lom)
    (row,) = read(package({"imsmanifest.xml": listed, "a.xml": single()})).rows
    assert row.draft is not None
    assert row.draft.tags == ("đất đai xã",)


def test_what_cannot_be_an_item_is_kept_with_its_source() -> None:
    asked = item(body="<p>Vẽ</p><drawingInteraction responseIdentifier='RESPONSE'/>")
    (row,) = read(package({"imsmanifest.xml": items("a.xml"), "a.xml": asked})).rows
    assert row.draft is not None
    assert isinstance(row.draft.content, Unsupported)
    assert "drawingInteraction" in row.draft.content.source
