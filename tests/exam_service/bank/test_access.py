"""Every address of the bank: who is let in, who is sent away, and what a stranger cannot find."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.bank import api, imports, pages
from exam_service.bank.models import Bank, Item, ItemImport, ItemVersion
from tests.fixtures.auth import SignIn
from tests.fixtures.bank import (
    make_actor,
    make_bank,
    make_competency,
    make_draft,
    make_item,
    make_submitted,
    question_file,
)

ANY = {Role.AUTHOR, Role.REVIEWER}
WRITE, JUDGE = {Role.AUTHOR}, {Role.REVIEWER}


@dataclass(frozen=True)
class Place:
    """An address, the roles that it lets in, and whether it names a thing of one bank."""

    method: str
    path: str
    roles: frozenset[Role]
    is_of_bank: bool

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    def __str__(self) -> str:
        return self.name


def place(method: str, path: str, roles: set[Role], *, of_bank: bool = False) -> Place:
    return Place(method, path, frozenset(roles), of_bank)


PLACES = (
    place("GET", "/bank", ANY),
    place("GET", "/bank/banks/new", JUDGE),
    place("POST", "/bank/banks/new", JUDGE),
    place("GET", "/bank/banks/{code}", ANY, of_bank=True),
    place("POST", "/bank/banks/{bank_id}/rename", JUDGE),
    place("GET", "/bank/banks/{code}/export", ANY, of_bank=True),
    place("POST", "/bank/banks/{bank_id}/export", ANY, of_bank=True),
    place("GET", "/bank/template.xlsx", WRITE),
    place("GET", "/bank/competencies", ANY),
    place("POST", "/bank/competencies", JUDGE),
    place("POST", "/bank/competencies/{code}/delete", JUDGE),
    place("GET", "/bank/items/facets", ANY),
    place("GET", "/bank/items", ANY),
    place("GET", "/bank/items/new", WRITE),
    place("POST", "/bank/items/new", WRITE),
    place("GET", "/bank/items/bulk", ANY),
    place("POST", "/bank/items/bulk", ANY),
    place("POST", "/bank/items/bulk/apply", ANY),
    place("GET", "/bank/items/{item_id}/comments", ANY, of_bank=True),
    place("GET", "/bank/items/{item_id}/family", ANY, of_bank=True),
    place("POST", "/bank/items/{item_id}/family", ANY, of_bank=True),
    place("POST", "/bank/items/{item_id}/family/leave", ANY, of_bank=True),
    place("POST", "/bank/items/{item_id}/clone", WRITE, of_bank=True),
    place("GET", "/bank/items/{item_id}", ANY, of_bank=True),
    place("GET", "/bank/items/{item_id}/compare", ANY, of_bank=True),
    place("GET", "/bank/items/{item_id}/edit", WRITE, of_bank=True),
    place("POST", "/bank/items/{item_id}/edit", WRITE, of_bank=True),
    place("POST", "/bank/items/{item_id}/new-version", WRITE, of_bank=True),
    place("POST", "/bank/items/{item_id}/take-over", WRITE, of_bank=True),
    place("POST", "/bank/items/{item_id}/discard", WRITE, of_bank=True),
    place("POST", "/bank/items/{item_id}/enemies", ANY, of_bank=True),
    place("POST", "/bank/items/{item_id}/enemies/remove", ANY, of_bank=True),
    place("POST", "/bank/items/{item_id}/versions/{version_id}/{verb}", JUDGE, of_bank=True),
    place("GET", "/bank/review", JUDGE),
    place("POST", "/bank/review/{version_id}/approve", JUDGE, of_bank=True),
    place("POST", "/bank/review/{version_id}/return", JUDGE, of_bank=True),
    place("GET", "/bank/imports", WRITE),
    place("GET", "/bank/imports/new", WRITE),
    place("POST", "/bank/imports/new", WRITE),
    place("GET", "/bank/imports/{import_id}", WRITE, of_bank=True),
    place("POST", "/bank/imports/{import_id}/commit", WRITE, of_bank=True),
    place("GET", "/bank/imports/{import_id}/report.xlsx", WRITE, of_bank=True),
    place("POST", "/bank/imports/{import_id}/encoding", WRITE, of_bank=True),
    place("GET", "/bank/imports/{import_id}/columns", WRITE, of_bank=True),
    place("POST", "/bank/imports/{import_id}/columns", WRITE, of_bank=True),
    place("GET", "/bank/imports/{import_id}/rows/{index}", WRITE, of_bank=True),
    place("POST", "/bank/imports/{import_id}/rows/{index}", WRITE, of_bank=True),
    place("POST", "/bank/imports/{import_id}/rows/{index}/fix", WRITE, of_bank=True),
    place("POST", "/bank/imports/{import_id}/fix-all", WRITE, of_bank=True),
    place("GET", "/bank/imports/batches/{batch_id}", WRITE, of_bank=True),
    place("POST", "/bank/imports/batches/{batch_id}/commit", WRITE, of_bank=True),
    place("POST", "/bank/imports/{import_id}/recheck", WRITE, of_bank=True),
    place("POST", "/bank/imports/{import_id}/discard", WRITE, of_bank=True),
    place("GET", "/bank/banks/{bank_id}/similar", ANY, of_bank=True),
    place("GET", "/bank/imports/{import_id}/rows/{index}/likes", WRITE, of_bank=True),
    place("GET", "/api/bank/items", ANY),
    place("POST", "/api/bank/items", WRITE),
    place("GET", "/api/bank/items/{item_id}", ANY, of_bank=True),
    place("PUT", "/api/bank/items/{item_id}/draft", WRITE, of_bank=True),
    place("POST", "/api/bank/items/{item_id}/submit", WRITE, of_bank=True),
)
IMAGES = (
    place("GET", "/bank/media", ANY),
    place("GET", "/bank/media/choose", WRITE),
    place("POST", "/bank/media", WRITE),
    place("POST", "/bank/media/quota", JUDGE),
    place("GET", "/bank/media/{name}", ANY),
    place("POST", "/bank/media/{name}/delete", WRITE),
    place("GET", "/bank/imports/{import_id}/media/{name}", WRITE),
)
"""Addresses of images; which of them a bank's people find is in test_media.py."""
PAIRS = (
    place("POST", "/bank/items/{item_id}/comments", ANY),
    place("POST", "/bank/items/{item_id}/comments/{thread_id}/{verb}", ANY),
    place("POST", "/bank/views", ANY),
    place("POST", "/bank/views/{view_id}/delete", ANY),
    place("POST", "/bank/items/{item_id}/similar", ANY),
    place("POST", "/bank/items/{item_id}/similar/reopen", ANY),
)
"""Acts with a form of their own; test_similar, test_comments and test_saved_views say whose things they reach."""
ALL = (*PLACES, *IMAGES, *PAIRS)
NAMES = [found.name for found in ALL]
OF_BANK = [found for found in PLACES if found.is_of_bank]


