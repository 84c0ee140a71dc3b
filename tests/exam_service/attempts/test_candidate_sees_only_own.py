"""Whatever a candidate can fetch holds neither a key nor anything about anybody else."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.attempts.handing_in import close_collected_sittings, collect_due_attempts
from exam_service.attempts.models import Attempt
from exam_service.bank.models import ItemVersion
from exam_service.marking.service import score_period
from exam_service.people.models import Person
from exam_service.periods.lifecycle import close_period
from exam_service.periods.models import Candidate, SealedForm
from exam_service.rating_feed.outbox import release_period
from exam_service.results.models import Result
from exam_service.settings import Settings
from tests.fixtures.attempts import LiveRoom, Room, move_sitting, running_room, sign_in

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
    secrets = {"BÍ MẬT", "rationale", "form_hash", "code_hash", "semantic_hash"}
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
    own = room.seats[seat].candidate_id
    forms = session.scalars(select(SealedForm.form_hash).where(SealedForm.candidate_id != own))
    attempts = session.scalars(select(Attempt).where(Attempt.candidate_id != own))
    receipts = {text for one in attempts for text in (one.receipt_code, one.digest) if text}
    people = session.scalars(
        select(Person.staff_code).join(Candidate, Candidate.person_id == Person.id).where(Candidate.id != own)
    )
    results = session.scalars(select(Result.id).where(Result.candidate_id != own))
    return secrets | set(forms) | receipts | set(people) | {str(result_id) for result_id in results}


# Names under which a key, or what leads to it, could travel in JSON.
TELLING = {
    "key",
    "keys",
    "correct",
    "is_correct",
    "is_key",
    "answer",
    "score",
    "rationale",
    "version_id",
    "item_id",
}


def names_in(body: Any) -> Iterator[str]:
    """Every name of every object of a JSON body."""
    if isinstance(body, dict):
        for name, value in body.items():
            yield name
            yield from names_in(value)
    elif isinstance(body, list):
        for value in body:
            yield from names_in(value)


def hand_in(live: LiveRoom) -> None:
    """Both have answered and handed in."""
    for player in (live.player(0), live.player(1)):
        player.start()
        assert player.save(1, 1, None).status_code == 200
        assert player.submit({1: 1}).status_code == 200


def release(live: LiveRoom) -> None:
    """The period is over, marked and released."""
    hand_in(live)
    with live.database.sessions() as session:
        move_sitting(session, live.room, started_ago=timedelta(hours=2))
    officer, period_id = live.room.world.officer, live.room.period_id
    with live.database.transaction() as session:
        collect_due_attempts(session)
        close_collected_sittings(session)
        close_period(session, officer, period_id=period_id)
        score_period(session, officer, period_id=period_id)
        release_period(session, officer, period_id=period_id)


@pytest.mark.parametrize("moment", ["before the start", "during", "after handing in", "after the release"])
def test_no_answer_of_any_route_holds_a_secret(live: LiveRoom, moment: str) -> None:
    sign_in(live.client, live.room.seats[0])
    match moment:
        case "before the start":
            with live.database.sessions() as session:
                move_sitting(session, live.room, started_ago=timedelta(minutes=-10))
        case "during":
            live.player(0).start()
            live.player(1).start()
        case "after handing in":
            hand_in(live)
        case "after the release":
            release(live)
    with live.database.sessions() as session:
        secrets = secrets_of(session, live.room, seat=0)
    answered = 0
    for seat in (0, 1):
        for method, address in addresses(live, seat=seat):
            if "sign-out" not in address and address != "/openapi.json":
                answered += fetch_nothing_secret(live, method, address, secrets=secrets)
    assert answered >= 4


def fetch_nothing_secret(live: LiveRoom, method: str, address: str, *, secrets: set[str]) -> bool:
    """Call as the first candidate and look through what comes back; true when it was a page or data."""
    answer = live.client.request(method, address, headers=live.player().headers, json={})
    assert answer.status_code < 500, (method, address)
    # A refusal repeats the address that was asked for, nothing more.
    text = answer.text.replace(address, "")
    leaked = {secret for secret in secrets if secret in text}
    assert not leaked, (method, address, leaked)
    if answer.headers.get("content-type", "").startswith("application/json"):
        telling = TELLING & set(names_in(answer.json()))
        assert not telling, (method, address, telling)
    return answer.status_code == 200


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
