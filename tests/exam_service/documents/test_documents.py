"""Documents from recorded facts: numbered once, printed again with the same number, corrected only by a new one."""

from collections.abc import Mapping
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import docx
import pytest
from psycopg.errors import RestrictViolation
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Role
from exam_service.attempts.evidence_models import AnswerDelivery, DeliveredResponse, HandoverPin
from exam_service.attempts.models import AttemptState
from exam_service.audit import AuditRow
from exam_service.documents import service
from exam_service.documents.event_facts import events_by_sitting, incidents_of, violations_of
from exam_service.documents.kinds.handover import combined_digest
from exam_service.documents.models import DocumentPrint, IssuedDocument, PrintFormat
from exam_service.documents.room_facts import seated_of
from exam_service.documents.subjects import Letterhead
from exam_service.errors import Invalid, NotFound
from exam_service.invigilation import clocks, records
from exam_service.invigilation import service as rooms
from exam_service.invigilation.record_models import IncidentKind, Signature, ViolationLevel
from exam_service.invigilation.schemas import ExtraTimeInput, IncidentInput, ReasonInput, ViolationInput
from exam_service.periods.models import Candidate, Sitting
from exam_service.settings import Settings
from tests.fixtures.attempts import Room, make_room, name_invigilator, set_attempt
from tests.fixtures.auth import make_account
from tests.fixtures.periods import draw_by_hand, make_world
from tests.fixtures.results import make_released_period

PAPER = Letterhead("Ủy ban nhân dân thành phố Cần Thơ", "Cần Thơ")
LONG_NAME = "Công Tằng Tôn Nữ Huyền Trân Ngọc Quỳnh Anh"


@pytest.fixture
def room(session: Session, settings: Settings) -> Room:
    """Three people: one at work who got more time, one admitted late and voided, one who never came."""
    room = make_room(session, settings, people=3)
    first, second, _absent = room.seats
    officer = room.world.officer
    more = ExtraTimeInput(minutes=10, reason="Mất điện 10 phút")
    clocks.grant_extra_time(session, officer, first.attempt_id, data=more)
    clocks.admit_late(session, officer, second.attempt_id, data=ReasonInput(reason="Kẹt phà"))
    session.commit()
    set_attempt(session, first, state="started", started_at=clock.now() - timedelta(seconds=50))
    set_attempt(session, second, state="started", started_at=clock.now() + timedelta(minutes=15))
    rooms.void_attempt(
        session, officer, second.attempt_id, data=ReasonInput(reason="Dùng điện thoại trong phòng")
    )
    session.commit()
    return room


def collect(session: Session, room: Room) -> None:
    """The first has handed in, one answer came late, a machine was changed; the sitting is collected."""
    first, _second, absent = room.seats
    at = clock.now()
    done = {"submitted_at": at, "digest": "a1" * 32}
    set_attempt(session, first, state="submitted", collected_by="candidate", **done)
    set_attempt(session, absent, state="expired", collected_by="system", **{**done, "digest": "b2" * 32})
    delivery = AnswerDelivery(
        attempt_id=first.attempt_id,
        source="network",
        digest="d",
        content=b"x",
        entry_count=1,
        clock_changes=0,
        received_at=at,
        received_by_name="",
        responses=[
            DeliveredResponse(
                slot=3,
                sequence=2,
                response=None,
                is_flagged=False,
                made_at=at,
                is_steady=True,
                standing_sequence=1,
            )
        ],
    )
    pin = HandoverPin(
        attempt_id=first.attempt_id,
        pin_hash="x",
        reason="Máy treo",
        issued_by_name="Giám thị Ước",
        issued_at=at,
        expires_at=at,
        used_at=at,
    )
    session.add_all([delivery, pin])
    session.execute(update(Sitting).where(Sitting.id == room.sitting_id).values(collected_at=at))
    session.commit()
    session.expire_all()


def issue(session: Session, room: Any, code: str, subject_id: UUID, **values: Any) -> IssuedDocument:
    document = service.issue_document(
        session,
        room.world.officer,
        code=code,
        subject_id=subject_id,
        letterhead=PAPER,
        **{"typed": {}, **values},
    )
    session.commit()
    return document


