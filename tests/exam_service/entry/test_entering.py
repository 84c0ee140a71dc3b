"""Entering a room under conditions: networks, Safe Exam Browser, the code of the sitting, waivers, hostile headers."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.actor import ActorKind, Role
from exam_service.app import create_app
from exam_service.audit import AuditRow
from exam_service.auth import sessions
from exam_service.db import Database
from exam_service.entry import proving, service
from exam_service.entry.codes import SittingCodes, renew_sitting_code
from exam_service.entry.models import Condition, EntryProof, EntryWaiver
from exam_service.entry.safe_exam_browser import EXAM_KEY_HEADER, HEADER, config_key, key_for_address
from exam_service.entry.service import RuleInput
from exam_service.errors import Invalid
from exam_service.invigilation.clocks import shift_sitting
from exam_service.invigilation.schemas import ShiftInput
from exam_service.settings import Settings
from tests.fixtures.attempts import Room, Seat, make_room, move_sitting, name_invigilator

INSIDE, OUTSIDE, PROXY = "10.1.2.30", "172.16.0.9", "10.255.0.1"


@pytest.fixture
def room(session: Session, settings: Settings) -> Room:
    return make_room(session, settings, people=1)


@pytest.fixture
def proxied(settings: Settings, database: Database) -> FastAPI:
    """The service behind a proxy that it trusts, under a public address."""
    behind = settings.model_copy(
        update={"trusted_proxies": PROXY, "public_url": "https://sathach.example.gov.vn"}
    )
    return create_app(behind, database=database)


class Machine(TestClient):
    """A computer at which a candidate has signed in."""

    csrf: str
    seat: Seat

    def post_form(self, path: str, **data: str) -> Any:
        return self.post(path, data={"csrf_token": self.csrf, **data})

    def current(self, **headers: str) -> dict[str, Any]:
        answer = self.get("/api/attempts/current", headers=headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def call(self, method: str, rest: str, body: Any, **headers: str) -> Any:
        token = self.current(**headers)["token"]
        signed = {"Authorization": f"Bearer {token}", **headers}
        url = f"/api/attempts/{self.seat.attempt_id}/{rest}"
        return self.request(method, url, json=body, headers=signed)

    def start(self, **headers: str) -> Any:
        return self.call("POST", "start", {}, **headers)


@contextmanager
def machine(app: FastAPI, session: Session, seat: Seat, *, address: str = INSIDE) -> Iterator[Machine]:
    opened = sessions.open_session(
        session, kind=ActorKind.CANDIDATE, subject_id=seat.candidate_id, address=address, user_agent="t"
    )
    session.commit()
    client = Machine(app, base_url="http://testserver", follow_redirects=False, client=(address, 50_000))
    client.cookies.set(sessions.CANDIDATE_COOKIE, opened.token)
    client.csrf, client.seat = opened.session.csrf_token, seat
    yield client
    client.close()


def demand(session: Session, room: Room, **values: Any) -> None:
    service.save_rule(
        session,
        room.world.officer,
        period_id=room.period_id,
        exam_id=room.exam_id,
        data=RuleInput(**values),
    )
    session.commit()


def bind(session: Session, room: Room, typed: str) -> None:
    service.save_networks(session, room.world.officer, period_id=room.period_id, room="Phòng 1", typed=typed)
    session.commit()


def key_of(app: FastAPI, room: Room) -> str:
    wanted = proving.browser_settings(app.state.settings, exam_id=room.exam_id, quit_password_hash="")
    return config_key(wanted)


def test_without_conditions_nobody_is_asked_for_anything(session: Session, room: Room, app: FastAPI) -> None:
    with machine(app, session, room.seats[0], address=OUTSIDE) as here:
        assert here.get("/exam").status_code == 200
        assert here.get("/exam/access").headers["location"] == "/exam"
        assert here.start().status_code == 200


def test_whose_sign_in_has_ended_gets_to_the_sign_in_of_candidates(app: FastAPI) -> None:
    with TestClient(app, follow_redirects=False) as nobody:
        answers = [nobody.get(path) for path in ("/exam/access", "/exam/access/sat-hach.seb")]
        answers.append(nobody.post("/exam/access/code", data={"code": "123456"}))
        assert {answer.headers["location"] for answer in answers} == {"/exam/sign-in"}


def test_an_exam_for_safe_exam_browser_neither_starts_nor_saves_in_another(
    session: Session, room: Room, app: FastAPI
) -> None:
    demand(session, room, needs_browser=True)
    with machine(app, session, room.seats[0]) as here:
        assert here.get("/exam").headers["location"] == "/exam/access"
        page = here.get("/exam/access")
        assert "sat-hach.seb" in page.text
        assert here.get("/exam/access/sat-hach.seb").content[:2] == b"\x1f\x8b"
        body = {"sequence": 1, "response": {"choice": "a"}, "flagged": False}
        for answer in (
            here.start(),
            here.call("PUT", "responses/1", body),
            here.call("POST", "submit", {"slots": {}}),
            here.call("GET", "paper", None),
        ):
            assert answer.status_code == 403
            assert answer.json()["code"] == "entry_not_proven"
            assert answer.json()["entry_page"] == "/exam/access"


def test_the_header_of_the_browser_lets_this_sign_in_enter_and_no_other(
    session: Session, room: Room, app: FastAPI, settings: Settings
) -> None:
    demand(session, room, needs_browser=True)
    url = f"{settings.public_url}/exam/access/browser"
    right = {HEADER: key_for_address(url, key_of(app, room))}
    with machine(app, session, room.seats[0]) as here, machine(app, session, room.seats[0]) as there:
        for wrong in ({}, {HEADER: "0" * 64}, {HEADER: key_for_address(url + "/", key_of(app, room))}):
            here.headers.update(wrong)
            refused = here.post_form("/exam/access/browser")
            assert refused.status_code == 403
            assert "không phải Safe Exam Browser" in refused.text
        here.headers.update(right)
        assert here.post_form("/exam/access/browser").status_code == 303
        del here.headers[HEADER]
        assert here.get("/exam").status_code == 200
        assert here.start().status_code == 200
        assert there.get("/exam").headers["location"] == "/exam/access"
        assert there.start().status_code == 403


def test_behind_a_proxy_the_key_is_for_the_public_address(
    session: Session, room: Room, proxied: FastAPI
) -> None:
    demand(session, room, needs_browser=True)
    key = key_of(proxied, room)
    page = "https://sathach.example.gov.vn/exam/access"
    with machine(proxied, session, room.seats[0]) as here:
        for foreign in (
            "https://evil.example/exam/access",
            "https://sathach.example.gov.vn.evil.example/exam",
            "https://sathach.example.gov.vn/examine",
            "http://sathach.example.gov.vn/exam",
        ):
            given = {"key": key_for_address(foreign, key), "page": foreign}
            assert here.post_form("/exam/access/browser", **given).status_code == 403, foreign
        seen_inside = key_for_address("http://testserver/exam/access/browser", key)
        here.headers[HEADER] = seen_inside
        assert here.post_form("/exam/access/browser").status_code == 403
        del here.headers[HEADER]
        given = {"key": key_for_address(page, key), "page": f"{page}#a"}
        assert here.post_form("/exam/access/browser", **given).status_code == 303
        assert here.start().status_code == 200


def test_a_player_that_shows_its_key_goes_on_after_signing_in_again(
    session: Session, room: Room, app: FastAPI, settings: Settings
) -> None:
    demand(session, room, needs_browser=True)
    page = f"{settings.public_url}/exam"
    shown = {
        "Exam-Browser-Key": key_for_address(page, key_of(app, room)),
        "Exam-Browser-Page": page,
    }
    with machine(app, session, room.seats[0]) as here:
        assert here.start(**shown).status_code == 200
        assert here.start().status_code == 403


def test_where_an_exam_names_browser_exam_keys_one_of_them_comes_with_the_config_key(
    session: Session, room: Room, app: FastAPI, settings: Settings
) -> None:
    versions = ["ab" * 32, "CD" * 32]
    with pytest.raises(Invalid) as caught:
        demand(session, room, needs_browser=True, browser_exam_keys="ab" * 31)
    assert caught.value.field == "browser_exam_keys"
    demand(session, room, needs_browser=True, browser_exam_keys="\n".join([*versions, versions[0]]))
    assert service.get_rule(session, room.exam_id).browser_exam_keys == ["ab" * 32, "cd" * 32]
    page = f"{settings.public_url}/exam"
    config = key_for_address(page, key_of(app, room))
    shown = {"Exam-Browser-Key": config, "Exam-Browser-Page": page}
    with machine(app, session, room.seats[0]) as here:
        for wrong in (
            "",
            "ab" * 32,
            key_for_address(f"{page}/other", "ab" * 32),
            key_for_address(page, "ef" * 32),
        ):
            assert here.start(**shown, **{"Exam-Browser-Exam-Key": wrong}).status_code == 403, wrong
        right = {"Exam-Browser-Exam-Key": key_for_address(page, "cd" * 32)}
        assert here.start(**right, **{**shown, "Exam-Browser-Key": "0" * 64}).status_code == 403
        assert here.start(**shown, **right).status_code == 200
        gate = f"{settings.public_url}/exam/access/browser"
        here.headers.update({HEADER: key_for_address(gate, key_of(app, room))})
        assert here.post_form("/exam/access/browser").status_code == 403
        here.headers.update({EXAM_KEY_HEADER: key_for_address(gate, "ab" * 32)})
        assert here.post_form("/exam/access/browser").status_code == 303


def test_a_room_bound_to_its_network_lets_only_its_machines_start(
    session: Session, room: Room, app: FastAPI
) -> None:
    bind(session, room, "10.1.2.0/24")
    with machine(app, session, room.seats[0], address=OUTSIDE) as far:
        assert far.get("/exam").headers["location"] == "/exam/access"
        assert OUTSIDE in far.get("/exam/access").text
        refused = far.start()
        assert (refused.status_code, refused.json()["code"]) == (403, "wrong_network")
        for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP"):
            assert far.start(**{name: INSIDE}).status_code == 403, name
    with machine(app, session, room.seats[0]) as near:
        assert near.get("/exam").status_code == 200
        assert near.start().status_code == 200


def test_a_line_that_changes_in_mid_test_costs_no_answer(session: Session, room: Room, app: FastAPI) -> None:
    bind(session, room, "10.1.2.0/24")
    with machine(app, session, room.seats[0]) as here:
        token = here.current()["token"]
        assert here.start().status_code == 200
    with machine(app, session, room.seats[0], address=OUTSIDE) as moved:
        url = f"/api/attempts/{room.seats[0].attempt_id}/submit"
        answer = moved.post(url, json={"slots": {}}, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200, answer.text


def test_of_a_trusted_proxy_the_last_address_counts(session: Session, room: Room, proxied: FastAPI) -> None:
    bind(session, room, "10.1.2.0/24")
    cases = (
        (f"{INSIDE}, {OUTSIDE}", 403),  # what the caller claimed stands first
        ("garbage", 403),
        ("", 403),
        (f"{OUTSIDE}, {INSIDE}", 200),  # what the proxy itself saw stands last
        (INSIDE, 200),
    )
    with machine(proxied, session, room.seats[0], address=PROXY) as here:
        for forwarded, status in cases:
            assert here.start(**{"X-Forwarded-For": forwarded}).status_code == status, forwarded


def test_the_code_of_the_room_is_typed_once_for_all_machines(
    session: Session, room: Room, app: FastAPI, settings: Settings
) -> None:
    demand(session, room, needs_code=True)
    codes = SittingCodes(settings.signing_secret())
    code = codes.code(room.sitting_id, 1)
    with machine(app, session, room.seats[0]) as here, machine(app, session, room.seats[0]) as other:
        assert here.start().json()["code"] == "entry_not_proven"
        assert here.post_form("/exam/access/code", code="000000").status_code == 422
        assert here.post_form("/exam/access/code", code=f" {code[:3]} {code[3:]}").status_code == 303
        assert here.start().status_code == 200
        assert other.get("/exam").status_code == 200
    assert session.scalars(select(EntryProof.condition)).all() == ["code"]
    renewed = renew_sitting_code(session, room.world.officer, room.sitting_id)
    assert codes.code(room.sitting_id, renewed) != code


def test_the_room_reads_the_code_half_an_hour_before_the_shifted_start(
    session: Session, room: Room, settings: Settings, signed_in: Any
) -> None:
    demand(session, room, needs_code=True)
    move_sitting(session, room, started_ago=timedelta(minutes=-20))
    code = SittingCodes(settings.signing_secret()).code(room.sitting_id, 1)
    officer, at = signed_in(roles={Role.OFFICER}), f"/rooms/{room.sitting_id}/access"
    assert f"{code[:3]} {code[3:]}" in officer.get(at).text
    later = ShiftInput(minutes=60, reason="Mất điện")
    shift_sitting(session, room.world.officer, room.sitting_id, data=later)
    session.commit()
    assert f"{code[:3]} {code[3:]}" not in officer.get(at).text


def test_wrong_codes_are_slowed_down_and_the_right_one_waits_too(
    session: Session, room: Room, app: FastAPI, settings: Settings
) -> None:
    demand(session, room, needs_code=True)
    code = SittingCodes(settings.signing_secret()).code(room.sitting_id, 1)
    with machine(app, session, room.seats[0]) as here:
        tries = [here.post_form("/exam/access/code", code="１２３").status_code for _ in range(5)]
        assert tries == [422] * 5
        locked = here.post_form("/exam/access/code", code=code)
        assert locked.status_code == 429
        assert here.post("/exam/access/code", data={"code": code}).status_code == 403  # no token of the page


def test_an_invigilator_waives_a_condition_for_one_candidate_with_a_reason(
    session: Session, room: Room, app: FastAPI, signed_in: Any
) -> None:
    demand(session, room, needs_browser=True)
    bind(session, room, "10.1.2.0/24")
    invigilator = signed_in(roles={Role.INVIGILATOR})
    name_invigilator(session, room, invigilator.account.id)
    at = f"/rooms/{room.sitting_id}/access"
    seat = room.seats[0]
    form = {"attempt_id": str(seat.attempt_id), "condition": "browser", "reason": ""}
    assert invigilator.post(f"{at}/waivers", data=form).status_code == 422
    form["reason"] = "Máy không cài được"
    assert invigilator.post(f"{at}/waivers", data=form).status_code == 303
    assert invigilator.post(f"{at}/waivers", data=form).status_code == 409
    session.expire_all()
    assert [row.condition for row in session.scalars(select(EntryWaiver))] == [Condition.BROWSER]
    trail = session.scalars(select(AuditRow).where(AuditRow.action == "candidate.waive_entry")).one()
    assert trail.detail["reason"] == "Máy không cài được"
    with machine(app, session, seat, address=OUTSIDE) as far:
        assert far.start().json()["code"] == "wrong_network"
        form["condition"] = "network"
        assert invigilator.post(f"{at}/waivers", data=form).status_code == 303
        assert far.start().status_code == 200
    assert "Máy không cài được" in invigilator.get(at).text


def test_strangers_neither_see_nor_set_conditions(session: Session, room: Room, signed_in: Any) -> None:
    period, sitting = f"/periods/{room.period_id}/access", f"/rooms/{room.sitting_id}/access"
    writes = (f"{period}/exams/{room.exam_id}", f"{period}/rooms")
    files = (f"{period}/exams/{room.exam_id}/sat-hach.seb", f"{period}/exams/{room.exam_id}/sat-hach.plist")
    auditor, invigilator = signed_in(roles={Role.AUDITOR}), signed_in(roles={Role.INVIGILATOR})
    for path in (period, files[0]):
        assert auditor.get(path).status_code == 200, path
        assert invigilator.get(path).status_code == 403, path
    for stranger in (auditor, invigilator):
        assert stranger.get(files[1]).status_code == 403, "readable settings are for whoever may change them"
    for path in writes:
        assert auditor.post(path, data={"room": "Phòng 1"}).status_code == 403, path
    for path in (sitting, f"{sitting}/code", f"{sitting}/waivers"):
        method = "GET" if path == sitting else "POST"
        assert auditor.request(method, path).status_code == 403, path
    assert invigilator.get(sitting).status_code == 404, "not of this room"
    name_invigilator(session, room, invigilator.account.id)
    assert invigilator.get(sitting).status_code == 200
    assert invigilator.get(f"/rooms/{room.period_id}/access").status_code == 404
    officer = signed_in(roles={Role.OFFICER})
    assert officer.post(f"{period}/rooms", data={"room": "Phòng 9", "networks": ""}).status_code == 404
    assert officer.post(f"{period}/exams/{room.period_id}", data={}).status_code == 404


def test_an_officer_sets_the_conditions_and_sees_what_is_wrong(
    session: Session, room: Room, signed_in: Any
) -> None:
    officer = signed_in(roles={Role.OFFICER})
    at = f"/periods/{room.period_id}/access"
    wrong = officer.post(f"{at}/rooms", data={"room": "Phòng 1", "networks": "10.1.2.0/99"})
    assert wrong.status_code == 422
    assert "“10.1.2.0/99” không phải" in wrong.text
    assert officer.post(f"{at}/rooms", data={"room": "Phòng 1", "networks": "10.1.2.7/24"}).status_code == 303
    wrong = officer.post(f"{at}/exams/{room.exam_id}", data={"browser_exam_keys": "abc"})
    assert wrong.status_code == 422
    assert "“abc” không phải Browser Exam Key" in wrong.text
    assert ">abc</textarea>" in wrong.text
    data = {"needs_browser": "1", "needs_code": "1", "quit_password": "thoát"}
    assert officer.post(f"{at}/exams/{room.exam_id}", data=data).status_code == 303
    assert officer.post(f"{at}/exams/{room.exam_id}", data={**data, "quit_password": ""}).status_code == 303
    session.expire_all()
    rule = service.get_rule(session, room.exam_id)
    assert (rule.needs_browser, rule.needs_code, len(rule.quit_password_hash)) == (True, True, 64)
    page = officer.get(at).text
    assert "10.1.2.0/24" in page
    assert rule.quit_password_hash not in page
    officer.cookies.set("lang", "en")
    assert "Only in Safe Exam Browser" in officer.get(at).text
    assert "Waive a condition for one candidate" in officer.get(f"/rooms/{room.sitting_id}/access").text
