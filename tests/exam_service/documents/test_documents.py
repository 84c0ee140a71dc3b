"""Documents from recorded facts: numbered once, printed again with the same number, corrected only by a new one."""

from collections.abc import Mapping
from typing import Any

import pytest
from psycopg.errors import RestrictViolation
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.audit import AuditRow
from exam_service.documents import service
from exam_service.documents.models import DocumentPrint, IssuedDocument
from exam_service.errors import Invalid, NotFound
from exam_service.periods.models import Candidate
from exam_service.settings import Settings
from tests.fixtures.attempts import Room, name_invigilator
from tests.fixtures.documents import collect, issue, make_told_room, printed, word_text
from tests.fixtures.periods import draw_by_hand, make_world
from tests.fixtures.results import make_released_period

LONG_NAME = "Công Tằng Tôn Nữ Huyền Trân Ngọc Quỳnh Anh"


@pytest.fixture
def room(session: Session, settings: Settings) -> Room:
    return make_told_room(session, settings)


def test_a_document_keeps_its_number_and_says_which_print_it_is(session: Session, room: Room) -> None:
    document = issue(session, room, "candidate_list", room.sitting_id)
    assert (document.number, document.full_number) == (1, "01/DS-HĐSH")
    first, second = printed(session, room, document), printed(session, room, document)
    assert "Bản in lần 1" in first
    assert "Bản in lần 2" in second
    assert f"Mã kiểm tra: {document.content_hash}" in second
    assert second.split("Bản in")[0] == first.split("Bản in")[0]
    assert [row.number for row in session.scalars(select(DocumentPrint))] == [1, 2]
    assert service.find_by_hash(session, room.world.officer, f" {document.content_hash.upper()} ") == document
    assert service.find_by_hash(session, room.world.officer, "0" * 64) is None


def test_while_nothing_changes_there_is_no_second_document(session: Session, room: Room) -> None:
    document = issue(session, room, "candidate_list", room.sitting_id)
    with pytest.raises(service.NothingChanged):
        issue(session, room, "candidate_list", room.sitting_id, reason="muốn in lại")
    session.rollback()
    assert session.scalars(select(IssuedDocument)).all() == [document]


def test_a_correction_has_a_number_of_its_own_and_names_what_it_replaces(
    session: Session, room: Room
) -> None:
    old = issue(session, room, "candidate_list", room.sitting_id)
    seat = room.seats[0]
    session.execute(
        text("ALTER TABLE candidate DISABLE TRIGGER USER")
    )  # a name mended by the officers of the register
    session.execute(update(Candidate).where(Candidate.id == seat.candidate_id).values(full_name=LONG_NAME))
    session.commit()
    session.expire_all()
    kind, subject = service.find_subject(
        session, room.world.officer, code="candidate_list", subject_id=room.sitting_id
    )
    assert service.is_outdated(session, kind, subject, old)
    with pytest.raises(Invalid) as caught:
        issue(session, room, "candidate_list", room.sitting_id)
    assert caught.value.field == "reason"
    session.rollback()
    new = issue(session, room, "candidate_list", room.sitting_id, reason="Sửa họ tên")
    assert (new.number, new.version) == (2, 2)
    said = printed(session, room, new)
    assert "Thay thế văn bản số 01/DS-HĐSH" in said
    assert LONG_NAME in said
    assert LONG_NAME not in printed(session, room, old)
    trail = session.scalars(select(AuditRow).where(AuditRow.action == "document.correct")).one()
    assert trail.detail["replaces"] == "01/DS-HĐSH"


def test_an_issued_document_can_neither_be_changed_nor_deleted(session: Session, room: Room) -> None:
    document = issue(session, room, "candidate_list", room.sitting_id)
    for statement in ("UPDATE issued_document SET number = 9", "DELETE FROM issued_document"):
        with pytest.raises(IntegrityError) as caught, session.begin_nested():
            session.execute(text(statement))
        assert isinstance(caught.value.orig, RestrictViolation)
    session.execute(text("ALTER TABLE issued_document DISABLE TRIGGER USER"))
    session.execute(
        text("""UPDATE issued_document SET content = jsonb_set(content, '{subject}', '"Khác"')""")
    )
    session.expire_all()
    with pytest.raises(service.DocumentDamaged):
        printed(session, room, document)


def test_the_minutes_of_the_seal_state_the_ceremony(session: Session, signed_in: Any) -> None:
    world = make_world(session, people=2)
    officer = signed_in(roles={Role.OFFICER})
    at = f"/documents/sealing/{world.period.id}"
    assert "Lập được khi kỳ sát hạch đã niêm phong." in officer.get(at).text
    assert officer.post(at, data={"witnesses": "Ông Bảy"}).status_code == 409
    draw_by_hand(signed_in, officer, world)
    assert officer.post(at, data={"witnesses": "Ông Bảy"}).status_code == 303
    document = session.scalars(select(IssuedDocument)).one()
    answer = officer.post(f"/documents/issued/{document.id}/print", data={"format": "docx"})
    said = word_text(answer.content)
    session.expire_all()
    assert world.period.commitment is not None
    for words in ("4 1 6 3 3 2 5 6 1 4", world.period.commitment, officer.account.display_name, "Ông Bảy"):
        assert words in said, words


