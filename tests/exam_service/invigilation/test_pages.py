import re
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.invigilation.models import RoomDecision
from exam_service.settings import Settings
from tests.fixtures.attempts import (
    Room,
    Seat,
    attempt_of,
    make_room,
    move_sitting,
    set_attempt,
)
from tests.fixtures.auth import SignedIn, SignIn


@pytest.fixture
def room(session: Session, settings: Settings) -> Room:
    return make_room(session, settings)


def person(room: Room, seat: Seat, rest: str = "") -> str:
    return f"/rooms/{room.sitting_id}/attempts/{seat.attempt_id}{rest}"


def test_the_list_leads_to_the_board_and_the_board_to_each_person(staff: SignedIn, room: Room) -> None:
    assert f"/rooms/{room.sitting_id}" in staff.get("/rooms").text
    board = staff.get(f"/rooms/{room.sitting_id}").text
    for seat in room.seats:
        assert person(room, seat) in board
        assert seat.full_name in board
        assert staff.get(person(room, seat)).status_code == 200


def test_an_empty_list_says_what_will_be_here(signed_in: SignIn) -> None:
    assert "Chưa có ca thi nào" in signed_in(roles={Role.INVIGILATOR}).get("/rooms").text


def test_the_board_refreshes_itself_by_its_rows_only(staff: SignedIn, room: Room) -> None:
    fragment = staff.get(
        f"/rooms/{room.sitting_id}", headers={"HX-Request": "true", "HX-Target": "board"}
    ).text
    assert "<html" not in fragment
    assert 'hx-trigger="every 5s"' in fragment
    assert room.seats[0].full_name in fragment


def test_extra_time_is_granted_by_form_and_listed_with_its_reason(
    staff: SignedIn, room: Room, session: Session
) -> None:
    seat = room.seats[0]
    before = attempt_of(session, seat).deadline_at
    answer = staff.post(
        person(room, seat, "/extra-time"), data={"minutes": "15", "reason": "Máy hỏng, đổi máy"}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, person(room, seat))
    assert attempt_of(session, seat).deadline_at == before + timedelta(minutes=15)
    page = staff.get(person(room, seat)).text
    assert "Máy hỏng, đổi máy" in page
    assert staff.account.display_name in page


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"minutes": "15", "reason": ""}, "Ghi lý do"),
        ({"minutes": "0", "reason": "Máy hỏng"}, "Nhập số phút từ 1 đến 180"),
        ({"minutes": "mười", "reason": "Máy hỏng"}, "Nhập số phút từ 1 đến 180"),
        ({}, "Ghi lý do"),
    ],
)
def test_a_form_with_mistakes_is_shown_again_with_what_was_typed(
    staff: SignedIn, room: Room, session: Session, form: dict[str, str], sentence: str
) -> None:
    answer = staff.post(person(room, room.seats[0], "/extra-time"), data=form)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert form.get("reason", "") in answer.text
    assert session.scalars(select(RoomDecision)).all() == []


def test_a_latecomer_is_admitted_by_form(staff: SignedIn, room: Room, session: Session) -> None:
    move_sitting(session, room, started_ago=timedelta(minutes=20))
    seat = room.seats[0]
    assert "Quá giờ vào thi" in staff.get(f"/rooms/{room.sitting_id}").text
    assert staff.post(person(room, seat, "/admission"), data={"reason": "Kẹt phà"}).status_code == 303
    attempt = attempt_of(session, seat)
    assert attempt.late_until == attempt.deadline_at


def test_a_new_code_is_shown_once(staff: SignedIn, room: Room) -> None:
    seat = room.seats[0]
    page = staff.post(person(room, seat, "/code"), data={"reason": "Mất phiếu"})
    found = re.search(r"Mã dự thi mới: ([0-9A-Z]{4}-[0-9A-Z]{4})", page.text)
    assert found is not None
    assert found[1] not in staff.get(person(room, seat)).text


def test_voiding_a_void_attempt_says_so(staff: SignedIn, room: Room, session: Session) -> None:
    seat = room.seats[0]
    assert staff.post(person(room, seat, "/void"), data={"reason": "Thi hộ"}).status_code == 303
    again = staff.post(person(room, seat, "/void"), data={"reason": "Thi hộ"})
    assert again.status_code == 409
    assert len(session.scalars(select(RoomDecision)).all()) == 1


def test_a_person_whose_test_is_over_can_only_be_made_void(
    staff: SignedIn, room: Room, session: Session
) -> None:
    set_attempt(session, room.seats[0], state="scored")
    page = staff.get(person(room, room.seats[0])).text
    assert "/void" in page
    assert "/extra-time" not in page


