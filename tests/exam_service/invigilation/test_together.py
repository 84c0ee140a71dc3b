"""One act for several candidates chosen on the board, and the alarm that stops a whole room."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Actor, Role
from exam_service.attempts.models import Attempt
from exam_service.attempts.room_models import RoomMessage
from exam_service.attempts.starting import start_attempt
from exam_service.audit import AuditRow
from exam_service.documents import event_facts
from exam_service.invigilation import alarm, clocks, together
from exam_service.invigilation.board import load_board
from exam_service.invigilation.models import RoomDecision
from exam_service.invigilation.schemas import ReasonInput
from exam_service.invigilation.signs import Trouble
from exam_service.periods.models import Sitting
from exam_service.settings import Settings
from tests.fixtures.attempts import Room, at, attempt_of, make_room, name_invigilator, set_attempt
from tests.fixtures.auth import SignedIn, SignIn

WHY = ReasonInput(reason="Còi báo cháy")


@pytest.fixture
def room(session: Session, settings: Settings) -> Room:
    return make_room(session, settings, people=4)


@pytest.fixture
def officer(room: Room) -> Actor:
    return room.world.officer


def ids(room: Room, *places: int) -> list[str]:
    return [str(room.seats[place].attempt_id) for place in places]


def test_who_is_chosen_is_named_before_anything_is_done(
    staff: SignedIn, room: Room, session: Session
) -> None:
    page = staff.post(at(room, "/chosen"), data={"ids": ids(room, 0, 2)})
    assert page.status_code == 200
    assert "Làm với 2 thí sinh đã chọn" in page.text
    assert [seat.number in page.text for seat in room.seats] == [True, False, True, False]
    assert session.scalar(select(func.count(RoomDecision.id))) == 0


def test_one_reason_for_several_is_a_record_and_an_audit_line_for_each(
    staff: SignedIn, room: Room, session: Session
) -> None:
    before = [attempt_of(session, seat).deadline_at for seat in room.seats]
    form = {"ids": ids(room, 0, 1, 2), "minutes": "7", "reason": "Mất điện dãy bàn đầu"}
    answer = staff.post(at(room, "/chosen/extra-time"), data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, at(room))
    after = [attempt_of(session, seat).deadline_at for seat in room.seats]
    more = timedelta(minutes=7)
    assert [new - old for new, old in zip(after, before, strict=True)] == [more, more, more, timedelta(0)]
    rows = session.scalars(select(RoomDecision).order_by(RoomDecision.at)).all()
    assert {row.attempt_id for row in rows} == {seat.attempt_id for seat in room.seats[:3]}
    assert len({row.detail["together"] for row in rows}) == 1
    acts = session.scalars(select(AuditRow).where(AuditRow.action == "attempt.extra_time")).all()
    assert sorted(act.subject_id for act in acts) == sorted(ids(room, 0, 1, 2))


def test_who_cannot_be_part_of_it_is_left_out_and_named_with_the_reason(
    staff: SignedIn, room: Room, session: Session, officer: Actor
) -> None:
    set_attempt(session, room.seats[1], state="submitted", started_at=clock.now(), submitted_at=clock.now())
    clocks.pause_attempt(session, officer, room.seats[2].attempt_id, data=WHY)
    session.commit()
    form = {"ids": ids(room, 0, 1, 2), "reason": "Đổi máy cả dãy"}
    answer = staff.post(at(room, "/chosen/pause"), data=form)
    assert answer.status_code == 303, "a page loaded again must not send the form again"
    page = staff.get(answer.headers["location"])
    assert page.status_code == 200
    assert f"Đã ghi nhận cho 1 thí sinh: {room.seats[0].number}." in page.text
    assert "Bài làm đã nộp, đã thu hoặc đã hủy" in page.text
    assert "Đồng hồ đã được tạm dừng trước đó." in page.text
    paused = [attempt_of(session, seat).paused_at is not None for seat in room.seats]
    assert paused == [True, False, True, False]
    nobody = staff.get(staff.post(at(room, "/chosen/pause"), data=form).headers["location"])
    assert "Chưa ghi nhận cho ai" in nobody.text


@pytest.mark.parametrize("others", [(), (1,)])
def test_a_form_sent_twice_gives_the_minutes_once_and_the_next_form_gives_them_again(
    staff: SignedIn, room: Room, session: Session, others: tuple[int, ...]
) -> None:
    set_attempt(session, room.seats[1], state="submitted", started_at=clock.now(), submitted_at=clock.now())
    session.commit()
    before = attempt_of(session, room.seats[0]).deadline_at
    for given in (7, 14):
        chosen = {"ids": ids(room, 0, *others)}
        page = staff.post(at(room, "/chosen"), data=chosen).text
        acts = re.findall(r'name="act" value="([^"]+)"', page)
        assert len(set(acts)) == len(acts) > 1, "each form of the page is an act of its own"
        form = {**chosen, "minutes": "7", "reason": "Mất điện", "act": acts[0]}
        first, again = (staff.post(at(room, "/chosen/extra-time"), data=form) for _ in range(2))
        assert first.headers["location"] == again.headers["location"]
        assert "nên không làm lại" in staff.get(again.headers["location"]).text
        assert attempt_of(session, room.seats[0]).deadline_at - before == timedelta(minutes=given)
        if others:
            strange = first.headers["location"].replace(acts[0], str(uuid4()))
            assert staff.get(strange).status_code == 404


def test_an_act_that_was_done_for_nobody_is_tried_again_when_it_is_sent_again(
    staff: SignedIn, room: Room, session: Session, officer: Actor
) -> None:
    form = {"ids": ids(room, 0, 1), "reason": "Đổi máy cả dãy", "act": str(uuid4())}
    for seat in room.seats[:2]:
        clocks.pause_attempt(session, officer, seat.attempt_id, data=WHY)
    session.commit()
    for _ in range(2):
        page = staff.get(staff.post(at(room, "/chosen/pause"), data=form).headers["location"]).text
        assert ("Chưa ghi nhận cho ai" in page, "nên không làm lại" in page) == (True, False)
    clocks.resume_attempt(session, officer, room.seats[0].attempt_id, data=WHY)
    session.commit()
    told = staff.get(staff.post(at(room, "/chosen/pause"), data=form).headers["location"]).text
    assert f"Đã ghi nhận cho 1 thí sinh: {room.seats[0].number}." in told
    assert attempt_of(session, room.seats[0]).paused_at
    again = staff.get(staff.post(at(room, "/chosen/pause"), data=form).headers["location"]).text
    assert (
        f"Đã ghi nhận cho 1 thí sinh: {room.seats[0].number}." in again,
        "nên không làm lại" in again,
    ) == (
        True,
        True,
    )


def test_a_stranger_does_not_see_what_became_of_an_act(
    staff: SignedIn, room: Room, signed_in: SignIn, session: Session
) -> None:
    set_attempt(session, room.seats[1], state="submitted", started_at=clock.now(), submitted_at=clock.now())
    session.commit()
    form = {"ids": ids(room, 0, 1), "reason": "Đổi máy cả dãy"}
    page = staff.post(at(room, "/chosen/pause"), data=form).headers["location"]
    assert signed_in(roles={Role.INVIGILATOR}).get(page).status_code == 404
    assert signed_in(roles={Role.AUTHOR}).get(page).status_code == 403


def test_more_than_can_be_done_at_once_is_said_in_words_and_nothing_is_done(
    staff: SignedIn, room: Room, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "MOST_TOGETHER", 2)
    form = {"ids": ids(room, 0, 1, 2), "reason": "Đổi máy cả dãy"}
    for path in ("/chosen", "/chosen/pause"):
        answer = staff.post(at(room, path), data=form)
        assert answer.status_code == 422
        assert "tối đa 2 thí sinh một lần, đang chọn 3" in answer.text
    assert session.scalar(select(func.count(RoomDecision.id))) == 0


def test_somebody_of_another_room_among_the_chosen_stops_the_whole_act(
    staff: SignedIn, room: Room, session: Session
) -> None:
    for strange in (str(uuid4()), "không phải mã"):
        form = {"ids": [*ids(room, 0), strange], "reason": "Đổi máy"}
        assert staff.post(at(room, "/chosen/pause"), data=form).status_code == 404
    assert attempt_of(session, room.seats[0]).paused_at is None


def test_choosing_nobody_and_forgetting_the_reason_are_said_on_the_page(
    staff: SignedIn, room: Room, session: Session
) -> None:
    for path in ("/chosen", "/chosen/pause"):
        answer = staff.post(at(room, path), data={"reason": "Đổi máy"})
        assert (answer.status_code, "Chưa chọn thí sinh nào" in answer.text) == (422, True)
    answer = staff.post(at(room, "/chosen/pause"), data={"ids": ids(room, 0, 1)})
    assert (answer.status_code, "Ghi lý do" in answer.text) == (422, True)
    assert answer.text.count(f'name="ids" value="{room.seats[1].attempt_id}"') > 0, "the choice is kept"
    assert staff.post(at(room, "/chosen/void"), data={"ids": ids(room, 0)}).status_code == 404


@pytest.mark.parametrize(
    ("verb", "form"),
    [
        ("identity", {"document": "card"}),
        ("present", {"reason": "Điểm danh"}),
        ("message", {"body": "Xin ngồi đúng chỗ"}),
    ],
)
def test_several_are_told_recognised_and_called_at_once(
    staff: SignedIn, room: Room, session: Session, officer: Actor, verb: str, form: dict[str, str]
) -> None:
    answer = staff.post(at(room, f"/chosen/{verb}"), data={"ids": ids(room, 0, 1), **form})
    assert answer.status_code == 303
    rows = {row.number: row.signals for row in load_board(session, officer, room.sitting_id).rows}
    seen = [rows[seat.number] for seat in room.seats]
    match verb:
        case "identity":
            assert [one.identity for one in seen] == ["card", "card", "", ""]
        case "present":
            assert [one.is_present for one in seen] == [True, True, None, None]
        case _:
            told = session.scalars(select(RoomMessage.attempt_id)).all()
            assert set(told) == {seat.attempt_id for seat in room.seats[:2]}


def test_who_was_called_in_vain_needs_nobody_until_the_test_is_opened(
    staff: SignedIn, room: Room, session: Session, officer: Actor
) -> None:
    staff.post(at(room, "/chosen/absent"), data={"ids": ids(room, 0, 1), "reason": "Gọi ba lần"})
    rows = {row.attempt_id: row for row in load_board(session, officer, room.sitting_id).rows}
    first = rows[room.seats[0].attempt_id]
    assert (first.trouble, first.is_healthy) == (Trouble.ABSENT, True)
    start_attempt(session, room.seats[0].claims)
    session.commit()
    rows = {row.attempt_id: row for row in load_board(session, officer, room.sitting_id).rows}
    assert rows[room.seats[0].attempt_id].trouble is not Trouble.ABSENT
    again = staff.post(at(room, "/chosen/absent"), data={"ids": ids(room, 0), "reason": "Gọi ba lần"})
    told = staff.get(again.headers["location"]).text
    assert "đã vào làm bài nên không ghi vắng được" in told


def test_a_chosen_row_stays_on_a_filtered_board_that_it_has_left(staff: SignedIn, room: Room) -> None:
    seat = room.seats[0]
    assert seat.full_name not in staff.get(at(room, "?state=offline")).text
    chosen = " ".join([*(str(uuid4()) for _ in range(1200)), str(seat.attempt_id)])
    page = staff.post(at(room, "/board?state=offline"), data={"ids": chosen})
    assert page.status_code == 200
    assert seat.full_name in page.text


def test_a_stranger_does_not_ask_for_a_filtered_board(signed_in: SignIn, room: Room) -> None:
    for role, status in ((Role.INVIGILATOR, 404), (Role.AUTHOR, 403)):
        answer = signed_in(roles={role}).post(at(room, "/board?state=offline"), data={"ids": ""})
        assert answer.status_code == status


def test_a_refresh_of_the_board_reads_only_what_changes_on_it(
    staff: SignedIn, room: Room, session: Session
) -> None:
    def statements(**headers: str) -> list[str]:
        said: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            said.append(statement)

        connection = session.connection()
        event.listen(connection, "before_cursor_execute", note)
        assert staff.get(at(room), headers=headers).status_code == 200
        event.remove(connection, "before_cursor_execute", note)
        return said

    whole, refresh = statements(), statements(**{"HX-Request": "true", "HX-Target": "board"})
    assert len(whole) - len(refresh) >= 3
    assert not [one for one in refresh if "sitting.room =" in one]


def test_the_alarm_stops_every_sitting_of_the_room_and_its_end_gives_the_time_back(
    session: Session, room: Room, officer: Actor
) -> None:
    beside = another_sitting(session, room, "Phòng 1")
    moved, stays = room.seats[2], another_sitting(session, room, "Phòng khác hẳn")
    set_attempt(session, moved, sitting_id=beside.id)
    set_attempt(session, room.seats[3], sitting_id=stays.id)
    for seat in room.seats:
        start_attempt(session, seat.claims)
    session.commit()
    before = [attempt_of(session, seat).deadline_at for seat in room.seats]
    raised = alarm.raise_alarm(session, officer, room.sitting_id, data=WHY)
    session.commit()
    assert (raised.sittings, raised.people) == (2, 3)
    paused = [attempt_of(session, seat).paused_at is not None for seat in room.seats]
    assert paused == [True, True, True, False]
    with pytest.raises(clocks.AlreadyPaused):
        alarm.raise_alarm(session, officer, room.sitting_id, data=WHY)
    ended = alarm.end_alarm(session, officer, room.sitting_id, data=ReasonInput(reason="Báo động giả"))
    session.commit()
    assert ended == raised
    after = [attempt_of(session, seat).deadline_at for seat in room.seats]
    given = [new - old for new, old in zip(after, before, strict=True)]
    assert min(given[:3]) > timedelta(0)
    assert given[3] == timedelta(0)
    with pytest.raises(clocks.NotPaused):
        alarm.end_alarm(session, officer, room.sitting_id, data=WHY)


def another_sitting(session: Session, room: Room, hall: str) -> Sitting:
    """Another sitting at the same time in `hall`."""
    own = session.get_one(Sitting, room.sitting_id)
    made = Sitting(
        id=uuid4(),
        exam_id=own.exam_id,
        name="Ca 1B",
        room=hall,
        capacity=own.capacity,
        starts_at=own.starts_at,
        duration_min=own.duration_min,
    )
    session.add(made)
    session.flush()
    return made


def test_the_minutes_tell_an_alarm_once_with_how_long_it_lasted(
    staff: SignedIn, room: Room, session: Session
) -> None:
    for seat in room.seats:
        start_attempt(session, seat.claims)
    session.commit()
    answer = staff.post(at(room, "/alarm"), data={"reason": "Còi báo cháy"})
    assert (answer.status_code, answer.headers["location"]) == (303, at(room))
    assert "alarm-end" in staff.get(at(room)).text
    refused = staff.post(at(room, "/alarm"), data={"reason": "Còi báo cháy"})
    assert (refused.status_code, "đã được tạm dừng trước đó" in refused.text) == (409, True)
    (open_fact,) = event_facts.incidents_of(session, room.sitting_id)
    assert open_fact.handling == "Tạm dừng đồng hồ; thời gian dừng được trả lại."
    assert staff.post(at(room, "/alarm/end"), data={"reason": "Báo động giả"}).status_code == 303
    (fact,) = event_facts.incidents_of(session, room.sitting_id)
    assert (fact.id, fact.description, fact.people) == (open_fact.id, "Còi báo cháy", [])
    assert fact.handling.startswith("Tạm dừng đồng hồ từ ")
    assert "được trả lại đủ. Cho tiếp tục: Báo động giả." in fact.handling
    assert event_facts.events_by_sitting(session, room.period_id)[room.sitting_id] == 1


def test_one_act_for_several_is_one_line_of_the_minutes(
    staff: SignedIn, room: Room, session: Session
) -> None:
    form = {"ids": ids(room, 0, 1, 2), "minutes": "7", "reason": "Mất điện dãy bàn đầu"}
    staff.post(at(room, "/chosen/extra-time"), data=form)
    (fact,) = event_facts.incidents_of(session, room.sitting_id)
    assert [line.split(" – ")[0] for line in fact.people] == [seat.number for seat in room.seats[:3]]
    assert fact.handling == "Cho thêm 7 phút làm bài."
    assert event_facts.incident_named(session, fact.id) == fact
    assert event_facts.events_by_sitting(session, room.period_id)[room.sitting_id] == 1


def test_minutes_are_given_by_the_head_of_the_room_and_by_nobody_below(
    signed_in: SignIn, room: Room, session: Session
) -> None:
    helper = signed_in(roles={Role.INVIGILATOR})
    name_invigilator(session, room, helper.account.id, is_head=False)
    before = attempt_of(session, room.seats[0]).deadline_at
    form = {"ids": ids(room, 0), "minutes": "7", "reason": "Mất điện"}
    person = f"/attempts/{room.seats[0].attempt_id}"
    for path in ("/chosen/extra-time", "/all/extra-time", "/all/shift", f"{person}/extra-time"):
        assert helper.post(at(room, path), data=form).status_code == 403, path
    for path in ("/all", person):
        assert "extra-time" not in helper.get(at(room, path)).text
    assert "extra-time" not in helper.post(at(room, "/chosen"), data=form).text
    assert attempt_of(session, room.seats[0]).deadline_at == before
    assert helper.post(at(room, "/chosen/pause"), data=form).status_code == 303


def test_an_officer_names_the_heads_of_a_room(signed_in: SignIn, room: Room, session: Session) -> None:
    officer, helper = signed_in(roles={Role.OFFICER}), signed_in(roles={Role.INVIGILATOR})
    form = {"account_ids": str(helper.account.id), "head_ids": str(helper.account.id)}
    assert officer.post(at(room, "/people"), data=form).status_code == 303
    assert "Trưởng phòng thi" in officer.get(at(room, "/people")).text
    given = {"minutes": "7", "reason": "Mất điện"}
    assert helper.post(at(room, "/all/extra-time"), data=given).status_code == 303
    officer.post(at(room, "/people"), data={"account_ids": str(helper.account.id)})
    assert helper.post(at(room, "/all/extra-time"), data=given).status_code == 403


def test_a_stranger_chooses_nobody_and_raises_no_alarm(
    signed_in: SignIn, room: Room, session: Session
) -> None:
    form = {"ids": ids(room, 0), "reason": "Mất điện", "minutes": "5", "body": "Chào", "document": "card"}
    verbs = ("message", "pause", "resume", "extra-time", "identity", "present", "absent")
    paths = ("/chosen", *(f"/chosen/{verb}" for verb in verbs), "/alarm", "/alarm/end")
    for role, status in ((Role.MARKER, 403), (Role.INVIGILATOR, 404)):
        stranger = signed_in(roles={role})
        for path in paths:
            assert stranger.post(at(room, path), data=form).status_code == status, path
    assert session.scalar(select(func.count(RoomDecision.id))) == 0
    assert session.scalar(select(func.count(Attempt.id)).where(Attempt.paused_at.is_not(None))) == 0