@dataclass(frozen=True)
class Things:
    """One thing of every kind, in a bank of one position."""

    bank: Bank
    item: Item
    version: ItemVersion
    found: ItemImport

    def address(self, path: str) -> str:
        return path.format(
            code=self.bank.code,
            bank_id=self.bank.id,
            item_id=self.version.item_id if "versions" in path else self.item.id,
            version_id=self.version.id,
            import_id=self.found.id,
            batch_id=self.found.batch_id,
            index=0,
            verb="retire",
            name="0.png",
            thread_id=self.item.id,
            view_id=self.item.id,
        )


@pytest.fixture
def things(session: Session) -> Things:
    make_competency(session)
    bank, author = make_bank(session), make_actor(session, Role.AUTHOR)
    data = question_file(("Ai ký?", "Một", "Hai", "Ba", "Bốn", "A"))
    found = imports.preview_import(
        session, author, bank_id=bank.id, file_name="a.xlsx", data=data, batch_id=uuid4()
    )
    made = Things(bank, make_item(session, bank, author), make_submitted(session, bank, author), found)
    session.commit()
    return made


Send = Callable[[TestClient, Place, str], int]


@pytest.fixture
def send() -> Send:
    content = make_draft().content.model_dump(mode="json")
    whole = make_draft().model_dump(mode="json", exclude={"source_id"})

    def send(client: TestClient, found: Place, address: str) -> int:
        if found.path.startswith("/api/") and found.method in ("POST", "PUT"):
            body = {"revision": 1} if found.path.endswith("submit") else {**whole, "content": content}
            body |= {"bank": "KHONG-CO"} if found.path == "/api/bank/items" else {}
            address += "?revision=1" if found.method == "PUT" else ""
            return client.request(found.method, address, json=body).status_code
        form = {
            "name": "Tên",
            "reason": "Vì vậy",
            "other": "X-1",
            "revision": "1",
            "fix": "a|b|c",
            "code": "x",
        }
        data = form if found.method == "POST" else None
        return client.request(found.method, address, data=data).status_code

    return send


