"""Changing rows of a dry run: by hand, by one click, for all of a kind, and nothing else changes."""

import io
from datetime import datetime

import pytest
import xlsxwriter
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Role
from exam_service.bank import import_editing, imports
from exam_service.bank.import_rows import ImportRow
from exam_service.bank.imports import ImportChoice
from exam_service.bank.models import Bank, Item, ItemImport
from exam_service.errors import NotFound
from question_bank.formats.excel_layout import Column
from question_bank.formats.reading import Verdict
from question_bank.taxonomy import CognitiveLevel
from tests.fixtures.auth import SignIn
from tests.fixtures.bank import make_actor, make_bank, question_file

ONE = ("Ai cấp giấy khai sinh?", "UBND cấp xã", "Công an", "Toà án", "Sở Tư pháp", "A")
OTHER_KEY = (*ONE[:-1], "D")
NO_STEM = ("", *ONE[1:])
CELLS: dict[Column | int, str] = {
    Column.STEM: "Ai cấp giấy khai tử?",
    0: "UBND cấp xã",
    1: "Công an",
    2: "Toà án",
    Column.KEY: "A",
    Column.LEVEL: "Vận dụng",
    Column.COMPETENCY: "TP",
    Column.BASIS: "Khoản 1 Điều 34 Luật Hộ tịch số 60/2014/QH13",
}


def preview(
    session: Session, actor: Actor, bank: Bank, *rows: tuple[object, ...], headings: tuple[str, ...] = ()
) -> ItemImport:
    data = question_file(*rows, headings=headings)
    return imports.preview_import(session, actor, bank_id=bank.id, file_name="de.xlsx", data=data)


def codes(row: ImportRow) -> set[str]:
    return {finding.code for finding in row.row_findings()}


def test_an_unreadable_row_becomes_a_question_by_typing_it(
    session: Session, bank: Bank, author: Actor
) -> None:
    found = preview(session, author, bank, NO_STEM, ONE)
    row = import_editing.edit_row(session, author, import_id=found.id, index=0, cells=CELLS)
    draft = row.item_draft()
    assert draft is not None
    assert (row.severity, draft.level, draft.competency) == (Verdict.OK, CognitiveLevel.APPLY, "TP")
    assert draft.citations[0].document_number == "60/2014/QH13"
    choice = imports.sound_rows(imports.rows_in(found))
    done = imports.commit_import(session, author, import_id=found.id, choice=choice)
    assert done.outcome["created"] == 2


def test_a_row_that_is_still_wrong_says_what_is_wrong_now(
    session: Session, bank: Bank, author: Actor
) -> None:
    found = preview(session, author, bank, ONE)
    row = import_editing.edit_row(
        session, author, import_id=found.id, index=0, cells={**CELLS, Column.KEY: "", 1: "UBND cấp xã"}
    )
    assert row.severity is Verdict.HOLD
    assert codes(row) == {"no_key", "equal_options"}


def test_editing_one_of_two_conflicting_rows_settles_both(
    session: Session, bank: Bank, author: Actor
) -> None:
    found = preview(session, author, bank, ONE, OTHER_KEY)
    assert [row.severity for row in imports.rows_in(found)] == [Verdict.HOLD, Verdict.HOLD]
    import_editing.edit_row(session, author, import_id=found.id, index=1, cells=CELLS)
    rows = imports.rows_in(found)
    assert [(row.severity, row.group) for row in rows] == [(Verdict.OK, None), (Verdict.OK, None)]


def test_an_edited_row_meets_the_bank_anew(session: Session, bank: Bank, author: Actor) -> None:
    first = preview(session, author, bank, ONE)
    imports.commit_import(session, author, import_id=first.id, choice=ImportChoice(frozenset({0})))
    found = preview(session, author, bank, ("Câu khác hẳn?", *ONE[1:]))
    assert imports.rows_in(found)[0].match is None
    cells = {**CELLS, Column.STEM: ONE[0], Column.KEY: "B"}
    row = import_editing.edit_row(session, author, import_id=found.id, index=0, cells=cells)
    assert row.match is not None
    assert (row.match.kind, row.needs_decision) == ("stem", True)


HEADINGS = ("Câu hỏi", "A", "B", "C", "D", "Đáp án", "Mức độ")


def with_bold(key: str) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Câu hỏi")
        sheet.write_row(0, 0, HEADINGS)
        sheet.write_row(1, 0, (*ONE[:-1], key))
        sheet.write(1, 2, ONE[2], book.add_format({"bold": True}))
    return buffer.getvalue()


def test_contradicting_marks_are_settled_by_choosing_one(session: Session, bank: Bank, author: Actor) -> None:
    found = imports.preview_import(session, author, bank_id=bank.id, file_name="de.xlsx", data=with_bold("C"))
    (row,) = imports.rows_in(found)
    assert [(fix.fix.action, fix.fix.shown) for fix in import_editing.fixes_of(row)] == [
        ("key", "C"),
        ("key", "B"),
    ]
    row = import_editing.apply_fix(
        session, author, import_id=found.id, index=0, code="keys_conflict", action="key", argument="B"
    )
    assert (row.severity, codes(row)) == (Verdict.OK, set())
    draft = row.item_draft()
    assert draft is not None
    assert draft.content.key_summary("vi") == "B"


