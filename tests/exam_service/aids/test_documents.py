"""Permitted documents: read, previewed, confirmed, sealed, and given to the candidates of the exam alone."""

import hashlib
import json
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from exam_service import demo
from exam_service.aids import documents
from exam_service.aids.documents import DocumentAttached, DocumentInput, UnreadableDocument
from exam_service.aids.models import PermittedDocument
from exam_service.aids.tools import ToolsInput, save_tools
from exam_service.attempts.models import AttemptState
from exam_service.attempts.tokens import AttemptTokens
from exam_service.audit import AuditRow
from exam_service.documents.service import find_subject
from exam_service.documents.subjects import Letterhead
from exam_service.errors import Invalid
from exam_service.invigilation.sealing import seal_period
from exam_service.official.sheet import Block
from exam_service.periods.service import PeriodIsSealed
from exam_service.settings import Settings
from question_bank.legal.statute_file import read_statute
from question_bank.legal.statute_text import Level
from tests.fixtures.aids import permit, regulation
from tests.fixtures.attempts import Room, Seat, make_room, move_sitting, set_attempt, sign_in
from tests.fixtures.legal import make_document
from tests.fixtures.periods import World, make_world


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


def add(session: Session, world: World, **values: Any) -> PermittedDocument:
    given = {"data": DocumentInput(title="Quy chế"), "file": regulation().encode(), "file_name": "a.txt"}
    return documents.add_document(
        session, world.officer, period_id=world.period.id, exam_id=world.exam.id, **{**given, **values}
    )


def test_the_regulation_of_the_demo_is_read_whole() -> None:
    parsed = read_statute(files(demo).joinpath("regulation.txt").read_bytes(), "regulation.txt")
    assert parsed.findings == ()
    assert (parsed.count(Level.CHAPTER), parsed.count(Level.SECTION), parsed.count(Level.ARTICLE)) == (
        4,
        2,
        20,
    )


def test_the_register_names_the_document(session: Session, world: World) -> None:
    known = make_document(
        session, "80/2025/QH15", title="Luật Cán bộ, công chức", issued_on=date(2015, 6, 24)
    )
    document = add(session, world, data=DocumentInput(number="80/2025/qh15"))
    assert (document.legal_document_id, document.number) == (known.id, "80/2025/QH15")
    assert (document.title, document.issued_on) == (known.title, known.issued_on)


def test_a_number_that_two_documents_have_needs_the_day(session: Session, world: World) -> None:
    for year in (2014, 2015):
        make_document(session, "05/2025/QĐ-UBND", issued_on=date(year, 1, 5), issuer=f"Tỉnh {year}")
    with pytest.raises(Invalid) as refused:
        add(session, world, data=DocumentInput(number="05/2025/QĐ-UBND"))
    assert refused.value.field == "issued_on"
    document = add(session, world, data=DocumentInput(number="05/2025/QĐ-UBND", issued_on=date(2015, 1, 5)))
    assert document.legal_document_id is not None


def test_a_document_without_a_name_is_refused(session: Session, world: World) -> None:
    for data in (DocumentInput(), DocumentInput(number="99/2099/NĐ-CP")):
        with pytest.raises(Invalid) as refused:
            add(session, world, data=data)
        assert refused.value.field == "title"


def test_a_bad_file_and_the_same_document_again_are_refused(session: Session, world: World) -> None:
    with pytest.raises(UnreadableDocument, match="PDF"):
        add(session, world, file=b"%PDF-1.7", file_name="luat.pdf")
    add(session, world)
    with pytest.raises(DocumentAttached):
        add(session, world)


def test_what_was_removed_can_be_added_again_and_an_exam_goes_with_its_documents(
    session: Session, world: World
) -> None:
    document = add(session, world)
    documents.remove_document(session, world.officer, period_id=world.period.id, document_id=document.id)
    assert add(session, world).sha256 == document.sha256
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text("DELETE FROM exam_tools; DELETE FROM statute_content"))
    session.execute(
        text("DELETE FROM candidate; DELETE FROM sitting; DELETE FROM exam_position; DELETE FROM exam")
    )
    assert session.scalar(select(func.count()).select_from(PermittedDocument)) == 0


def test_after_the_seal_nothing_of_the_documents_changes(session: Session, world: World) -> None:
    document = permit(session, world)
    seal_period(session, world.officer, period_id=world.period.id)
    session.commit()
    act = session.scalars(select(AuditRow).where(AuditRow.action == "period.seal_aids")).one()
    assert act.detail["exams"][world.exam.code]["statutes"] == [document.sha256]
    for change in (documents.confirm_document, documents.remove_document):
        with pytest.raises(PeriodIsSealed):
            change(session, world.officer, period_id=world.period.id, document_id=document.id)
    with pytest.raises(PeriodIsSealed):
        add(session, world, data=DocumentInput(title="Thêm"))
    for statement in (
        "UPDATE permitted_document SET title = 'khác'",
        "DELETE FROM permitted_document",
        "UPDATE statute_content SET size = 1",
        "DELETE FROM statute_content",
    ):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(text(statement))