def test_every_route_of_the_bank_is_in_the_table() -> None:
    parts = [(api.router, ""), *((part.router, "/bank") for part in pages.PARTS)]
    routes = {
        (method, prefix + route.path)
        for router, prefix in parts
        for route in router.routes
        for method in route.methods
    }
    assert routes == {(found.method, found.path) for found in ALL}


def surprises(statuses: dict[str, int], expected: dict[str, int]) -> dict[str, tuple[int, int]]:
    """Where the service answered otherwise: address → (answered, expected)."""
    return {name: (statuses[name], expected[name]) for name in expected if statuses[name] != expected[name]}


def test_who_is_not_signed_in_is_sent_away(browser: TestClient, things: Things, send: Send) -> None:
    statuses = {found.name: send(browser, found, things.address(found.path)) for found in ALL}
    expected = {found.name: 401 if found.path.startswith("/api/") else 303 for found in ALL}
    assert surprises(statuses, expected) == {}


def test_a_role_without_the_right_is_refused(signed_in: SignIn, things: Things, send: Send) -> None:
    statuses = {}
    for roles in {found.roles for found in ALL}:
        client = signed_in(roles=set(Role) - roles)
        for found in (found for found in ALL if found.roles == roles):
            statuses[found.name] = send(client, found, things.address(found.path))
    assert surprises(statuses, dict.fromkeys(NAMES, 403)) == {}


def test_things_of_another_positions_bank_are_not_found(
    session: Session, signed_in: SignIn, things: Things, send: Send
) -> None:
    other = make_bank(session)
    assert other.position_id is not None
    client = signed_in(roles=ANY, bank_position_ids=[other.position_id])
    statuses = {found.name: send(client, found, things.address(found.path)) for found in OF_BANK}
    assert surprises(statuses, dict.fromkeys(statuses, 404)) == {}


def test_things_that_do_not_exist_are_not_found(signed_in: SignIn, things: Things, send: Send) -> None:
    client = signed_in(roles=ANY)
    unknown = {name: uuid4() for name in ("bank_id", "item_id", "version_id", "import_id", "batch_id")}
    statuses = {
        found.name: send(client, found, found.path.format(code="KHONG-CO", verb="retire", index=0, **unknown))
        for found in OF_BANK
    }
    assert surprises(statuses, dict.fromkeys(statuses, 404)) == {}


@pytest.mark.parametrize("found", [found for found in PLACES if found.method == "GET"], ids=str)
def test_the_right_role_sees_the_page(signed_in: SignIn, things: Things, found: Place) -> None:
    answer = signed_in(roles=found.roles).get(things.address(found.path))
    # The draft of the fixture belongs to somebody else: its editor leads to the item's page.
    assert answer.status_code == (303 if found.path.endswith("/edit") else 200)


@pytest.mark.parametrize(
    "path",
    ["/bank/banks/new", "/bank/competencies", "/bank/competencies/TP/delete", "/bank/banks/{bank_id}/rename"],
)
def test_who_answers_for_one_position_does_not_shape_what_all_share(
    signed_in: SignIn, things: Things, path: str
) -> None:
    assert things.bank.position_id is not None
    client = signed_in(roles=JUDGE, bank_position_ids=[things.bank.position_id])
    answer = client.post(things.address(path), data={"code": "MOI", "name": "Mới"})
    assert answer.status_code == 403


def test_a_form_without_the_token_of_its_session_is_refused(signed_in: SignIn, things: Things) -> None:
    client = signed_in(roles=ANY)
    del client.headers["X-CSRF-Token"]
    for path in ("/bank/items/new", f"/bank/items/{things.item.id}/edit", "/bank/imports/new"):
        assert client.post(path, data={"bank": things.bank.code}).status_code == 403
    assert client.post("/api/bank/items", json={}).status_code == 403
