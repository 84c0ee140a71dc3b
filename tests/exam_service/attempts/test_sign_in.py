from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Role
from exam_service.attempts.codes import CodeHasher, SittingCollected, issue_codes, plain_code, renew_code
from exam_service.audit import AuditRow
from exam_service.auth.models import LoginSession
from exam_service.auth.throttle import NAME_LIMIT
from exam_service.errors import Forbidden, NotFound
from exam_service.periods.models import Candidate, Period, Sitting
from exam_service.settings import Settings
from tests.fixtures.attempts import Player, Room, make_room, sign_in
from tests.fixtures.periods import actor_with


@pytest.fixture
def room(session: Session, settings: Settings) -> Room:
    return make_room(session, settings)


@pytest.fixture
def hasher(settings: Settings) -> CodeHasher:
    return CodeHasher(settings.signing_secret())


def test_number_and_code_open_the_player(browser: TestClient, room: Room, session: Session) -> None:
    answer = sign_in(browser, room.seats[0])
    assert (answer.status_code, answer.headers["location"]) == (303, "/exam")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert browser.get("/exam").status_code == 200
    kept = session.execute(select(LoginSession.subject_id, LoginSession.user_agent)).all()
    assert kept == [(room.seats[0].candidate_id, "")], "the name of the browser is not kept"


@pytest.mark.parametrize(
    "spell", [str.lower, lambda code: f" {code.replace('-', ' ')} ", lambda c: c.replace("-", "")]
)
def test_spaces_hyphens_and_case_of_the_code_do_not_matter(browser: TestClient, room: Room, spell) -> None:
    assert sign_in(browser, room.seats[0], code=spell(room.seats[0].code)).status_code == 303


def test_a_wrong_code_is_told_beside_the_field_and_the_number_stays(browser: TestClient, room: Room) -> None:
    answer = sign_in(browser, room.seats[0], code="WRONG-CODE")
    assert answer.status_code == 401
    assert "Số báo danh hoặc mã dự thi không đúng" in answer.text
    assert f'value="{room.seats[0].number}"' in answer.text
    assert "WRONG" not in answer.text
    assert browser.get("/exam").status_code == 303


AGAIN = "/api/attempts/sign-in"
OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}


def test_over_a_running_test_number_and_code_sign_in_again(browser: TestClient, room: Room) -> None:
    seat = room.seats[0]
    answer = browser.post(AGAIN, json={"number": seat.number, "code": seat.code}, headers=OWN_PAGE)
    assert answer.status_code == 204
    assert browser.get("/api/attempts/current").json()["candidate"]["number"] == seat.number


def test_a_stranger_cannot_sign_in_over_a_running_test(browser: TestClient, room: Room) -> None:
    seat, other = room.seats[:2]
    for headers, code, status in (
        (OWN_PAGE, other.code, 401),
        ({"Sec-Fetch-Site": "cross-site"}, seat.code, 403),
    ):
        answer = browser.post(AGAIN, json={"number": seat.number, "code": code}, headers=headers)
        assert (answer.status_code, "set-cookie" in answer.headers) == (status, False)


def test_wrong_codes_over_a_running_test_count_towards_the_limit(browser: TestClient, room: Room) -> None:
    wrong = {"number": room.seats[0].number, "code": "WRONG-CODE"}
    answers = [browser.post(AGAIN, json=wrong, headers=OWN_PAGE).status_code for _ in range(NAME_LIMIT + 1)]
    assert answers == [401] * NAME_LIMIT + [429]


def test_a_code_opens_only_its_own_candidates_test(browser: TestClient, room: Room) -> None:
    assert sign_in(browser, room.seats[0], code=room.seats[1].code).status_code == 401


def test_an_unknown_number_is_answered_like_a_wrong_code(browser: TestClient, room: Room) -> None:
    known = sign_in(browser, room.seats[0], code="WRONG-CODE").text
    seat = room.seats[0]
    unknown = sign_in(
        browser, type(seat)(seat.attempt_id, seat.candidate_id, "9999", "", ""), code="WRONG-CODE"
    ).text
    assert "Số báo danh hoặc mã dự thi không đúng" in known
    assert "Số báo danh hoặc mã dự thi không đúng" in unknown


def test_empty_fields_are_named(browser: TestClient, room: Room) -> None:
    browser.get("/exam/sign-in")
    form = {"csrf_token": browser.cookies["candidate_form"], "number": " ", "code": ""}
    answer = browser.post("/exam/sign-in", data=form)
    assert answer.status_code == 422
    assert "Nhập số báo danh" in answer.text
    assert "Nhập mã dự thi" in answer.text


def test_many_wrong_codes_lock_the_number_for_a_while_and_nobody_else(
    browser: TestClient, room: Room
) -> None:
    seat, neighbour = room.seats
    for _ in range(NAME_LIMIT):
        assert sign_in(browser, seat, code="WRONG-CODE").status_code == 401
    locked = sign_in(browser, seat)
    assert locked.status_code == 429
    assert "báo giám thị để nhận mã dự thi mới" in locked.text
    assert sign_in(browser, neighbour).status_code == 303, "the room shares one address"
    with clock.fixed_at(clock.now() + timedelta(minutes=11)):
        assert sign_in(browser, seat).status_code == 303


