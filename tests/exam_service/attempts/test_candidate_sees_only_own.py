"""Whatever a candidate can fetch holds neither a key nor anything about anybody else."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.bank.models import ItemVersion
from exam_service.periods.models import SealedForm
from exam_service.settings import Settings
from tests.fixtures.attempts import LiveRoom, Room, running_room, sign_in

# Documents for programmers: they name fields of staff interfaces, and hold no data.
PUBLIC_DOCUMENTS = {"/openapi.json", "/api/v1/events/result.schema.json"}
FIELD_NAMES = {"rationale", "form_hash", "code_hash", "semantic_hash"}
# What fills the places of an address: the candidate's own, and a stranger's.
PLACES = re.compile(r"\{(\w+)(?::\w+)?\}")


@pytest.fixture
def live(own_database_url: str, settings: Settings) -> Iterator[LiveRoom]:
    with running_room(own_database_url, settings, people=3) as live:
        yield live


def addresses(live: LiveRoom, *, seat: int) -> list[tuple[str, str]]:
    """(method, address) of every route of the service, its places filled with what belongs to `seat`."""
    own = live.room.seats[seat]
    fill = {
        "attempt_id": str(own.attempt_id),
        "candidate_id": str(own.candidate_id),
        "sitting_id": str(live.room.sitting_id),
        "period_id": str(live.room.period_id),
        "exam_id": str(live.room.exam_id),
        "slot": "1",
    }
    found = []
    for path, methods in routes(live.client.app):
        address = PLACES.sub(lambda match: fill.get(match[1], str(own.candidate_id)), path)
        found += [(method, address) for method in sorted(methods - {"HEAD", "OPTIONS"})]
    assert len(found) > 15, "the walk must see the routes of the service"
    return found


def routes(app: Any) -> Iterator[tuple[str, set[str]]]:
    """Every address of the application, through included routers; static files apart, which hold no data."""
    for context in iter_route_contexts(app.routes):
        if context.path and context.methods:
            yield context.path, set(context.methods)


def secrets_of(session: Session, room: Room, *, seat: int) -> set[str]:
    """Texts that the candidate at `seat` must never receive."""
    secrets = {"BÍ MẬT", *FIELD_NAMES}
    for other in room.seats[:seat] + room.seats[seat + 1 :]:
        secrets |= {
            other.full_name,
            f'"{other.number}"',
            str(other.attempt_id),
            str(other.candidate_id),
            other.code,
        }
    for version in session.scalars(select(ItemVersion)):
        secrets |= {str(version.id), str(version.item_id)}
    forms = session.scalars(
        select(SealedForm.form_hash).where(SealedForm.candidate_id != room.seats[seat].candidate_id)
    )
    return secrets | set(forms)


def test_no_answer_of_any_route_holds_a_secret(live: LiveRoom) -> None:
    with live.database.sessions() as session:
        secrets = secrets_of(session, live.room, seat=0)
    player = live.player()
    sign_in(live.client, live.room.seats[0])
    player.start()
    answered = 0
    for seat in (0, 1):
        for method, address in addresses(live, seat=seat):
            if "sign-out" in address:
                continue
            asked_by_me = seat == 1 and address.encode()
            answer = live.client.request(method, address, headers=player.headers, json={})
            text = answer.text
            if asked_by_me:  # a refusal repeats the address that was asked for, nothing more
                text = text.replace(address, "")
            forbidden = secrets - FIELD_NAMES if address in PUBLIC_DOCUMENTS else secrets
            leaked = {secret for secret in forbidden if secret in text}
            assert not leaked, (method, address, leaked)
            assert answer.status_code < 500, (method, address)
            answered += answer.status_code == 200
    assert answered >= 4


def test_what_the_player_receives_names_no_key(live: LiveRoom) -> None:
    body = live.player().start().json()
    allowed = {"type", "stem", "options"}
    for section in body["form"]["sections"]:
        assert set(section) == {"title", "slots"}
        for slot in section["slots"]:
            assert set(slot) == {"slot", "points", "view"}
            assert set(slot["view"]) == allowed
            assert all(set(option) == {"id", "text"} for option in slot["view"]["options"])


def test_every_address_of_another_attempt_is_not_found(live: LiveRoom) -> None:
    mine, other = live.player(0), live.player(1)
    mine.start()
    other.start()
    for method, rest, body in (
        ("POST", "start", None),
        ("PUT", "responses/1", {"sequence": 1, "response": {"choice": "a"}, "flagged": False}),
        ("GET", "clock", None),
        ("POST", "submit", {"slots": {}}),
    ):
        answer = live.client.request(method, other.url(rest), headers=mine.headers, json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), rest


def test_staff_pages_and_interfaces_are_closed_to_a_candidate(live: LiveRoom) -> None:
    sign_in(live.client, live.room.seats[0])
    player = live.player()
    for method, address in addresses(live, seat=0):
        if address not in PUBLIC_DOCUMENTS and address.startswith(
            ("/rooms", "/admin", "/periods", "/bank", "/people", "/results", "/feed", "/api/v1")
        ):
            answer = live.client.request(method, address, headers=player.headers)
            assert answer.status_code in (303, 401, 403, 404, 405), (method, address)
            if answer.status_code == 303:
                assert answer.headers["location"].startswith("/sign-in")


def test_the_candidates_cookie_is_no_staff_cookie(live: LiveRoom) -> None:
    sign_in(live.client, live.room.seats[0])
    token = live.client.cookies["candidate_session"]
    live.client.cookies.set("staff_session", token)
    assert live.client.get("/rooms").status_code == 303
