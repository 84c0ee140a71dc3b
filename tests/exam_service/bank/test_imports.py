"""Importing files: every row named, nothing written before the decision, the same again changes nothing."""

import io
import re
import zipfile
from collections import Counter
from pathlib import Path

import lxml.html
import pytest
import xlsxwriter
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Role
from exam_service.bank import authoring, imports, reviewing
from exam_service.bank.exports import export_bank
from exam_service.bank.import_rows import ImportRow, loaded
from exam_service.bank.imports import ImportChoice
from exam_service.bank.models import Bank, Enemy, Item, ItemAuthor, ItemImport, ItemVersion
from exam_service.errors import Forbidden, Invalid, NotFound
from question_bank.formats import excel
from question_bank.taxonomy import CognitiveLevel
from tests.fixtures.auth import SignedIn, SignIn, make_account
from tests.fixtures.bank import (
    actor_of,
    make_actor,
    make_approved,
    make_bank,
    make_competency,
    make_draft,
    make_item,
    make_submitted,
    question_file,
)

ONE = ("Ai cấp giấy khai sinh?", "UBND cấp xã", "Công an", "Toà án", "Sở Tư pháp", "A")
TWO = ("Khai sinh trong bao nhiêu ngày?", "15", "60", "30", "90", "B")
OTHER_KEY = ("Ai cấp giấy khai sinh?", "UBND cấp xã", "Công an", "Toà án", "Sở Tư pháp", "D")
NO_STEM = ("", "UBND cấp xã", "Công an", "Toà án", "Sở Tư pháp", "D")


@pytest.fixture
def bank(session: Session) -> Bank:
    make_competency(session)
    return make_bank(session, code="TPHT")


@pytest.fixture
def author(session: Session) -> Actor:
    return make_actor(session, Role.AUTHOR)


def preview(session: Session, actor: Actor, bank: Bank, *rows: tuple[object, ...]) -> ItemImport:
    data = question_file(*rows)
    return imports.preview_import(session, actor, bank_id=bank.id, file_name="de.xlsx", data=data)


def rows_of(found: ItemImport) -> list[ImportRow]:
    return loaded(found.verdicts)


def everything(found: ItemImport, **values: object) -> ImportChoice:
    """Take every row that can be taken."""
    rows = rows_of(found)
    decisions = {row.index: "take" for row in rows if row.needs_decision}
    return ImportChoice(rows=frozenset(row.index for row in rows), decisions=decisions, **values)  # type: ignore[arg-type]


def count_items(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Item)) or 0


def test_the_dry_run_names_every_row_and_writes_no_item(session: Session, bank: Bank, author: Actor) -> None:
    found = preview(session, author, bank, ONE, NO_STEM, OTHER_KEY, TWO)
    assert [(row.row, row.severity.value) for row in rows_of(found)] == [
        (2, "hold"),
        (3, "error"),
        (4, "hold"),
        (5, "ok"),
    ]
    assert count_items(session) == 0


def test_the_chosen_rows_become_drafts_with_what_the_file_does_not_say(
    session: Session, bank: Bank, author: Actor
) -> None:
    found = preview(session, author, bank, ONE, TWO)
    choice = everything(found, competency="TP", level=CognitiveLevel.APPLY)
    done = imports.commit_import(session, author, import_id=found.id, choice=choice)
    assert done.outcome == {"notes": [], "created": 2, "updated": 0, "unchanged": 0, "left_out": 0}
    items = session.scalars(select(Item).order_by(Item.code)).all()
    assert [(item.code, item.state, item.competency, item.level) for item in items] == [
        ("TPHT-0001", "draft", "TP", "apply"),
        ("TPHT-0002", "draft", "TP", "apply"),
    ]
    assert [row.item_code for row in rows_of(done)] == ["TPHT-0001", "TPHT-0002"]


