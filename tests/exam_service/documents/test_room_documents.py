"""What the documents of a room tell: its minutes, lists to sign, minutes of single events, the handing over."""

import pytest
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.attempts.models import AttemptState
from exam_service.documents import service
from exam_service.documents.event_facts import events_by_sitting, incidents_of, violations_of
from exam_service.documents.kinds.handover import combined_digest
from exam_service.documents.room_facts import seated_of
from exam_service.invigilation import clocks, records, roll_call
from exam_service.invigilation.record_models import IncidentKind, Signature, ViolationLevel
from exam_service.invigilation.schemas import IncidentInput, ReasonInput, ViolationInput
from exam_service.settings import Settings
from tests.fixtures.attempts import Room, name_invigilator, set_attempt
from tests.fixtures.auth import make_account
from tests.fixtures.documents import PAPER, collect, issue, make_told_room, printed


@pytest.fixture
def room(session: Session, settings: Settings) -> Room:
    return make_told_room(session, settings)


def test_the_minutes_of_a_room_tell_what_happened(session: Session, room: Room) -> None:
    _first, second, absent = room.seats
    with pytest.raises(service.NotReadyYet):
        issue(session, room, "room_minutes", room.sitting_id)
    session.rollback()
    called = ReasonInput(reason="Điểm danh, máy không lên")
    roll_call.mark_present(session, room.world.officer, absent.attempt_id, data=called)
    collect(session, room)
    typed = {"invigilators": "Đỗ Văn Ước; Lê Thị Ẩn", "note": "Trời mưa"}
    said = printed(session, room, issue(session, room, "room_minutes", room.sitting_id, typed=typed))
    for words in (
        "Theo danh sách: 3. Có mặt: 2. Vắng: 1. Vào thi sau giờ bắt đầu: 1.",
        f"Thí sinh vắng: {absent.number} – {absent.full_name}.",
        f"Điểm danh có mặt nhưng không vào làm bài (tính là vắng bài): {absent.number} – {absent.full_name}.",
        "Kẹt phà",
        "Mất điện 10 phút. Cho thêm 10 phút làm bài.",
        "Chuyển máy. Máy treo",
        "Hủy bài làm. Dùng điện thoại trong phòng",
        "Thí sinh tự nộp: 1. Được thu, không tự nộp: 0. Bài bị hủy: 1.",
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


def test_candidates_sign_what_they_handed_in_before_any_mark_is_known(session: Session, room: Room) -> None:
    first, second, absent = room.seats
    with pytest.raises(service.NotReadyYet):
        issue(session, room, "hand_in_list", room.sitting_id)
    session.rollback()
    set_attempt(session, first, answered_count=4, receipt_code="K7QM-2X9D")
    collect(session, room)
    document = issue(session, room, "hand_in_list", room.sitting_id)
    said = printed(session, room, document)
    for words in (
        "Thí sinh ký",
        "K7QM-2X9D",
        "4/6",
        "Danh sách này có 3 thí sinh: 1 đã nộp hoặc được thu bài, 1 vắng, 1 bài bị hủy.",
    ):
        assert words in said, words
    rows = {
        row[1]: row for block in document.content["blocks"] for row in block.get("rows", []) if len(row) == 9
    }
    assert rows[second.number][4:] == ["–", "–", "–", "", "Bài bị hủy"]
    assert rows[absent.number][4:] == ["–", "–", "–", "", "Vắng"]


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
