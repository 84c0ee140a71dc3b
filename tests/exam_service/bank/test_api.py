"""The bank for programs: list, read, create, save, submit."""

import pytest
from fastapi import FastAPI
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.bank.models import Bank
from tests.fixtures.auth import SignedIn, SignIn
from tests.fixtures.bank import make_actor, make_draft, make_item


@pytest.fixture
def client(bank: Bank, signed_in: SignIn) -> SignedIn:
    return signed_in(roles={Role.AUTHOR})


def body(**values: object) -> dict[str, object]:
    return {"bank": "TPHT", **make_draft().model_dump(mode="json", exclude={"source_id"}), **values}


def test_an_item_is_created_read_saved_and_submitted(client: SignedIn) -> None:
    made = client.post("/api/bank/items", json=body())
    assert made.status_code == 201
    address = made.headers["location"]
    item = client.get(address).json()
    assert (item["code"], item["state"], item["item"]["citations"][0]["document_number"]) == (
        "TPHT-0001",
        "draft",
        "60/2014/QH13",
    )
    changed = {**item["item"], "level": "apply"}
    saved = client.put(f"{address}/draft?revision={item['revision']}", json=changed)
    assert saved.json()["level"] == "apply"
    stale = client.put(f"{address}/draft?revision={item['revision']}", json=item["item"])
    assert (stale.status_code, stale.json()["code"]) == (409, "stale")
    sent = client.post(f"{address}/submit", json={"revision": saved.json()["revision"]})
    assert [version["state"] for version in sent.json()["versions"]] == ["in_review"]
    again = client.post(f"{address}/submit", json={"revision": sent.json()["revision"]})
    assert (again.status_code, again.json()["code"]) == (409, "no_draft")


def test_an_incomplete_item_is_refused_with_every_reason(client: SignedIn) -> None:
    made = client.post("/api/bank/items", json=body(level=None, competency=None)).json()
    refused = client.post(f"/api/bank/items/{made['id']}/submit", json={"revision": made["revision"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "item_incomplete")
    assert len(refused.json()["errors"]) == 2
    assert refused.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "values",
    [
        {"content": {"type": "nonsense"}},
        {"content": "text"},
        {"level": "hard"},
        {"competency": "không mã"},
        {"citations": [{"document_number": "không số"}]},
        {"expected_time_s": -1},
        {"unknown": 1},
        {"tags": ["x" * 65]},
    ],
)
def test_malformed_content_is_refused(client: SignedIn, values: dict[str, object]) -> None:
    answer = client.post("/api/bank/items", json=body(**values))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_an_item_whose_options_share_an_id_is_shown_and_not_submitted(client: SignedIn) -> None:
    content = make_draft().content.model_dump(mode="json")
    for option in content["options"]:
        option["id"] = "same"
    made = client.post("/api/bank/items", json=body(content=content)).json()
    for path in ("", "/edit"):
        assert client.get(f"/bank/items/{made['id']}{path}").status_code == 200
    sent = client.post(f"/api/bank/items/{made['id']}/submit", json={"revision": made["revision"]})
    assert sent.status_code == 422


def test_an_oversize_body_is_refused(client: SignedIn) -> None:
    assert client.post("/api/bank/items", json=body(tags=["x" * 300_000])).status_code == 413


def test_a_list_is_walked_by_its_cursor(session: Session, bank: Bank, client: SignedIn) -> None:
    author = make_actor(session, Role.AUTHOR)
    codes = [make_item(session, bank, author).code for _place in range(5)]
    session.commit()
    seen, cursor = [], ""
    while True:
        answer = client.get(f"/api/bank/items?limit=2{cursor}").json()
        seen += [item["code"] for item in answer["items"]]
        if answer["next_cursor"] is None:
            break
        cursor = f"&cursor={answer['next_cursor']}"
    assert seen == codes
    for odd in ("x", "e30", "////"):
        assert client.get(f"/api/bank/items?cursor={odd}").json()["code"] == "bad_cursor"


def test_the_api_is_documented_with_its_refusals(app: FastAPI) -> None:
    paths = app.openapi()["paths"]
    submit = paths["/api/bank/items/{item_id}/submit"]["post"]
    assert {"401", "403", "404", "409", "422"} <= set(submit["responses"])
    assert "application/problem+json" in submit["responses"]["409"]["content"]
    assert not [path for path in paths if path.startswith("/bank")], "pages are no API"