def test_a_new_code_unlocks_the_number(
    browser: TestClient, room: Room, session: Session, hasher: CodeHasher
) -> None:
    seat = room.seats[0]
    for _ in range(NAME_LIMIT):
        sign_in(browser, seat, code="WRONG-CODE")
    fresh = renew_code(session, seat.candidate_id, hasher=hasher)
    session.commit()
    assert sign_in(browser, seat).status_code == 401, "the old code is void"
    assert sign_in(browser, seat, code=fresh.code).status_code == 303


def test_a_form_from_elsewhere_is_refused(browser: TestClient, room: Room) -> None:
    seat = room.seats[0]
    form = {"number": seat.number, "code": seat.code}
    assert browser.post("/exam/sign-in", data=form).status_code == 403
    browser.get("/exam/sign-in")
    assert browser.post("/exam/sign-in", data={**form, "csrf_token": "x"}).status_code == 403


def test_the_code_signs_in_again_on_another_computer_before_and_after_the_hand_in(
    browser: TestClient, room: Room, settings: Settings, app
) -> None:
    seat = room.seats[0]
    sign_in(browser, seat)
    with_other = TestClient(app, base_url="http://testserver", follow_redirects=False)
    assert sign_in(with_other, seat).status_code == 303
    player = Player(browser, seat, settings)
    player.start()
    player.submit()
    third = TestClient(app, base_url="http://testserver", follow_redirects=False)
    assert sign_in(third, seat).status_code == 303
    assert third.get("/api/attempts/current").json()["receipt"] is not None
    with_other.close()
    third.close()


@pytest.mark.parametrize("state", ["archived"])
def test_codes_of_an_archived_period_open_nothing(
    browser: TestClient, room: Room, session: Session, state: str
) -> None:
    session.execute(update(Period).values(state=state))
    session.commit()
    assert sign_in(browser, room.seats[0]).status_code == 401


def test_signing_out_asks_first_and_then_ends_the_session(
    browser: TestClient, room: Room, session: Session
) -> None:
    sign_in(browser, room.seats[0])
    assert browser.get("/exam/sign-out").status_code == 200
    assert browser.get("/exam").status_code == 200, "a look at the page signs nobody out"
    assert browser.post("/exam/sign-out").status_code == 403, "nor does another site's form"
    token = session.scalars(select(LoginSession.csrf_token)).one()
    answer = browser.post("/exam/sign-out", data={"csrf_token": token})
    assert (answer.status_code, answer.headers["location"]) == (303, "/exam/sign-in")
    assert browser.get("/exam").status_code == 303
    assert browser.get("/api/attempts/current").status_code == 401


def test_a_sign_in_is_in_the_audit_trail_without_the_code(
    browser: TestClient, room: Room, session: Session
) -> None:
    sign_in(browser, room.seats[0])
    row = session.scalars(select(AuditRow).where(AuditRow.action == "candidate.sign_in")).one()
    assert (row.actor_name, row.subject_id) == (room.seats[0].number, str(room.seats[0].candidate_id))
    assert room.seats[0].code not in str(row.detail)


def test_only_hashes_of_codes_are_stored(room: Room, session: Session) -> None:
    hashes = session.scalars(select(Candidate.code_hash)).all()
    assert len(set(hashes)) == len(hashes) == 2
    for seat in room.seats:
        assert all(plain_code(seat.code) not in str(one) for one in hashes)


def test_issuing_again_voids_the_codes_before(
    browser: TestClient, room: Room, session: Session, hasher: CodeHasher
) -> None:
    again = issue_codes(session, room.world.officer, room.sitting_id, hasher=hasher)
    session.commit()
    assert [one.number for one in again] == sorted(one.number for one in again)
    assert sign_in(browser, room.seats[0]).status_code == 401
    assert sign_in(browser, room.seats[0], code=again[0].code).status_code == 303


def test_a_stranger_cannot_issue_codes(room: Room, session: Session, hasher: CodeHasher) -> None:
    for role in (Role.AUTHOR, Role.REVIEWER, Role.MARKER, Role.AUDITOR, Role.HR, Role.ADMIN):
        with pytest.raises(Forbidden):
            issue_codes(session, actor_with(session, role), room.sitting_id, hasher=hasher)


def test_no_codes_for_a_collected_or_unknown_sitting(
    room: Room, session: Session, hasher: CodeHasher
) -> None:
    session.get_one(Sitting, room.sitting_id).collected_at = clock.now()
    with pytest.raises(SittingCollected):
        issue_codes(session, room.world.officer, room.sitting_id, hasher=hasher)
    with pytest.raises(NotFound):
        issue_codes(session, room.world.officer, room.seats[0].attempt_id, hasher=hasher)
