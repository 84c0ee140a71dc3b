"""Files that cannot be read for sure: nothing is taken from a guess until somebody has confirmed it."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Role
from exam_service.bank import import_answers, import_batches, imports
from exam_service.bank.import_batches import SentFile
from exam_service.bank.import_rows import loaded
from exam_service.bank.models import Bank, ImportMapping, Item, ItemImport
from exam_service.errors import Invalid, NotFound
from question_bank.formats.column_mapping import ColumnMapping
from question_bank.formats.encoding import Encoding
from question_bank.formats.excel_layout import Column
from tests.fixtures.auth import SignIn
from tests.fixtures.bank import make_actor, make_bank, question_file

QUESTION = "Câu 1. Cơ quan nào ban hành nghị định?\nA. Quốc hội\nB. Chính phủ\nC. Bộ Nội vụ\nĐáp án: B\n"
OLD = "C©u 1. C¬ quan nµo ban hµnh nghÞ ®Þnh?\nA. Quèc héi\nB. ChÝnh phñ\nC. Bé Néi vô\n§¸p ¸n: B\n".encode(
    "cp1252"
)
STRANGE = ["Hỏi gì", "Chọn thứ nhất", "Chọn thứ hai", "Chọn thứ ba", "Chọn thứ tư", "KQ"]
ROW = ("Cơ quan nào ban hành nghị định?", "Quốc hội", "Chính phủ", "Bộ Nội vụ", "Toà án", "B")
MAPPING = ColumnMapping(0, {0: Column.STEM, 1: 0, 2: 1, 3: 2, 4: 3, 5: Column.KEY})


def send(session: Session, actor: Actor, bank: Bank, name: str, data: bytes) -> ItemImport:
    return imports.preview_import(session, actor, bank_id=bank.id, file_name=name, data=data)


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (OLD, Encoding.TCVN3),
        (QUESTION.encode("utf-16"), Encoding.UTF_16_LE),
        (QUESTION.encode().decode("latin-1").encode(), Encoding.DOUBLE_UTF_8),
    ],
    ids=["tcvn3", "utf-16", "double"],
)
def test_a_file_of_another_encoding_waits_and_is_read_as_confirmed(
    session: Session, bank: Bank, author: Actor, data: bytes, encoding: Encoding
) -> None:
    found = send(session, author, bank, "de.txt", data)
    assert (found.state, found.verdicts) == ("waiting", [])
    likeliest = import_answers.encoding_choices(found)[0]
    assert (likeliest.encoding, likeliest.is_likely) == (encoding, True)
    assert likeliest.text.startswith("Câu 1. Cơ quan nào")
    read = import_answers.confirm_encoding(session, author, import_id=found.id, encoding=encoding)
    (row,) = loaded(read.verdicts)
    assert (read.state, row.preview) == ("previewed", "Cơ quan nào ban hành nghị định?")
    with pytest.raises(import_answers.NothingToAnswer):
        import_answers.confirm_encoding(session, author, import_id=found.id, encoding=encoding)


def test_nothing_of_a_waiting_file_can_be_chosen(session: Session, bank: Bank, author: Actor) -> None:
    found = send(session, author, bank, "de.txt", OLD)
    with pytest.raises(imports.ImportWaits):
        imports.commit_import(
            session, author, import_id=found.id, choice=imports.ImportChoice(frozenset({0}))
        )
    assert session.scalar(select(func.count()).select_from(Item)) == 0
    imports.discard_import(session, author, import_id=found.id)
    assert found.state == "discarded"


def test_an_encoding_that_does_not_fit_is_no_choice(session: Session, bank: Bank, author: Actor) -> None:
    found = send(session, author, bank, "de.txt", OLD)
    with pytest.raises(Invalid):
        import_answers.confirm_encoding(session, author, import_id=found.id, encoding=Encoding.UTF_32_BE)


def test_an_ordinary_file_raises_no_question(session: Session, bank: Bank, author: Actor) -> None:
    found = send(session, author, bank, "de.txt", QUESTION.encode())
    assert found.state == "previewed"
    with pytest.raises(import_answers.NothingToAnswer):
        import_answers.confirm_encoding(session, author, import_id=found.id, encoding=Encoding.UTF_8)


def test_unknown_columns_are_asked_for_and_remembered_for_this_person_and_bank(
    session: Session, bank: Bank, author: Actor
) -> None:
    found = send(session, author, bank, "de.xlsx", question_file(ROW, headings=STRANGE))
    assert (found.state, found.reading["question"]) == ("waiting", "columns")
    (sheet,) = import_answers.sheets_of(session, author, found.id)
    assert sheet.guess.places == MAPPING.places
    read = import_answers.name_columns(session, author, import_id=found.id, columns={sheet.sheet: MAPPING})
    (row,) = loaded(read.verdicts)
    assert (read.state, row.preview) == ("previewed", ROW[0])
    again = send(session, author, bank, "khac.xlsx", question_file(ROW, headings=STRANGE))
    assert again.state == "previewed"
    assert "columns_remembered" in {kept["code"] for kept in again.outcome["notes"]}
    assert session.scalar(select(func.count()).select_from(ImportMapping)) == 1
    somebody_else = make_actor(session, Role.AUTHOR)
    assert (
        send(session, somebody_else, bank, "de.xlsx", question_file(ROW, headings=STRANGE)).state == "waiting"
    )
    other_bank = make_bank(session)
    assert (
        send(session, author, other_bank, "de.xlsx", question_file(ROW, headings=STRANGE)).state == "waiting"
    )


def test_fields_of_data_are_asked_for_like_columns(session: Session, bank: Bank, author: Actor) -> None:
    data = b'[{"q1": "Ai ky giay khai sinh?", "pa": ["Mot", "Hai", "Ba"], "kq": "B"}]'
    found = send(session, author, bank, "đề.json", data)
    assert (found.state, found.reading["question"]) == ("waiting", "columns")
    (sheet,) = import_answers.sheets_of(session, author, found.id)
    mapping = ColumnMapping(0, {**sheet.guess.places, 0: Column.STEM, 1: Column.KEY})
    found = import_answers.name_columns(session, author, import_id=found.id, columns={sheet.sheet: mapping})
    (row,) = loaded(found.verdicts)
    assert (found.state, row.severity.value) == ("previewed", "ok")
    again = send(session, author, bank, "lần sau.json", data.replace(b"Ai ky", b"Ai nhan"))
    assert (again.state, len(loaded(again.verdicts))) == ("previewed", 1)


def test_columns_without_question_or_answers_are_refused(session: Session, bank: Bank, author: Actor) -> None:
    found = send(session, author, bank, "de.xlsx", question_file(ROW, headings=STRANGE))
    with pytest.raises(Invalid):
        import_answers.name_columns(
            session, author, import_id=found.id, columns={"Câu hỏi": ColumnMapping(0, {0: Column.STEM})}
        )
    assert found.state == "waiting"


def test_columns_of_a_readable_file_can_be_named_differently(
    session: Session, bank: Bank, author: Actor
) -> None:
    found = send(session, author, bank, "de.xlsx", question_file(ROW))
    (sheet,) = import_answers.sheets_of(session, author, found.id)
    swapped = ColumnMapping(0, {0: Column.STEM, 2: 0, 1: 1, 3: 2, 4: 3, 5: Column.KEY})
    read = import_answers.name_columns(session, author, import_id=found.id, columns={sheet.sheet: swapped})
    (row,) = loaded(read.verdicts)
    draft = row.item_draft()
    assert draft is not None
    assert draft.content.options[0].text == "Chính phủ"


def test_the_question_about_columns_is_answered_on_its_page(
    session: Session, bank: Bank, signed_in: SignIn
) -> None:
    session.commit()
    client = signed_in(roles={Role.AUTHOR})
    files = {"file": ("de.xlsx", question_file(ROW, headings=STRANGE))}
    page = client.post("/bank/imports/new", data={"bank": bank.code}, files=files).headers["location"]
    assert "Mỗi cột chứa gì" in client.get(page).text
    places = {f"place-0-{column}": code for column, code in enumerate(["STEM", "", "", "", "", ""])}
    assert client.post(f"{page}/columns", data=places).status_code == 422
    codes = ["STEM", *(f"option:{index}" for index in range(4)), "KEY"]
    places = {f"place-0-{column}": code for column, code in enumerate(codes)}
    assert client.post(f"{page}/columns", data=places).status_code == 303
    assert ROW[0] in client.get(page).text


def test_the_question_about_the_encoding_is_answered_on_its_page(
    session: Session, bank: Bank, signed_in: SignIn
) -> None:
    session.commit()
    client = signed_in(roles={Role.AUTHOR})
    sent = client.post("/bank/imports/new", data={"bank": bank.code}, files={"file": ("de.txt", OLD)})
    page = sent.headers["location"]
    assert "TCVN3 (ABC)" in client.get(page).text
    assert client.post(f"{page}/encoding", data={"encoding": "chữ gì"}).status_code == 422
    assert client.post(f"{page}/encoding", data={"encoding": "TCVN3 (ABC)"}).status_code == 303
    assert "Cơ quan nào ban hành nghị định?" in client.get(page).text


def test_several_files_have_an_import_each_and_refused_ones_are_named(
    session: Session, bank: Bank, author: Actor
) -> None:
    files = [
        SentFile("a.txt", QUESTION.encode()),
        SentFile("b.txt", OLD),
        SentFile("c.pdf", b"%PDF"),
        SentFile("d.xlsx", question_file(("Ai ký?", "Một", "Hai", "Ba", "Bốn", "A"))),
    ]
    batch = import_batches.preview_files(session, author, bank_id=bank.id, files=files)
    found = import_batches.batch_of(session, author, batch)
    assert [(one.file_name, one.state) for one in found] == [
        ("a.txt", "previewed"),
        ("b.txt", "waiting"),
        ("c.pdf", "discarded"),
        ("d.xlsx", "previewed"),
    ]
    assert ".pdf" in found[2].outcome["notes"][0]["params"]["text"]
    counts = import_batches.commit_sound_rows(session, author, batch_id=batch)
    assert (counts["files"], counts["created"]) == (2, 2)
    assert [one.state for one in import_batches.batch_of(session, author, batch)][1] == "waiting"


def test_a_file_with_rows_to_decide_on_is_not_written_with_the_others(
    session: Session, bank: Bank, author: Actor
) -> None:
    conflict = [("Ai ký?", "Một", "Hai", "Ba", "Bốn", key) for key in "AB"]
    files = [SentFile("a.xlsx", question_file(*conflict)), SentFile("b.txt", QUESTION.encode())]
    batch = import_batches.preview_files(session, author, bank_id=bank.id, files=files)
    assert import_batches.commit_sound_rows(session, author, batch_id=batch)["files"] == 1
    assert [one.state for one in import_batches.batch_of(session, author, batch)] == [
        "previewed",
        "committed",
    ]


def test_too_many_files_are_refused_before_any_is_read(session: Session, bank: Bank, author: Actor) -> None:
    files = [SentFile("a.txt", b"")] * (import_batches.MAX_FILES + 1)
    with pytest.raises(import_batches.TooManyFiles):
        import_batches.preview_files(session, author, bank_id=bank.id, files=files)
    assert session.scalar(select(func.count()).select_from(ItemImport)) == 0


def test_a_stranger_sees_no_batch_and_answers_nothing(session: Session, bank: Bank, author: Actor) -> None:
    files = [SentFile("b.txt", OLD), SentFile("a.txt", QUESTION.encode())]
    batch = import_batches.preview_files(session, author, bank_id=bank.id, files=files)
    waiting = import_batches.batch_of(session, author, batch)[1]
    other = make_bank(session)
    stranger = make_actor(session, Role.AUTHOR, banks=[other])
    for act in (
        lambda: import_batches.batch_of(session, stranger, batch),
        lambda: import_batches.commit_sound_rows(session, stranger, batch_id=batch),
        lambda: import_answers.confirm_encoding(
            session, stranger, import_id=waiting.id, encoding=Encoding.TCVN3
        ),
        lambda: import_answers.sheets_of(session, stranger, waiting.id),
    ):
        with pytest.raises(NotFound):
            act()


def test_several_files_are_sent_on_one_page(session: Session, bank: Bank, signed_in: SignIn) -> None:
    session.commit()
    client = signed_in(roles={Role.AUTHOR})
    files = [("file", ("a.txt", QUESTION.encode())), ("file", ("c.pdf", b"%PDF"))]
    sent = client.post("/bank/imports/new", data={"bank": bank.code}, files=files)
    page = sent.headers["location"]
    text = client.get(page).text
    assert "a.txt" in text
    assert "chưa đọc được tệp loại .pdf" in text
    assert client.post(f"{page}/commit").status_code == 303
    assert "Đã ghi 1 câu" in client.get(page).text