@pytest.mark.parametrize(
    ("row", "code", "shown"),
    [
        ((*ONE, "Nâng cao"), "unknown_level", "analyse"),
        ((*ONE[:-1], "UBND câp xã"), "unreadable_key", "A"),
        ((*ONE[:-1], "A, C", "", "Một lựa chọn"), "several_keys", "A, C"),
        ((*ONE[:4], "Công an", "A"), "equal_options", "D"),
        (
            ("Ai ký?", "Chủ tịch", "Thư ký (Điều 5 Luật Hộ tịch)", "Khách", "Bà con", ""),
            "basis_in_option",
            "Điều 5",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_finding_with_a_repair_is_settled_by_it(
    session: Session, bank: Bank, author: Actor, row: tuple[object, ...], code: str, shown: str
) -> None:
    headings = (*HEADINGS[:6], "Mức độ", "Loại")
    found = preview(session, author, bank, row, headings=headings)
    (before,) = imports.rows_in(found)
    (fix,) = [fix for fix in import_editing.fixes_of(before) if fix.code == code]
    assert fix.fix.shown.startswith(shown)
    assert import_editing.apply_to_all(session, author, import_id=found.id, code=code) == 1
    (after,) = imports.rows_in(found)
    assert code not in codes(after)
    assert after.severity in (Verdict.OK, Verdict.WARNING)


def test_a_date_is_written_again_as_it_was_typed(session: Session, bank: Bank, author: Actor) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "dd/mm/yyyy"}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADINGS[:6])
        sheet.write_row(1, 0, ("Bao nhiêu phần?", "một nửa", "", "2/5 số", "toàn bộ", "B"))
        sheet.write_datetime(1, 2, datetime(2021, 1, 3))  # noqa: DTZ001 - spreadsheets have no zones
    found = imports.preview_import(
        session, author, bank_id=bank.id, file_name="de.xlsx", data=buffer.getvalue()
    )
    (row,) = imports.rows_in(found)
    wanted = next(fix for fix in import_editing.fixes_of(row) if fix.fix.argument == "1:1/3")
    row = import_editing.apply_fix(
        session,
        author,
        import_id=found.id,
        index=0,
        code=wanted.code,
        action=wanted.fix.action,
        argument=wanted.fix.argument,
    )
    draft = row.item_draft()
    assert draft is not None
    assert draft.content.options[1].text == "1/3"
    assert row.severity is Verdict.OK


def test_a_repair_that_was_not_proposed_is_refused(session: Session, bank: Bank, author: Actor) -> None:
    found = preview(session, author, bank, ONE)
    with pytest.raises(import_editing.NoSuchFix):
        import_editing.apply_fix(
            session, author, import_id=found.id, index=0, code="keys_conflict", action="key", argument="B"
        )
    with pytest.raises(import_editing.NoSuchFix):
        import_editing.apply_to_all(session, author, import_id=found.id, code="keys_conflict")
    with pytest.raises(NotFound):
        import_editing.edit_row(session, author, import_id=found.id, index=7, cells=CELLS)


def test_a_committed_import_is_no_longer_edited(session: Session, bank: Bank, author: Actor) -> None:
    found = preview(session, author, bank, ONE)
    imports.commit_import(session, author, import_id=found.id, choice=ImportChoice(frozenset({0})))
    with pytest.raises(imports.ImportIsOver):
        import_editing.edit_row(session, author, import_id=found.id, index=0, cells=CELLS)


def test_a_stranger_edits_and_repairs_nothing(session: Session, bank: Bank, author: Actor) -> None:
    found = preview(session, author, bank, ONE)
    stranger = make_actor(session, Role.AUTHOR, banks=[make_bank(session)])
    for act in (
        lambda: import_editing.edit_row(session, stranger, import_id=found.id, index=0, cells=CELLS),
        lambda: import_editing.apply_to_all(session, stranger, import_id=found.id, code="x"),
    ):
        with pytest.raises(NotFound):
            act()


def test_damaged_letters_block_a_row_until_it_is_typed_again(
    session: Session, bank: Bank, author: Actor
) -> None:
    found = preview(session, author, bank, ("Ai c\ufffdp giấy khai sinh?", *ONE[1:]), ("Ai ký?", *ONE[1:]))
    row = imports.rows_in(found)[0]
    assert (row.severity, row.can_be_taken) == (Verdict.ERROR, False)
    choice = ImportChoice(rows=frozenset({0, 1}))
    imports.commit_import(session, author, import_id=found.id, choice=choice)
    assert session.scalar(select(func.count()).select_from(Item)) == 1


def test_the_table_edits_repairs_and_reports(session: Session, bank: Bank, signed_in: SignIn) -> None:
    session.commit()
    client = signed_in(roles={Role.AUTHOR})
    data = question_file((*ONE, "Cơ bản"), (*NO_STEM, ""), headings=HEADINGS)
    page = client.post(
        "/bank/imports/new", data={"bank": bank.code}, files={"file": ("de.xlsx", data)}
    ).headers["location"]
    shown = client.get(page).text
    assert "Sửa tất cả (1 dòng)" in shown
    assert "Ghi mức Nhận biết" in shown
    form = client.get(f"{page}/rows/1").text
    assert 'name="option_0"' in form
    assert client.post(f"{page}/fix-all", data={"code": "unknown_level"}).status_code == 303
    fixed = {"stem": "Ai cấp giấy khai tử?", "option_0": "UBND cấp xã", "option_1": "Công an", "key": "A"}
    assert client.post(f"{page}/rows/1", data=fixed).headers["location"].endswith("#row-1")
    report = client.get(f"{page}/report.xlsx")
    assert report.content[:2] == b"PK"
    assert client.post(f"{page}/commit", data={"ids": ["0", "1"], "tags": "đợt 1, thử"}).status_code == 303
    items = session.scalars(select(Item).order_by(Item.code)).all()
    assert [(item.level, item.summary) for item in items] == [
        ("remember", ONE[0]),
        (None, "Ai cấp giấy khai tử?"),
    ]
    assert all(item.draft and item.draft["tags"] == ["thử", "đợt 1"] for item in items)