def test_rows_that_are_not_chosen_are_left_out_by_name(session: Session, bank: Bank, author: Actor) -> None:
    found = preview(session, author, bank, ONE, TWO)
    done = imports.commit_import(session, author, import_id=found.id, choice=ImportChoice(frozenset({1})))
    assert [row.result for row in rows_of(done)] == ["left_out", "created"]


def test_a_held_row_must_be_decided(session: Session, bank: Bank, author: Actor) -> None:
    found = preview(session, author, bank, ONE, OTHER_KEY, TWO)
    choice = ImportChoice(rows=frozenset({0, 1, 2}), decisions={0: "take"})
    with pytest.raises(imports.RowsUndecided, match="dòng 3"):
        imports.commit_import(session, author, import_id=found.id, choice=choice)
    assert count_items(session) == 0
    decided = ImportChoice(rows=frozenset({2}), decisions={0: "take", 1: "leave"})
    done = imports.commit_import(session, author, import_id=found.id, choice=decided)
    assert [row.result for row in rows_of(done)] == ["created", "left_out", "created"]


def test_rows_of_one_stem_that_are_both_taken_never_meet_in_one_form(
    session: Session, bank: Bank, author: Actor
) -> None:
    found = preview(session, author, bank, ONE, OTHER_KEY)
    imports.commit_import(session, author, import_id=found.id, choice=everything(found))
    ids = session.scalars(select(Item.id)).all()
    enemy = session.scalars(select(Enemy)).one()
    assert {enemy.item_id, enemy.other_id} == set(ids)


def test_an_unreadable_row_is_never_written_even_if_it_is_chosen(
    session: Session, bank: Bank, author: Actor
) -> None:
    found = preview(session, author, bank, NO_STEM, TWO)
    done = imports.commit_import(session, author, import_id=found.id, choice=everything(found))
    assert [row.result for row in rows_of(done)] == ["left_out", "created"]


def test_the_same_file_again_changes_nothing(session: Session, bank: Bank, author: Actor) -> None:
    for outcome in ("created", "unchanged"):
        found = preview(session, author, bank, ONE, TWO)
        choice = everything(found, competency="TP", level=CognitiveLevel.APPLY)
        done = imports.commit_import(session, author, import_id=found.id, choice=choice)
        assert done.outcome[outcome] == 2
    assert count_items(session) == 2


def test_what_was_added_in_the_bank_survives_the_same_file(
    session: Session, bank: Bank, author: Actor
) -> None:
    found = preview(session, author, bank, TWO)
    imports.commit_import(session, author, import_id=found.id, choice=everything(found))
    item = session.scalars(select(Item)).one()
    assert item.draft is not None
    richer = make_draft(level=CognitiveLevel.ANALYSE).model_copy(
        update={"content": rows_of(found)[0].item_draft().content}  # type: ignore[union-attr]
    )
    authoring.save_draft(session, author, item_id=item.id, revision=item.revision, draft=richer)
    again = preview(session, author, bank, TWO)
    (row,) = rows_of(again)
    assert row.match is not None
    assert row.match.kind == "same"


def test_a_stored_question_of_the_same_stem_is_named_and_needs_a_decision(
    session: Session, bank: Bank, author: Actor
) -> None:
    stored = make_item(session, bank, author, draft=make_draft("Ai cấp Giấy khai sinh"))
    found = preview(session, author, bank, ONE)
    (row,) = rows_of(found)
    assert row.match is not None
    assert (row.match.kind, row.match.code, row.needs_decision) == ("stem", stored.code, True)
    new = ImportChoice(rows=frozenset(), decisions={0: "new"})
    done = imports.commit_import(session, author, import_id=found.id, choice=new)
    assert done.outcome["created"] == 1


def test_a_row_may_change_the_stored_question_of_its_stem(
    session: Session, bank: Bank, author: Actor
) -> None:
    stored = make_item(session, bank, author, draft=make_draft("Ai cấp Giấy khai sinh"))
    found = preview(session, author, bank, ONE)
    done = imports.commit_import(session, author, import_id=found.id, choice=everything(found))
    assert done.outcome["updated"] == 1
    assert stored.summary == "Ai cấp giấy khai sinh?"
    assert stored.level == "remember", "what the file does not say stays"