def word_text(data: bytes) -> str:
    document = docx.Document(BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    foot = [paragraph.text for paragraph in document.sections[0].first_page_footer.paragraphs]
    return "\n".join([*cells, *(paragraph.text for paragraph in document.paragraphs), *foot])


def printed(session: Session, room: Any, document: IssuedDocument) -> str:
    actor = room.world.officer
    file = service.print_document(session, actor, document.id, print_format=PrintFormat.WORD)
    session.commit()
    return word_text(file.data)


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


def test_the_minutes_of_a_room_tell_what_happened(session: Session, room: Room) -> None:
    _first, second, absent = room.seats
    with pytest.raises(service.NotReadyYet):
        issue(session, room, "room_minutes", room.sitting_id)
    session.rollback()
    collect(session, room)
    typed = {"invigilators": "Đỗ Văn Ước; Lê Thị Ẩn", "note": "Trời mưa"}
    said = printed(session, room, issue(session, room, "room_minutes", room.sitting_id, typed=typed))
    for words in (
        "Theo danh sách: 3. Có mặt: 2. Vắng: 1. Vào thi sau giờ bắt đầu: 1.",
        f"Thí sinh vắng: {absent.number} – {absent.full_name}.",
        "Kẹt phà",
        "Mất điện 10 phút. Cho thêm 10 phút làm bài.",
        "Chuyển máy. Máy treo",
        "Hủy bài làm. Dùng điện thoại trong phòng",
        "Thí sinh tự nộp: 1. Hệ thống thu khi hết giờ: 0. Bài bị hủy: 1.",
        "câu 3: chờ quyết định",
        "Giám thị: Đỗ Văn Ước; Lê Thị Ẩn.",
        "Ghi nhận khác: Trời mưa",
        "Số: 01/BB-HĐSH",
    ):
        assert words in said, words
    assert second.number in said


def test_the_minutes_name_the_invigilators_of_the_sitting_unless_others_are_written(
    session: Session, room: Room
) -> None:
    collect(session, room)
    for name in ("Võ Văn Kiệt Em", "Bùi Ngọc Ánh"):
        name_invigilator(session, room, make_account(session, roles={Role.INVIGILATOR}, display_name=name).id)
    kind, subject = service.find_subject(
        session, room.world.officer, code="room_minutes", subject_id=room.sitting_id
    )
    for typed, names in (
        ({}, "Giám thị: Bùi Ngọc Ánh; Võ Văn Kiệt Em."),
        ({"invigilators": "Lê Thị Ẩn"}, "Giám thị: Lê Thị Ẩn."),
    ):
        sheet = service.draft_sheet(session, kind, subject, letterhead=PAPER, typed=typed)
        assert names in sheet.model_dump_json()


def test_every_violation_and_incident_has_minutes_of_its_own(session: Session, room: Room) -> None:
    first, second, _absent = room.seats
    (violation,), (incident,) = (
        violations_of(session, room.sitting_id),
        incidents_of(session, room.sitting_id),
    )
    one = issue(session, room, "violation", violation.id)
    other = issue(session, room, "incident", incident.id)
    assert (one.full_number, other.full_number) == ("01/BB-HĐSH", "02/BB-HĐSH")
    said = printed(session, room, one)
    assert second.full_name in said
    assert "NGƯỜI LÀM CHỨNG 2" in said
    assert "Mất điện 10 phút" in printed(session, room, other)
    assert first.number in other.title


def test_what_was_written_down_of_the_room_is_in_its_minutes_once(session: Session, room: Room) -> None:
    first, _second, _absent = room.seats
    officer = room.world.officer
    seen = ViolationInput(
        level=ViolationLevel.SUSPENSION,
        description="Xem tài liệu trong giờ làm bài",
        signature=Signature.NOBODY,
    )
    records.record_violation(session, officer, first.attempt_id, data=seen)
    outage = IncidentInput(
        kind=IncidentKind.POWER, description="Mất điện cả phòng từ đầu giờ", handling="Chạy máy phát"
    )
    records.record_incident(session, officer, room.sitting_id, data=outage)
    clocks.pause_sitting(session, officer, room.sitting_id, data=ReasonInput(reason="Chờ máy phát"))
    session.commit()
    levels = [(one.full_name, one.level) for one in violations_of(session, room.sitting_id)]
    assert sorted(levels) == sorted(
        [(room.seats[1].full_name, "Hủy bài làm"), (first.full_name, "Đình chỉ thi")]
    )
    happened = {
        one.description: (one.handling, list(one.people)) for one in incidents_of(session, room.sitting_id)
    }
    assert happened["Mất điện: Mất điện cả phòng từ đầu giờ"] == ("Chạy máy phát", [])
    assert happened["Chờ máy phát"][1] == []
    assert len(happened["Mất điện 10 phút"][1]) == 1
    assert events_by_sitting(session, room.world.period.id) == {room.sitting_id: 5}
    (mine,) = [one for one in violations_of(session, room.sitting_id) if one.level == "Đình chỉ thi"]
    assert "Không ai ký" in printed(session, room, issue(session, room, "violation", mine.id))


def test_handing_over_states_one_code_over_everything_handed_in(session: Session, room: Room) -> None:
    collect(session, room)
    typed = {"giver": "Kỹ thuật viên A", "receiver": "Trưởng ban B"}
    said = printed(session, room, issue(session, room, "handover", room.sitting_id, typed=typed))
    people = seated_of(session, room.sitting_id)
    assert combined_digest(people) in said
    assert "a1a1a1a1a1a1a1a1" in said
    assert "Trưởng ban B" in said
    assert combined_digest([one for one in people if one.state is AttemptState.SUBMITTED]) not in said


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
