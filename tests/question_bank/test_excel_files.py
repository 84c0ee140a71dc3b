import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import pytest
import xlsxwriter

from question_bank.formats import excel
from question_bank.formats.excel import UnreadableWorkbook
from question_bank.formats.workbook import MESSAGES, Workbook, cell_name, number_text, read_workbook
from question_bank.formats.workbook_scan import NoteKind
from question_bank.items import ItemDraft
from question_bank.types.content import Option
from question_bank.types.single_choice import SingleChoice

SHEET = "xl/worksheets/sheet1.xml"
NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def sound() -> bytes:
    options = (Option(id="a", text="một"), Option(id="b", text="hai"))
    return excel.write([ItemDraft(content=SingleChoice(stem="Ai?", options=options, key="a"))])


def repacked(parts: dict[str, bytes], *, level: int = 6) -> bytes:
    """The sound workbook with some parts replaced or added."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(sound())) as source:
        contents = {name: source.read(name) for name in source.namelist()} | parts
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as target:
        for name, content in contents.items():
            target.writestr(name, content)
    return buffer.getvalue()


def with_sheet(data: str) -> bytes:
    return repacked({SHEET: f"<worksheet {NAMESPACE}><sheetData>{data}</sheetData></worksheet>".encode()})


def lying(data: bytes) -> bytes:
    """The archive claiming that its worksheet unpacks to ten bytes, with the checksum of just those."""
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        info, content = source.getinfo(SHEET), source.read(SHEET)
    crc = struct.pack("<L", zlib.crc32(content[:10]))
    changed = bytearray(data)
    changed[info.header_offset + 14 : info.header_offset + 18] = crc
    changed[info.header_offset + 22 : info.header_offset + 26] = struct.pack("<L", 10)
    central = data.rindex(SHEET.encode(), 0, data.rindex(b"PK\x05\x06")) - 46
    changed[central + 16 : central + 20] = crc
    changed[central + 24 : central + 28] = struct.pack("<L", 10)
    return bytes(changed)


def filler(megabytes: int) -> bytes:
    block = b"".join(f"<!-- {n:09d} -->".encode() for n in range(60_000))
    return block * (megabytes * 2**20 // len(block))


def _blank() -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.add_worksheet()
    return buffer.getvalue()


def _zip(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def _compound_file(stream: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1016) + stream.encode("utf-16-le") + bytes(512)


def _flagged(data: bytes) -> bytes:
    changed = bytearray(data)
    changed[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(changed)


def _entities() -> bytes:
    declarations = '<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    return f"<!DOCTYPE worksheet [{declarations}]><worksheet {NAMESPACE}>&b;</worksheet>".encode()


def _doubled() -> bytes:
    buffer = io.BytesIO(sound())
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(SHEET.replace("sheet1", "SHEET1"), b"<worksheet/>")
    return buffer.getvalue()


def _damaged(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        start = archive.getinfo(SHEET).header_offset + 30 + len(SHEET)
    return data[: start + 20] + bytes(40) + data[start + 60 :]


BAD: dict[str, tuple[str, Callable[[], bytes]]] = {
    "nothing": ("not_a_workbook", lambda: b""),
    "text": ("not_a_workbook", lambda: b"STT,Noi dung\n1,x"),
    "a zip of something else": ("not_a_workbook", lambda: _zip({"a.txt": b"x"})),
    "half a file": ("not_a_workbook", lambda: sound()[: len(sound()) // 2]),
    "old xls": ("legacy_xls", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
    "password": ("encrypted", lambda: _compound_file("EncryptedPackage")),
    "zip password": ("encrypted", lambda: _flagged(sound())),
    "too large": ("file_too_large", lambda: bytes(20 * 2**20 + 1)),
    "bomb by size": ("zip_bomb", lambda: repacked({"xl/media/x.bin": bytes(101 * 2**20)})),
    "bomb by ratio": ("zip_bomb", lambda: repacked({"xl/media/x.bin": bytes(20 * 2**20)}, level=9)),
    "bomb that lies": ("zip_bomb", lambda: lying(repacked({SHEET: filler(104)}))),
    "bomb of entities": ("malformed", lambda: repacked({SHEET: _entities()})),
    "two parts of one name": ("malformed", _doubled),
    "broken sheet": ("malformed", lambda: repacked({SHEET: b"<worksheet><sheetData><row"})),
    "broken workbook": ("malformed", lambda: repacked({"xl/workbook.xml": b"<workbook"})),
    "flipped bytes": ("malformed", lambda: _damaged(sound())),
    "rows without end": (
        "too_many_rows",
        lambda: with_sheet('<row r="1048576"><c r="A1048576"><v>1</v></c></row>'),
    ),
    "columns without end": (
        "too_many_columns",
        lambda: with_sheet('<row r="1"><c r="XFD1"><v>1</v></c></row>'),
    ),
    "no cells": ("empty", _blank),
    "template not filled in": ("empty", excel.template),
    "other headings": (
        "no_header",
        lambda: with_sheet('<row r="1"><c r="A1" t="inlineStr"><is><t>Họ tên</t></is></c></row>'),
    ),
}


@pytest.mark.parametrize(("code", "make"), BAD.values(), ids=BAD)
def test_a_bad_file_is_refused_with_its_reason(code: str, make: Callable[[], bytes]) -> None:
    with pytest.raises(UnreadableWorkbook) as refusal:
        excel.read(make())
    assert refusal.value.code == code
    assert all(MESSAGES[code][language].format(**refusal.value.params) for language in ("vi", "en"))


def test_a_missing_header_names_what_was_found_instead() -> None:
    with pytest.raises(UnreadableWorkbook, match="Họ tên"):
        excel.read(BAD["other headings"][1]())


def test_formatted_but_empty_cells_far_away_cost_nothing() -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576" s="0"/></row>'
    assert len(read_workbook(with_sheet(rows)).sheets[0].rows) == 1


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ("xl/vbaProject.bin", "macros_refused"),
        ("xl/macrosheets/sheet1.xml", "macros_refused"),
        ("xl/embeddings/oleObject1.bin", "objects_refused"),
        ("xl/activeX/activeX1.xml", "objects_refused"),
    ],
)
def test_a_workbook_that_carries_a_program_or_an_object_is_refused(part: str, code: str) -> None:
    with pytest.raises(UnreadableWorkbook) as refusal:
        excel.read(repacked({part: b"<x/>"}))
    assert refusal.value.code == code


def test_an_external_link_is_left_alone() -> None:
    links = b'<?xml version="1.0"?><externalLink><externalBook/></externalLink>'
    assert len(excel.read(repacked({"xl/externalLinks/externalLink1.xml": links})).rows) == 1


def test_cells_without_references_count_from_the_last() -> None:
    rows = '<row><c><v>1</v></c><c t="e"><v>#REF!</v></c></row><row><c/><c><f>1+1</f><v>2</v></c></row>'
    workbook: Workbook = read_workbook(with_sheet(rows))
    assert workbook.sheets[0].notes == {(0, 1): {NoteKind.ERROR}, (1, 1): {NoteKind.FORMULA}}


def test_cells_are_named_as_people_see_them() -> None:
    assert [cell_name(0, 0), cell_name(9, 25), cell_name(1, 26), cell_name(4, 701)] == [
        "A1",
        "Z10",
        "AA2",
        "ZZ5",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.0, "3"), (0.0, "0"), (-0.0, "0"), (1e20, "1" + "0" * 20), (0.1 + 0.2, "0,3"), (-7.25, "-7,25")],
)
def test_numbers_are_written_the_vietnamese_way(value: float, text: str) -> None:
    assert number_text(value) == text