def test_the_result_list_names_band_and_outcome_of_each_candidate(session: Session, signed_in: Any) -> None:
    world = make_released_period(session)
    officer = signed_in(roles={Role.OFFICER})
    at = f"/documents/result_list/{world.sitting.id}"
    assert officer.post(at).status_code == 303
    document = session.scalars(select(IssuedDocument)).one()
    said = word_text(officer.post(f"/documents/issued/{document.id}/print", data={"format": "docx"}).content)
    for words in (
        "6/6",
        "100\N{NO-BREAK SPACE}%",
        "Không đạt",
        "Vắng",
        "Có 4 kết quả: không đạt 1, vắng 1, đạt 2.",
    ):
        assert words in said, words
    pdf = officer.post(f"/documents/issued/{document.id}/print", data={"format": "pdf"})
    assert pdf.content.startswith(b"%PDF")
    assert f'result-list-01-{document.year}.pdf"' in pdf.headers["content-disposition"]
    invigilator = signed_in(roles={Role.INVIGILATOR})
    assert invigilator.get(at).status_code == 404
    assert (
        invigilator.post(f"/documents/issued/{document.id}/print", data={"format": "pdf"}).status_code == 404
    )


def test_the_pages_list_what_is_there_and_what_is_missing(
    session: Session, room: Room, signed_in: Any
) -> None:
    officer = signed_in(roles={Role.OFFICER})
    document = issue(session, room, "candidate_list", room.sitting_id)
    page = officer.get(f"/periods/{room.period_id}/documents").text
    for words in (
        "01/DS-HĐSH",
        "Chưa lập",
        "Chưa đến lúc",
        "0 / 2",
        "3 văn bản",
        f"/documents/rooms/{room.sitting_id}",
    ):
        assert words in page, words
    line = officer.get(f"/documents/rooms/{room.sitting_id}").text
    assert "Biên bản sự cố kỹ thuật" in line
    assert officer.get(f"/documents/candidate_list/{room.sitting_id}/draft.pdf").content.startswith(b"%PDF")
    check = officer.get("/documents/check", params={"code": document.content_hash}).text
    assert "Mã này thuộc văn bản số 01/DS-HĐSH" in check
    assert "Không tìm thấy" in officer.get("/documents/check", params={"code": "1" * 64}).text
    officer.cookies.set("lang", "en")
    for path, words in (
        (f"/periods/{room.period_id}/documents", "Not issued"),
        (f"/documents/rooms/{room.sitting_id}", "Minutes of a technical incident"),
        (f"/documents/candidate_list/{room.sitting_id}", "Matches the data as they are"),
        ("/documents/check", "Check a print"),
    ):
        assert words in officer.get(path).text, path


def test_a_refused_form_comes_back_with_what_was_typed(session: Session, room: Room, signed_in: Any) -> None:
    collect(session, room)
    officer = signed_in(roles={Role.OFFICER})
    at = f"/documents/room_minutes/{room.sitting_id}"
    long: Mapping[str, str] = {"invigilators": "Ước " * 100, "note": "Trời mưa"}
    answer = officer.post(at, data=long)
    assert answer.status_code == 422
    assert "Ghi nhiều nhất 300 ký tự." in answer.text
    assert 'value="Trời mưa"' in answer.text


def test_strangers_neither_see_nor_issue_nor_print(session: Session, room: Room, signed_in: Any) -> None:
    document = issue(session, room, "candidate_list", room.sitting_id)
    paths = (
        f"/documents/rooms/{room.sitting_id}",
        f"/documents/candidate_list/{room.sitting_id}",
        f"/documents/candidate_list/{room.sitting_id}/draft.pdf",
        "/documents/check",
    )
    for role in (Role.MARKER, Role.HR, Role.AUTHOR, Role.ADMIN):
        stranger = signed_in(roles={role})
        for path in (*paths, f"/periods/{room.period_id}/documents"):
            assert stranger.get(path).status_code == 403, (role, path)
        assert stranger.post(paths[1]).status_code == 403
        assert (
            stranger.post(f"/documents/issued/{document.id}/print", data={"format": "pdf"}).status_code == 403
        )
    auditor, invigilator = signed_in(roles={Role.AUDITOR}), signed_in(roles={Role.INVIGILATOR})
    assert invigilator.get(paths[0]).status_code == 404, "not of this room"
    name_invigilator(session, room, invigilator.account.id)
    for client in (auditor, invigilator):
        for path in paths:
            assert client.get(path).status_code == 200, path
    assert auditor.post(f"/documents/handover/{room.sitting_id}").status_code == 403
    assert invigilator.get(f"/periods/{room.period_id}/documents").status_code == 403
    assert invigilator.get(f"/documents/sealing/{room.period_id}").status_code == 404
    assert invigilator.post(f"/documents/sealing/{room.period_id}").status_code == 404
    assert invigilator.get(f"/documents/nothing/{room.period_id}").status_code == 404
    with pytest.raises(NotFound):
        service.find_subject(session, room.world.officer, code="violation", subject_id=room.sitting_id)


def test_login_codes_come_as_a_pdf_too(session: Session, room: Room, signed_in: Any) -> None:
    invigilator = signed_in(roles={Role.INVIGILATOR})
    name_invigilator(session, room, invigilator.account.id)
    answer = invigilator.post(f"/rooms/{room.sitting_id}/codes", data={"file": "pdf"})
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert answer.headers["cache-control"] == "no-store"