def test_slips_show_a_code_for_everybody_and_only_on_asking(staff: SignedIn, room: Room) -> None:
    # Attributes hold random tokens and ids, which now and then look like a code.
    attribute = re.compile(r'[\w-]+="[^"]*"')
    asked = staff.get(f"/rooms/{room.sitting_id}/codes")
    assert not re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", attribute.sub("", asked.text))
    slips = staff.post(f"/rooms/{room.sitting_id}/codes")
    visible = attribute.sub("", slips.text)
    assert len(set(re.findall(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}\b", visible))) == len(room.seats)
    assert slips.headers["Cache-Control"] == "no-store"
    for seat in room.seats:
        assert seat.full_name in slips.text


def test_a_person_of_another_sitting_is_not_found_here(
    staff: SignedIn, room: Room, session: Session, settings: Settings
) -> None:
    other = make_room(session, settings)
    assert staff.get(person(room, other.seats[0])).status_code == 404
    answer = staff.post(person(room, other.seats[0], "/void"), data={"reason": "Thi hộ"})
    assert answer.status_code == 404
    assert session.scalars(select(RoomDecision)).all() == []


def test_a_form_from_elsewhere_decides_nothing(staff: SignedIn, room: Room, session: Session) -> None:
    del staff.headers["X-CSRF-Token"]
    answer = staff.post(person(room, room.seats[0], "/void"), data={"reason": "Thi hộ"})
    assert answer.status_code == 403
    assert session.scalars(select(RoomDecision)).all() == []


def test_a_stranger_cannot_enter_the_rooms(signed_in: SignIn, room: Room) -> None:
    for role in (Role.AUTHOR, Role.REVIEWER, Role.MARKER, Role.AUDITOR, Role.HR, Role.ADMIN):
        stranger = signed_in(roles={role})
        for path in ("/rooms", f"/rooms/{room.sitting_id}", f"/rooms/{room.sitting_id}/codes"):
            assert stranger.get(path).status_code == 403, (role, path)
        assert stranger.post(f"/rooms/{room.sitting_id}/codes").status_code == 403
        assert (
            stranger.post(person(room, room.seats[0], "/void"), data={"reason": "x" * 5}).status_code == 403
        )


def test_the_pages_speak_english_to_who_chose_it(staff: SignedIn, room: Room) -> None:
    staff.cookies.set("lang", "en")
    page = staff.get(person(room, room.seats[0])).text
    assert "Extra time" in page
    assert "Thêm thời gian" not in page


ROOM_PATHS = ("/all", "/seats", "/incidents")
ROOM_ACTS = (
    "/all/pause",
    "/all/resume",
    "/all/extra-time",
    "/all/shift",
    "/all/message",
    "/seats",
    "/incidents",
)
PERSON_ACTS = (
    "extra-time",
    "admission",
    "pause",
    "resume",
    "identity",
    "message",
    "violation",
    "seat",
    "void",
)


def test_a_stranger_opens_and_does_nothing_in_a_room(signed_in: SignIn, room: Room, session: Session) -> None:
    """Whoever is no invigilator is refused; an invigilator of another sitting does not find it."""
    here = f"/rooms/{room.sitting_id}"
    officers = (f"{here}/people", person(room, room.seats[0], "/log"))
    for role, status in ((Role.MARKER, 403), (Role.INVIGILATOR, 404)):
        stranger = signed_in(roles={role})
        for path in (*(here + path for path in ("", *ROOM_PATHS)), person(room, room.seats[0])):
            assert stranger.get(path).status_code == status, path
        acts = [here + act for act in ROOM_ACTS]
        acts += [person(room, room.seats[0], f"/{act}") for act in PERSON_ACTS]
        form = {"reason": "Mất điện", "minutes": "5", "body": "Chào", "rows": "3", "columns": "3"}
        form |= {"numbering": "rows", "kind": "power", "description": "Mất điện cả phòng", "place": "1"}
        form |= {"document": "card", "level": "reprimand", "signature": "violator"}
        for act in acts:
            assert stranger.post(act, data=form).status_code == status, act
        for path in officers:
            assert stranger.get(path).status_code == 403, path
        assert stranger.post(officers[0]).status_code == 403
        withdrawal = person(room, room.seats[0], f"/violations/{room.exam_id}/withdraw")
        assert stranger.post(withdrawal, data=form).status_code == 403
    assert session.scalars(select(RoomDecision)).all() == []


def test_a_room_is_paused_seated_and_told_by_forms(staff: SignedIn, room: Room, session: Session) -> None:
    here = f"/rooms/{room.sitting_id}"
    for act, form in (
        ("/all/pause", {"reason": "Mất điện"}),
        ("/all/message", {"body": "Xin ngồi tại chỗ"}),
        ("/seats", {"rows": "1", "columns": "2", "numbering": "rows"}),
        (
            "/incidents",
            {"kind": "power", "description": "Mất điện cả phòng", "happened_at": "2026-01-05T08:00"},
        ),
    ):
        answer = staff.post(here + act, data=form)
        assert answer.status_code == 303, act
        assert staff.get(answer.headers["location"]).status_code == 200
    assert all(attempt_of(session, seat).paused_at for seat in room.seats)
    assert "Cả phòng đang tạm dừng" in staff.get(here).text
    assert "05/01/2026 08:00" in staff.get(f"{here}/incidents").text
    for act, form, sentence in (
        ("/all/pause", {"reason": "Mất điện"}, "Đồng hồ đã được tạm dừng trước đó."),
        ("/all/message", {}, "Ghi lời nhắn"),
        ("/seats", {"rows": "1", "columns": "1", "numbering": "rows"}, "cần ít nhất 2 chỗ"),
        ("/incidents", {"description": "ngắn"}, "Chọn loại sự cố."),
    ):
        answer = staff.post(here + act, data=form)
        assert (answer.status_code in (409, 422), sentence in answer.text) == (True, True), act


def test_a_place_where_nobody_sits_stands_empty_in_the_plan(staff: SignedIn, room: Room) -> None:
    here = f"/rooms/{room.sitting_id}/seats"
    assert staff.post(here, data={"rows": "2", "columns": "2", "numbering": "rows"}).status_code == 303
    plan = staff.get(here)
    assert plan.status_code == 200
    assert [seat.full_name in plan.text for seat in room.seats] == [True, True]
    assert plan.text.count(">trống<") == 2


def test_an_officer_reads_the_log_of_a_test_that_is_handed_in(
    signed_in: SignIn, room: Room, session: Session
) -> None:
    officer, seat = signed_in(roles={Role.OFFICER}), room.seats[0]
    assert officer.get(person(room, seat, "/log")).status_code == 409
    set_attempt(session, seat, state="expired")
    assert "Từng câu" in officer.get(person(room, seat, "/log")).text
