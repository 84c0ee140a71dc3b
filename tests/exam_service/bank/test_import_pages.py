"""Importing over HTTP: the upload, its page of verdicts, what is refused and in which words."""

import io
import re
import zipfile
from collections import Counter
from pathlib import Path

import lxml.html
import pytest
import xlsxwriter
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Role
from exam_service.bank import imports
from exam_service.bank.exports import export_bank
from exam_service.bank.imports import ImportChoice
from exam_service.bank.models import Bank, Item, ItemImport, ItemVersion
from question_bank.formats import excel
from tests.exam_service.bank.importing import (
    ONE,
    count_items,
    everything,
    rows_of,
)
from tests.fixtures.auth import SignedIn, SignIn
from tests.fixtures.bank import (
    make_bank,
    make_draft,
    make_item,
    question_file,
)


def upload(client: SignedIn, bank: Bank, data: bytes, name: str = "de.xlsx") -> object:
    return client.post("/bank/imports/new", data={"bank": bank.code}, files={"file": (name, data)})


def test_the_real_file_comes_in_end_to_end_with_every_row_imported_or_named(
    session: Session, bank: Bank, signed_in: SignIn, shared_files: Path
) -> None:
    (path,) = (shared_files / "questions").glob("01_*.xlsx")
    session.commit()
    client = signed_in(roles={Role.AUTHOR})
    sent = upload(client, bank, path.read_bytes(), path.name)
    page = lxml.html.fromstring(client.get(sent.headers["location"]).text)
    asked = set(page.xpath("//input[@type='radio']/@name"))
    ticked = page.xpath("//input[@name='ids'][@checked]/@value")
    ticks = page.xpath("//input[@name='ids']/@value")
    assert len(asked) + len(ticks) == 200
    assert "Ô B170 bị bảng tính đổi thành ngày" in page.text_content()
    address = page.xpath("//form[@id='choose']/@action")[0]
    undecided = client.post(address, data={"ids": ticked})
    assert undecided.status_code == 422
    assert "chờ quyết định" in undecided.text
    form = {"ids": ticked, "competency": "TP", "level": "remember", **dict.fromkeys(asked, "take")}
    assert client.post(address, data=form).status_code == 303
    found = session.scalars(select(ItemImport)).one()
    results = Counter(row.result for row in rows_of(found))
    assert results["created"] == count_items(session) == len(ticked) + len(asked)
    assert sum(results.values()) == 200
    assert results["left_out"] == len(ticks) - len(ticked)
    report = client.get(sent.headers["location"]).text
    assert len(re.findall(r"TPHT-\d{4}</a>", report)) == results["created"]
    everything_shown = " ".join(session.scalars(select(Item.search_text)))
    assert "00 00 00" not in everything_shown, "no date is printed as a timestamp"
    again = upload(client, bank, path.read_bytes(), path.name)
    page = lxml.html.fromstring(client.get(again.headers["location"]).text)
    left = set(page.xpath("//input[@type='radio']/@name"))
    assert len(left) == results["left_out"], (
        "only what was left out is asked again: its stem is in the bank now"
    )
    form |= dict.fromkeys(left, "leave")
    repeated = client.post(f"{again.headers['location']}/commit", data=form)
    assert repeated.status_code == 303
    second = session.scalars(select(ItemImport).order_by(ItemImport.created_at.desc())).first()
    assert second is not None
    assert second.outcome["created"] == second.outcome["updated"] == 0
    assert count_items(session) == results["created"]


def test_an_export_imports_back_unchanged(
    session: Session, bank: Bank, author: Actor, shared_files: Path
) -> None:
    (path,) = (shared_files / "questions").glob("01_*.xlsx")
    found = imports.preview_import(
        session, author, bank_id=bank.id, file_name=path.name, data=path.read_bytes()
    )
    sound = ImportChoice(
        rows=frozenset(row.index for row in rows_of(found)),
        decisions={row.index: "leave" for row in rows_of(found) if row.needs_decision},
        competency="TP",
    )
    imports.commit_import(session, author, import_id=found.id, choice=sound)
    make_item(session, bank, author, draft=make_draft("Câu có <b>chữ đậm</b> &amp; căn cứ?"))
    hashes = dict(session.execute(select(Item.code, Item.semantic_hash)).all())
    data = export_bank(session, author, bank_id=bank.id)
    back = imports.preview_import(session, author, bank_id=bank.id, file_name="xuat.xlsx", data=data)
    rows = rows_of(back)
    assert len(rows) == len(hashes) > 150
    assert {row.match.kind for row in rows if row.match} == {"same"}
    done = imports.commit_import(session, author, import_id=back.id, choice=everything(back))
    assert done.outcome["unchanged"] == len(rows)
    assert dict(session.execute(select(Item.code, Item.semantic_hash)).all()) == hashes


def test_an_export_into_another_bank_means_the_same(session: Session, bank: Bank, author: Actor) -> None:
    item = make_item(session, bank, author)
    other = make_bank(session)
    data = export_bank(session, author, bank_id=bank.id)
    found = imports.preview_import(session, author, bank_id=other.id, file_name="xuat.xlsx", data=data)
    imports.commit_import(session, author, import_id=found.id, choice=everything(found))
    copy = session.scalars(select(Item).where(Item.bank_id == other.id)).one()
    assert (copy.semantic_hash, copy.source_id) == (item.semantic_hash, item.code)


