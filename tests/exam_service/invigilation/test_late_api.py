"""Candidates added after the seal as JSON, and the annex to the minutes of sealing that lists them."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.attempts.models import Attempt
from exam_service.documents.kinds import BY_CODE
from exam_service.documents.models import IssuedDocument
from exam_service.documents.subjects import Letterhead
from exam_service.invigilation.sealing import seal_period
from exam_service.periods.models import LateDraw
from tests.fixtures.auth import SignIn
from tests.fixtures.documents import word_text
from tests.fixtures.periods import World, make_person, make_position, make_world

REASON = "Bổ nhiệm theo Quyết định 12/QĐ-UBND"


@pytest.fixture
def world(session: Session) -> World:
    """A sealed period of three candidates with free seats."""
    made = make_world(session, people=3, items_per_cell=6)
    made.sitting.capacity = 10
    session.commit()
    seal_period(session, made.officer, period_id=made.period.id)
    session.commit()
    return made


def body(session: Session, world: World, **values: Any) -> dict[str, Any]:
    """For somebody who has just been appointed."""
    person = make_person(session, unit=world.unit, position=world.position)
    session.commit()
    return {"person_id": str(person.id), "sitting_id": str(world.sitting.id), "reason": REASON} | values


def test_somebody_is_added_and_listed_with_the_place_of_the_paper_in_the_chain(
    world: World, session: Session, signed_in: SignIn
) -> None:
    officer, auditor = signed_in(roles={Role.OFFICER}), signed_in(roles={Role.AUDITOR})
    at = f"/api/periods/{world.period.id}/late-candidates"
    assert auditor.get(at).json() == {"items": [], "page": 1, "page_size": 50, "total": 0}
    made = [officer.post(at, json=body(session, world)) for _person in range(2)]
    assert [answer.status_code for answer in made] == [201, 201]
    first, second = (answer.json() for answer in made)
    assert (first["number"], first["late_number"], second["late_number"]) == ("0004", 1, 2)
    assert second["previous"] == first["chain"]
    assert first["added_by"] == officer.account.display_name
    attempt = session.get_one(Attempt, UUID(first["attempt_id"]))
    assert (str(attempt.candidate_id), attempt.state) == (first["candidate_id"], "assigned")
    listed = auditor.get(at, params={"page_size": 1, "page": 2}).json()
    assert (listed["total"], listed["items"][0]["chain"]) == (2, second["chain"])
    assert "attempt_id" not in listed["items"][0]


def test_what_stands_in_the_way_is_a_problem_with_its_code_and_nothing_is_written(
    world: World, session: Session, signed_in: SignIn
) -> None:
    officer = signed_in(roles={Role.OFFICER})
    at = f"/api/periods/{world.period.id}/late-candidates"
    known = body(session, world)
    assert officer.post(at, json=known).status_code == 201
    elsewhere = make_person(session, unit=world.unit, position=make_position(session))
    nowhere = str(UUID(int=5))
    for given, status, code in (
        (known, 409, "already_candidate"),
        (body(session, world, person_id=str(elsewhere.id)), 409, "other_position"),
        (body(session, world, sitting_id=nowhere), 404, "not_found"),
        (body(session, world, person_id=nowhere), 404, "not_found"),
        (body(session, world, reason=" "), 422, "invalid"),
    ):
        answer = officer.post(at, json=given)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"
    assert officer.post(at.replace(str(world.period.id), nowhere), json=known).status_code == 404
    assert session.scalar(select(func.count()).select_from(LateDraw)) == 1


def test_a_stranger_neither_lists_nor_adds(world: World, session: Session, signed_in: SignIn) -> None:
    at, given = f"/api/periods/{world.period.id}/late-candidates", body(session, world)
    for role in (Role.INVIGILATOR, Role.AUTHOR, Role.MARKER, Role.HR, Role.ADMIN):
        client = signed_in(roles={role})
        assert client.get(at).status_code == 403
        assert client.post(at, json=given).status_code == 403
    assert signed_in(roles={Role.AUDITOR}).post(at, json=given).status_code == 403
    assert session.scalar(select(func.count()).select_from(LateDraw)) == 0


def test_the_document_of_the_api_gives_an_example_and_names_every_refusal(signed_in: SignIn) -> None:
    paths = signed_in(roles={Role.OFFICER}).get("/openapi.json").json()["paths"]
    verbs = paths["/api/periods/{period_id}/late-candidates"]
    assert set(verbs["post"]["requestBody"]["content"]["application/json"]["example"]) == {
        "person_id",
        "sitting_id",
        "reason",
        "is_admitted",
    }
    conflict = verbs["post"]["responses"]["409"]["content"]["application/problem+json"]
    assert {"already_candidate", "sitting_full", "no_late_paper"} <= set(conflict["examples"])
    assert set(verbs["get"]["responses"]) >= {"200", "401", "403", "404"}


def test_the_annex_lists_who_was_added_and_leaves_the_minutes_of_sealing_as_they_are(
    world: World, session: Session, signed_in: SignIn
) -> None:
    officer = signed_in(roles={Role.OFFICER})
    papers = f"/periods/{world.period.id}/documents"
    annex = f"/documents/late_papers/{world.period.id}"
    empty = officer.get(papers)
    assert (empty.status_code, "Phụ lục biên bản niêm phong" in empty.text) == (200, False)
    assert officer.get(annex).status_code == 404
    before = sealing_minutes(session, world)
    at = f"/api/periods/{world.period.id}/late-candidates"
    added = [officer.post(at, json=body(session, world)).json() for _person in range(2)]
    assert sealing_minutes(session, world) == before
    assert annex in officer.get(papers).text
    assert officer.post(annex).status_code == 303
    document = session.scalars(select(IssuedDocument).where(IssuedDocument.kind == "late_papers")).one()
    answer = officer.post(f"/documents/issued/{document.id}/print", data={"format": "docx"})
    said = word_text(answer.content)
    for one in added:
        chain = " ".join(one["chain"][start : start + 8] for start in range(0, 64, 8))
        for words in (f"{one['number']} – {one['full_name']}", REASON, one["added_by"], chain):
            assert words in said, words
    assert added[0]["previous"] in said
    for role, status in ((Role.INVIGILATOR, 404), (Role.MARKER, 403)):
        assert signed_in(roles={role}).get(annex).status_code == status


def sealing_minutes(session: Session, world: World) -> Any:
    session.expire_all()
    kind = BY_CODE["sealing"]
    subject = kind.scope.find_subject(session, world.period.id)
    assert subject is not None
    return kind.compose(session, subject, Letterhead("UBND", "Cần Thơ"), {})