def test_an_approved_question_gets_a_draft_and_keeps_its_version(
    session: Session, bank: Bank, author: Actor
) -> None:
    reviewer = make_actor(session, Role.REVIEWER)
    version = make_approved(session, bank, author, reviewer, draft=make_draft("Ai cấp giấy khai sinh?"))
    importer = make_actor(session, Role.AUTHOR)
    found = preview(session, importer, bank, ONE)
    imports.commit_import(session, importer, import_id=found.id, choice=everything(found))
    assert (version.state, version.item.state) == ("approved", "draft")
    assert version.body["content"]["options"][0]["text"] == "15 ngày"


def test_a_question_in_review_is_not_changed_under_the_reviewers_eyes(
    session: Session, bank: Bank, author: Actor
) -> None:
    version = make_submitted(session, bank, author, draft=make_draft("Ai cấp giấy khai sinh?"))
    found = preview(session, author, bank, ONE)
    done = imports.commit_import(session, author, import_id=found.id, choice=everything(found))
    assert done.outcome["left_out"] == 1
    assert (version.state, version.item.draft) == ("in_review", None)


def test_what_changed_since_the_dry_run_is_noticed_before_anything_is_written(
    session: Session, bank: Bank, author: Actor
) -> None:
    found = preview(session, author, bank, ONE, TWO)
    make_item(session, bank, author, draft=make_draft("Ai cấp giấy khai sinh?"))
    with pytest.raises(imports.BankChanged):
        imports.commit_import(session, author, import_id=found.id, choice=everything(found))
    assert count_items(session) == 1
    imports.recheck_import(session, author, import_id=found.id)
    assert rows_of(found)[0].needs_decision


def test_an_import_is_committed_once(session: Session, bank: Bank, author: Actor) -> None:
    found = preview(session, author, bank, ONE)
    imports.commit_import(session, author, import_id=found.id, choice=everything(found))
    with pytest.raises(imports.ImportIsOver):
        imports.commit_import(session, author, import_id=found.id, choice=everything(found))
    with pytest.raises(imports.ImportIsOver):
        imports.discard_import(session, author, import_id=found.id)


def test_a_discarded_import_writes_nothing(session: Session, bank: Bank, author: Actor) -> None:
    found = preview(session, author, bank, ONE)
    imports.discard_import(session, author, import_id=found.id)
    with pytest.raises(imports.ImportIsOver):
        imports.commit_import(session, author, import_id=found.id, choice=everything(found))
    assert count_items(session) == 0


def test_neither_importer_nor_named_author_may_approve_what_came_from_the_file(
    session: Session, bank: Bank
) -> None:
    importer = make_actor(session, Role.AUTHOR, Role.REVIEWER)
    writer = make_account(session, roles=[Role.AUTHOR])
    found = preview(session, importer, bank, TWO)
    choice = everything(found, competency="TP", level=CognitiveLevel.APPLY, author_id=writer.id)
    imports.commit_import(session, importer, import_id=found.id, choice=choice)
    item = session.scalars(select(Item)).one()
    assert item.author_id == writer.id
    assert set(session.scalars(select(ItemAuthor.account_id))) == {writer.id, importer.id}
    version = authoring.submit_item(session, actor_of(writer), item_id=item.id, revision=item.revision)
    with pytest.raises(Exception, match="tự duyệt"):
        reviewing.approve_version(session, importer, version_id=version.id)


def test_only_an_author_of_the_bank_can_be_named(session: Session, bank: Bank, author: Actor) -> None:
    elsewhere = make_account(session, roles=[Role.AUTHOR], bank_position_ids=[make_bank(session).position_id])  # type: ignore[list-item]
    found = preview(session, author, bank, TWO)
    for stranger in (elsewhere, make_account(session, roles=[Role.OFFICER])):
        with pytest.raises(Invalid):
            imports.commit_import(
                session, author, import_id=found.id, choice=everything(found, author_id=stranger.id)
            )


