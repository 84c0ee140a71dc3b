"""A form of the room that is sent twice: what it asks for is done once, and the person is told so."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.attempts.room_models import RoomMessage
from exam_service.attempts.starting import start_attempt
from exam_service.audit import AuditRow
from exam_service.invigilation import clocks
from exam_service.invigilation.acts import ACTION
from exam_service.invigilation.models import RoomDecision, Seat
from exam_service.invigilation.record_models import Incident, Violation
from exam_service.invigilation.schemas import ReasonInput
from exam_service.settings import Settings
from tests.fixtures.attempts import Room, at, attempt_of, make_room, name_invigilator
from tests.fixtures.auth import SignedIn

WHY = ReasonInput(reason="Đổi máy")
AGAIN = "nên không làm lại"
VIOLATION = {"level": "reprimand", "description": "Nói chuyện trong phòng thi", "signature": "violator"}
INCIDENT = {"kind": "power", "description": "Mất điện cả phòng thi"}
TIME = {"minutes": "15", "reason": "Mất điện"}
ROOM_FORMS: list[tuple[str, dict[str, str], Any]] = [
    ("/all/extra-time", TIME, RoomDecision),
    ("/all/shift", TIME, RoomDecision),
    ("/all/message", {"body": "Xin ngồi tại chỗ"}, RoomMessage),
    ("/incidents", INCIDENT, Incident),
]
PERSON_FORMS: list[tuple[str, dict[str, str], Any]] = [
    ("/extra-time", TIME, RoomDecision),
    ("/message", {"body": "Xin xuống bàn giám thị"}, RoomMessage),
    ("/note", {"reason": "Xin ra ngoài"}, RoomDecision),
    ("/present", {"reason": "Điểm danh"}, RoomDecision),
    ("/violation", VIOLATION, Violation),
]


@pytest.fixture
def room(session: Session, settings: Settings) -> Room:
    return make_room(session, settings, people=2)


def person(room: Room, rest: str = "") -> str:
    return at(room, f"/attempts/{room.seats[0].attempt_id}{rest}")


def act_of(staff: SignedIn, page: str, action: str) -> str:
    """The act that the form to `action` is, as `page` names it now."""
    forms = re.findall(r'<form[^>]* action="([^"]+)"[^>]*>(.*?)</form>', staff.get(page).text, re.DOTALL)
    named = {to: re.findall(r'name="act" value="([^"]+)"', inside) for to, inside in forms}
    (act,) = named[action]
    return str(act)


def sends_twice(staff: SignedIn, *, page: str, action: str, form: dict[str, str]) -> None:
    """The form of `page` is sent twice, and the second time it says that nothing was done again."""
    data = {**form, "act": act_of(staff, page, action)}
    first = staff.post(action, data=data)
    assert first.status_code == 303
    assert AGAIN not in staff.get(first.headers["location"]).text
    again = staff.post(action, data=data)
    assert (again.status_code, again.headers["location"]) == (303, first.headers["location"])
    assert AGAIN in staff.get(again.headers["location"]).text


def count(session: Session, of: Any) -> int:
    return session.scalar(select(func.count()).select_from(of)) or 0


@pytest.mark.parametrize(
    ("forms", "of_person", "shifted_min"), [(ROOM_FORMS, False, 4 * 15), (PERSON_FORMS, True, 2 * 15)]
)
def test_a_form_sent_twice_counts_once_and_a_fresh_one_counts_again(
    staff: SignedIn,
    room: Room,
    session: Session,
    forms: list[tuple[str, dict[str, str], Any]],
    of_person: bool,
    shifted_min: int,
) -> None:
    start = attempt_of(session, room.seats[0]).deadline_at
    for rest, form, kept in forms:
        action = person(room, rest) if of_person else at(room, rest)
        page = person(room) if of_person else at(room, "/" + rest.split("/")[1])
        before = count(session, kept)
        for times in (1, 2) if form is TIME else (1,):
            sends_twice(staff, page=page, action=action, form=form)
            assert count(session, kept) - before == times, rest
    assert attempt_of(session, room.seats[0]).deadline_at - start == timedelta(minutes=shifted_min)


def test_a_form_sent_again_later_does_not_undo_what_was_decided_since(
    staff: SignedIn, room: Room, session: Session
) -> None:
    """The way back in the browser shows the old forms."""
    start_attempt(session, room.seats[0].claims)
    session.commit()
    staff.post(at(room, "/seats"), data={"rows": "2", "columns": "2", "numbering": "rows"})
    forms = [
        (at(room), at(room, "/alarm"), {"reason": "Còi báo cháy"}),
        (at(room, "/all"), at(room, "/all/resume"), {"reason": "Báo động giả"}),
        (at(room, "/seats"), at(room, "/seats"), {"rows": "2", "columns": "2", "numbering": "rows"}),
    ]
    sent = []
    for page, action, form in forms:
        data = {**form, "act": act_of(staff, page, action)}
        sent.append((action, data))
        assert staff.post(action, data=data).status_code == 303
    assert staff.post(person(room, "/seat"), data={"place": "4"}).status_code == 303
    for action, data in sent:
        answer = staff.post(action, data=data)
        assert answer.status_code == 303, action
        assert AGAIN in staff.get(answer.headers["location"]).text
    assert attempt_of(session, room.seats[0]).paused_at is None
    assert session.get_one(Seat, room.seats[0].attempt_id, populate_existing=True).place == 4


def test_a_refused_form_is_tried_again_and_what_was_done_says_so_although_it_cannot_be_done_any_more(
    staff: SignedIn, room: Room, session: Session
) -> None:
    staff.post(person(room, "/pause"), data={"reason": "Đổi máy"})
    action = person(room, "/resume")
    data = {"reason": "Đổi xong", "act": act_of(staff, person(room), action)}
    clocks.resume_attempt(session, room.world.officer, room.seats[0].attempt_id, data=WHY)
    session.commit()
    assert staff.post(action, data=data).status_code == 409
    clocks.pause_attempt(session, room.world.officer, room.seats[0].attempt_id, data=WHY)
    session.commit()
    for _ in range(2):
        assert (staff.post(action, data=data).status_code, count(session, RoomDecision)) == (303, 4)
    assert AGAIN in staff.get(person(room)).text
    fresh = staff.post(action, data={"reason": "Đổi xong"})
    assert (fresh.status_code, "không ở trạng thái tạm dừng" in fresh.text) == (409, True)


def test_the_audit_trail_keeps_an_act_once_with_what_it_was_about(
    staff: SignedIn, room: Room, session: Session
) -> None:
    sends_twice(staff, page=person(room), action=person(room, "/extra-time"), form=TIME)
    (row,) = session.scalars(select(AuditRow).where(AuditRow.action == ACTION))
    assert (row.subject_id, row.actor_id) == (str(room.sitting_id), staff.account.id)
    assert (row.detail["verb"], row.detail["attempt"]) == ("extra-time", str(room.seats[0].attempt_id))


def test_the_same_form_in_another_room_is_another_act(
    staff: SignedIn, room: Room, session: Session, settings: Settings
) -> None:
    other = make_room(session, settings)
    name_invigilator(session, other, staff.account.id)
    data = {**TIME, "act": act_of(staff, at(room, "/all"), at(room, "/all/extra-time"))}
    for each in (room, other):
        staff.post(at(each, "/all/extra-time"), data=data)
    assert count(session, RoomDecision) == 2