def test_the_minutes_of_sealing_name_tools_and_documents(session: Session, world: World) -> None:
    permit(session, world)
    permit(session, world, title="Chưa xác nhận", text=regulation(2), is_confirmed=False)
    seal_period(session, world.officer, period_id=world.period.id, tools=["notes"])
    save_tools(
        session,
        world.officer,
        period_id=world.period.id,
        exam_id=world.exam.id,
        data=ToolsInput(tools=["mask", "statutes"], reason="Hội đồng thống nhất"),
        default=[],
    )
    said = json.dumps([block.model_dump() for block in minutes_of(session, world)], ensure_ascii=False)
    document = session.scalars(
        select(PermittedDocument).where(PermittedDocument.title == "Quy chế mẫu")
    ).one()
    assert document.sha256 in said.replace(" ", "")
    assert "Che phương án, Văn bản được phép dùng" in said
    assert "từ (Ghi nháp trên máy) thành" in said
    assert "Hội đồng thống nhất" in said
    assert "Chưa xác nhận" not in said


def minutes_of(session: Session, world: World) -> tuple[Block, ...]:
    kind, subject = find_subject(session, world.officer, code="sealing", subject_id=world.period.id)
    return kind.compose(session, subject, Letterhead("Ủy ban", "Cần Thơ"), {}).blocks


# The candidate


@pytest.fixture
def room(session: Session, settings: Settings) -> Room:
    def before(world: World) -> None:
        permit(session, world)
        permit(session, world, title="Chưa xác nhận", text=regulation(2), is_confirmed=False)

    return make_room(session, settings, people=1, before_seal=before)


def hashes(session: Session) -> dict[str, str]:
    return {one.title: one.sha256 for one in session.scalars(select(PermittedDocument))}


def fetch(
    client: TestClient, seat: Seat, settings: Settings, sha256: str, *, as_of: Seat | None = None
) -> Any:
    token = AttemptTokens(settings.signing_secret()).issue(seat.attempt_id, seat.candidate_id)
    url = f"/api/attempts/{(as_of or seat).attempt_id}/statutes/{sha256}"
    return client.get(url, headers={"Authorization": f"Bearer {token}"})


def test_a_candidate_gets_exactly_the_text_that_the_hash_names(
    session: Session, settings: Settings, room: Room, browser: TestClient
) -> None:
    sign_in(browser, room.seats[0])
    [told] = browser.get("/api/attempts/current").json()["policy"]["statutes"]
    assert told["title"] == "Quy chế mẫu"
    assert (told["articles"], told["number"]) == (3, "")
    assert "phím V): Quy chế mẫu." in str(browser.get("/api/attempts/current").json()["rules"])
    for packing in ("gzip", "identity"):
        browser.headers["Accept-Encoding"] = packing
        answer = fetch(browser, room.seats[0], settings, told["sha256"])
        assert answer.status_code == 200
        assert hashlib.sha256(answer.content).hexdigest() == told["sha256"]
    article = next(one for one in json.loads(answer.content)["sections"] if one["number"] == "2")
    assert article["heading"] == "Điều 2. Nội dung thứ 2"
    assert [kind for kind, _text in article["lines"]] == ["clause", "point"]


def test_what_nobody_confirmed_and_what_another_exam_permits_is_not_found(
    session: Session, settings: Settings, room: Room, browser: TestClient
) -> None:
    other = make_world(session)
    elsewhere = permit(session, other, title="Của nội dung khác", text=regulation(5))
    session.commit()
    for sha256 in (hashes(session)["Chưa xác nhận"], elsewhere.sha256, "0" * 64):
        assert fetch(browser, room.seats[0], settings, sha256).status_code == 404


def test_strangers_get_no_document(
    session: Session, settings: Settings, room: Room, browser: TestClient
) -> None:
    sha256 = hashes(session)["Quy chế mẫu"]
    seat = room.seats[0]
    url = f"/api/attempts/{seat.attempt_id}/statutes/{sha256}"
    assert browser.get(url).status_code == 401
    assert browser.get(url, headers={"Authorization": "Bearer forged"}).status_code == 401
    limited = AttemptTokens(settings.signing_secret()).issue(
        seat.attempt_id, seat.candidate_id, is_limited=True
    )
    not_admitted = browser.get(url, headers={"Authorization": f"Bearer {limited}"})
    assert not_admitted.json()["code"] == "entry_not_proven"


def test_documents_are_there_from_the_waiting_room_to_the_hand_in(
    session: Session, settings: Settings, room: Room, browser: TestClient
) -> None:
    sha256, seat = hashes(session)["Quy chế mẫu"], room.seats[0]
    move_sitting(session, room, started_ago=timedelta(hours=-2))
    early = fetch(browser, seat, settings, sha256)
    assert (early.status_code, early.json()["code"]) == (409, "too_early")
    assert early.json()["starts_in_ms"] > 0
    move_sitting(session, room, started_ago=timedelta(minutes=-59))
    assert fetch(browser, seat, settings, sha256).status_code == 200
    set_attempt(session, seat, state=AttemptState.SUBMITTED.value)
    assert fetch(browser, seat, settings, sha256).json()["code"] == "already_submitted"


def test_without_the_tool_there_are_no_documents(
    session: Session, settings: Settings, browser: TestClient
) -> None:
    def before(world: World) -> None:
        permit(session, world)
        save_tools(
            session,
            world.officer,
            period_id=world.period.id,
            exam_id=world.exam.id,
            data=ToolsInput(tools=["notes"]),
            default=[],
        )

    room = make_room(session, settings, people=1, before_seal=before)
    sign_in(browser, room.seats[0])
    assert browser.get("/api/attempts/current").json()["policy"]["statutes"] == []
    sha256 = hashes(session)["Quy chế mẫu"]
    assert fetch(browser, room.seats[0], settings, sha256).status_code == 404
