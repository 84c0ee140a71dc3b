"""Likes and changes of law for programs: what they answer, and that strangers get nothing."""

from uuid import UUID

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Role
from exam_service.bank.models import Bank, Item
from exam_service.bank.similar.families import family_of
from tests.fixtures.auth import SignIn
from tests.fixtures.bank import (
    actor_of,
    make_actor,
    make_approved,
    make_bank,
    make_competency,
    make_draft,
    make_item,
)
from tests.fixtures.legal import make_document

STEM = "Thời hạn đăng ký khai sinh cho trẻ em kể từ ngày sinh là bao nhiêu ngày?"


@pytest.fixture
def bank(session: Session) -> Bank:
    make_competency(session)
    return make_bank(session)


def twins(session: Session, bank: Bank, author: Actor) -> tuple[Item, Item]:
    one = make_item(session, bank, author, draft=make_draft(STEM))
    other = make_item(session, bank, author, draft=make_draft(STEM.replace("trẻ em", "trẻ")))
    session.commit()
    return one, other


def test_likes_are_listed_decided_and_reopened(session: Session, bank: Bank, signed_in: SignIn) -> None:
    client = signed_in(roles={Role.AUTHOR})
    me = actor_of(client.account)
    one, other = twins(session, bank, me)
    address = f"/api/bank/items/{one.id}/likes"
    (found,) = client.get(address).json()["likes"]
    assert (found["code"], found["bank"], found["decision"]) == (other.code, bank.code, None)
    done = client.put(f"{address}/{other.id}", json={"decision": "family"})
    assert (done.status_code, done.json()) == (200, {"likes": [], "hidden": 0})
    assert [item.id for item in family_of(session, me, item_id=one.id)[0]] == [other.id]
    again = client.put(f"{address}/{other.id}", json={"decision": "different"})
    assert (again.status_code, again.json()["code"]) == (409, "pair_is_decided")
    (decided,) = client.get(f"{address}?state=decided").json()["likes"]
    assert decided["decision"] == "family"
    assert len(client.delete(f"{address}/{other.id}").json()["likes"]) == 1
    assert client.put(f"{address}/{other.id}", json={"decision": "zzz"}).status_code == 422


def test_a_change_is_previewed_recorded_listed_and_taken_back(
    session: Session, bank: Bank, signed_in: SignIn
) -> None:
    author, reviewer = make_actor(session, Role.AUTHOR), make_actor(session, Role.REVIEWER)
    law = make_document(session, "60/2014/QH13")
    make_document(session, "80/2025/QH15")
    version = make_approved(session, bank, author, reviewer)
    session.commit()
    client = signed_in(roles={Role.REVIEWER})
    address = f"/api/bank/legal/documents/{law.id}/changes"
    change = {"kind": "amends", "by": "80/2025/QH15", "places": "Điều 15", "effective_on": "2025-07-01"}
    seen = client.post(f"{address}/preview", json=change).json()
    assert [item["item"] for item in seen["suspended"]] == [version.item.code]
    assert seen["is_due"] is True
    outdated = client.post(address, json=change | {"seen": "0" * 64})
    assert (outdated.status_code, outdated.json()["code"]) == (409, "preview_outdated")
    made = client.post(address, json=change | {"seen": seen["fingerprint"]})
    assert made.status_code == 201
    assert (made.json()["target"], made.json()["places"][0]["article"]) == ("60/2014/QH13", "15")
    session.expire_all()
    assert version.state == "suspended"
    assert [one["id"] for one in client.get(address).json()] == [made.json()["id"]]
    back = client.post(f"/api/bank/legal/changes/{made.json()['id']}/undo", json={"reason": "Ghi nhầm"})
    assert (back.status_code, back.json()["undoes"]) == (201, made.json()["id"])
    again = client.post(f"/api/bank/legal/changes/{made.json()['id']}/undo", json={"reason": "Ghi nhầm"})
    assert again.status_code == 409
    assert client.post(f"{address}/preview", json={"kind": "amends"}).status_code == 422


def test_strangers_get_nothing(session: Session, bank: Bank, signed_in: SignIn, browser: TestClient) -> None:
    one, other = twins(session, bank, make_actor(session, Role.AUTHOR))
    law = make_document(session)
    elsewhere = make_bank(session)
    session.commit()
    likes, changes = f"/api/bank/items/{one.id}/likes", f"/api/bank/legal/documents/{law.id}/changes"
    unknown = UUID(int=1)
    calls = (
        ("GET", likes, None),
        ("PUT", f"{likes}/{other.id}", {"decision": "family"}),
        ("DELETE", f"{likes}/{other.id}", None),
        ("GET", changes, None),
        ("POST", f"{changes}/preview", {"kind": "expires", "effective_on": "2025-07-01"}),
        ("POST", changes, {"kind": "expires", "effective_on": "2025-07-01"}),
        ("POST", f"/api/bank/legal/changes/{unknown}/undo", {"reason": "x"}),
    )
    officer = signed_in(roles={Role.OFFICER})
    for method, address, body in calls:
        assert browser.request(method, address, json=body).status_code == 401, address
        assert officer.request(method, address, json=body).status_code == 403, address
    # Of another position: its bank is not known, and the register is not theirs to change.
    limited = signed_in(roles={Role.AUTHOR, Role.REVIEWER}, bank_position_ids=[elsewhere.position_id])
    expected = [404, 404, 404, 200, 403, 403, 403]
    found = [limited.request(method, address, json=body).status_code for method, address, body in calls]
    assert found == expected


def test_the_addresses_are_documented(app: FastAPI) -> None:
    paths = app.openapi()["paths"]
    for path, methods in {
        "/api/bank/items/{item_id}/likes": {"get"},
        "/api/bank/items/{item_id}/likes/{other_id}": {"put", "delete"},
        "/api/bank/legal/documents/{document_id}/changes": {"get", "post"},
        "/api/bank/legal/documents/{document_id}/changes/preview": {"post"},
        "/api/bank/legal/changes/{relation_id}/undo": {"post"},
    }.items():
        assert set(paths[path]) == methods
        assert all("401" in operation["responses"] for operation in paths[path].values())