def test_a_stranger_neither_imports_nor_sees_an_import(session: Session, bank: Bank, author: Actor) -> None:
    found = preview(session, author, bank, ONE)
    stranger = make_actor(session, Role.AUTHOR, banks=[make_bank(session)])
    with pytest.raises(NotFound):
        preview(session, stranger, bank, ONE)
    with pytest.raises(NotFound):
        imports.commit_import(session, stranger, import_id=found.id, choice=everything(found))
    with pytest.raises(NotFound):
        imports.discard_import(session, stranger, import_id=found.id)
    with pytest.raises(Forbidden):
        preview(session, make_actor(session, Role.REVIEWER), bank, ONE)


def upload(client: SignedIn, bank: Bank, data: bytes, name: str = "de.xlsx") -> object:
    return client.post("/bank/imports/new", data={"bank": bank.code}, files={"file": (name, data)})


def test_the_real_file_comes_in_end_to_end_with_every_row_imported_or_named(
    session: Session, bank: Bank, signed_in: SignIn, shared_files: Path
) -> None:
    (path,) = (shared_files / "questions").glob("01_*.xlsx")
    session.commit()
    client = signed_in(roles={Role.AUTHOR})
    sent = upload(client, bank, path.read_bytes(), path.name)
    page = lxml.html.fromstring(client.get(sent.headers["location"]).text)  # type: ignore[attr-defined]
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
    report = client.get(sent.headers["location"]).text  # type: ignore[attr-defined]
    assert len(re.findall(r"TPHT-\d{4}</a>", report)) == results["created"]
    everything_shown = " ".join(session.scalars(select(Item.search_text)))
    assert "00 00 00" not in everything_shown, "no date is printed as a timestamp"
    again = upload(client, bank, path.read_bytes(), path.name)
    page = lxml.html.fromstring(client.get(again.headers["location"]).text)  # type: ignore[attr-defined]
    left = set(page.xpath("//input[@type='radio']/@name"))
    assert len(left) == results["left_out"], (
        "only what was left out is asked again: its stem is in the bank now"
    )
    form |= dict.fromkeys(left, "leave")
    repeated = client.post(f"{again.headers['location']}/commit", data=form)  # type: ignore[attr-defined]
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
    assert answer.status_code == status  # type: ignore[attr-defined]
    assert sentence in answer.text  # type: ignore[attr-defined]
    assert session.scalars(select(ItemImport)).all() == []


def test_a_zip_bomb_is_refused_before_it_is_unpacked(session: Session, bank: Bank, signed_in: SignIn) -> None:
    session.commit()
    answer = upload(signed_in(roles={Role.AUTHOR}), bank, _bomb())
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert "bung ra quá lớn" in answer.text  # type: ignore[attr-defined]


def test_a_refusal_speaks_english_to_who_reads_english(
    session: Session, bank: Bank, signed_in: SignIn
) -> None:
    session.commit()
    client = signed_in(roles={Role.AUTHOR})
    client.cookies.set("lang", "en")
    assert "not an Excel workbook" in upload(client, bank, b"x").text  # type: ignore[attr-defined]


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
    assert sent.status_code == 422  # type: ignore[attr-defined]
    assert "macro nên không được nhận" in sent.text  # type: ignore[attr-defined]


def test_script_in_a_cell_stays_text(session: Session, bank: Bank, signed_in: SignIn) -> None:
    session.commit()
    data = question_file(('<script>alert(1)</script><b onclick="x()">Ai ký?</b>', *ONE[1:]))
    client = signed_in(roles={Role.AUTHOR})
    sent = upload(client, bank, data, "de.xlsx")
    page = client.get(sent.headers["location"]).text  # type: ignore[attr-defined]
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
    assert "<img src=x>" not in client.get(sent.headers["location"]).text  # type: ignore[attr-defined]


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