def _zip(**parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def _bomb() -> bytes:
    buffer = io.BytesIO(question_file(ONE))
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zeros.bin", b"\0" * (200 * 2**20))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "status", "sentence"),
    [
        ("de.xlsx", b"this is no zip", 422, "không phải bảng tính Excel"),
        ("de.xlsx", b"", 422, "không phải bảng tính Excel"),
        ("de.xlsx", _zip(a=b"nothing of a workbook"), 422, "không phải bảng tính Excel"),
        ("de.xlsx", question_file(ONE)[:900], 422, "không phải bảng tính Excel"),
        ("de.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, 422, "Excel cũ"),
        ("de.pdf", b"%PDF-1.7", 422, "chưa đọc được tệp loại .pdf"),
        ("de.xlsx", question_file(("x",), headings=["Tên", "Tuổi"]), 422, "Không tìm thấy dòng tiêu đề"),
        ("de.xlsx", b"PK" + b"\0" * (20 * 2**20), 422, "lớn hơn 20 MB"),
    ],
    ids=["no zip", "empty", "other zip", "truncated", "old xls", "pdf", "no header", "oversize"],
)
def test_a_bad_file_is_refused_in_words_and_leaves_nothing(
    session: Session, bank: Bank, signed_in: SignIn, name: str, data: bytes, status: int, sentence: str
) -> None:
    session.commit()
    answer = upload(signed_in(roles={Role.AUTHOR}), bank, data, name)
    assert answer.status_code == status
    assert sentence in answer.text
    assert session.scalars(select(ItemImport)).all() == []


def test_a_zip_bomb_is_refused_before_it_is_unpacked(session: Session, bank: Bank, signed_in: SignIn) -> None:
    session.commit()
    answer = upload(signed_in(roles={Role.AUTHOR}), bank, _bomb())
    assert answer.status_code == 422
    assert "bung ra quá lớn" in answer.text


def test_a_refusal_speaks_english_to_who_reads_english(
    session: Session, bank: Bank, signed_in: SignIn
) -> None:
    session.commit()
    client = signed_in(roles={Role.AUTHOR})
    client.cookies.set("lang", "en")
    assert "not an Excel workbook" in upload(client, bank, b"x").text


def test_an_upload_without_file_or_bank_is_asked_for_both(
    session: Session, bank: Bank, signed_in: SignIn
) -> None:
    session.commit()
    client = signed_in(roles={Role.AUTHOR})
    answer = client.post("/bank/imports/new", data={}, files={"file": ("", b"")})
    assert answer.status_code == 422
    assert "Hãy chọn tệp" in answer.text
    assert "Hãy chọn ngân hàng" in answer.text


def test_a_formula_counts_by_its_stored_value_and_is_flagged(
    session: Session, bank: Bank, author: Actor
) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Câu hỏi", "A", "B", "Đáp án"])
        sheet.write_formula(1, 0, '=CONCAT("Ai ","ký?")', None, "Ai ký?")
        sheet.write_row(1, 1, ["Chủ tịch", "Phó Chủ tịch", "A"])
    found = imports.preview_import(
        session, author, bank_id=bank.id, file_name="ct.xlsx", data=buffer.getvalue()
    )
    (row,) = rows_of(found)
    assert row.severity.value == "warning"
    assert "formula_value" in {finding.code for finding in row.row_findings()}


def test_a_file_with_a_macro_is_refused(session: Session, bank: Bank, signed_in: SignIn) -> None:
    session.commit()
    buffer = io.BytesIO(question_file(ONE))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0")
    sent = upload(signed_in(roles={Role.AUTHOR}), bank, buffer.getvalue(), "de.xlsm")
    assert sent.status_code == 422
    assert "macro nên không được nhận" in sent.text


def test_script_in_a_cell_stays_text(session: Session, bank: Bank, signed_in: SignIn) -> None:
    session.commit()
    data = question_file(('<script>alert(1)</script><b onclick="x()">Ai ký?</b>', *ONE[1:]))
    client = signed_in(roles={Role.AUTHOR})
    sent = upload(client, bank, data, "de.xlsx")
    page = client.get(sent.headers["location"]).text
    assert "<script>alert" not in page
    assert "<b onclick" not in page


def test_a_file_name_cannot_leave_its_folder_or_carry_markup(
    session: Session, bank: Bank, signed_in: SignIn
) -> None:
    session.commit()
    client = signed_in(roles={Role.AUTHOR})
    sent = upload(client, bank, question_file(ONE), "../../<img src=x>.xlsx")
    found = session.scalars(select(ItemImport)).one()
    assert "/" not in found.file_name
    assert "<img src=x>" not in client.get(sent.headers["location"]).text


def test_the_template_reads_back_as_an_empty_question_file(session: Session, signed_in: SignIn) -> None:
    data = signed_in(roles={Role.AUTHOR}).get("/bank/template.xlsx").content
    with pytest.raises(excel.UnreadableWorkbook) as refused:
        excel.read(data)
    assert refused.value.code == "empty"


def test_the_download_of_a_bank_is_a_workbook_with_a_name(
    session: Session, bank: Bank, author: Actor, signed_in: SignIn
) -> None:
    make_item(session, bank, author)
    session.commit()
    answer = signed_in(roles={Role.REVIEWER}).post(f"/bank/banks/{bank.id}/export")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith('attachment; filename="TPHT_')
    assert len(excel.read(answer.content).rows) == 1
    assert not session.scalars(select(ItemVersion)).all()
