"""Saved views of the list of items: own ones, shared ones, and who sees them."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.bank.manage.models import SavedView
from exam_service.bank.manage.schemas import ViewInput
from exam_service.bank.manage.views import SharedViewNeedsBank, delete_view, save_view, views_for
from exam_service.errors import Invalid, NotFound
from tests.fixtures.auth import SignIn
from tests.fixtures.bank import make_actor, make_bank


def test_a_view_is_replaced_under_its_name_and_shown_to_its_owner_only(session: Session) -> None:
    me, other = make_actor(session, Role.AUTHOR), make_actor(session, Role.AUTHOR)
    save_view(session, me, data=ViewInput(name="Nháp", query="state=draft"))
    save_view(session, me, data=ViewInput(name="Nháp", query="state=draft&view=mine"))
    assert [(view.name, view.query) for view in views_for(session, me)] == [("Nháp", "state=draft&view=mine")]
    assert list(views_for(session, other)) == []


def test_a_shared_view_is_seen_by_those_who_may_see_its_bank_and_deleted_by_its_owner(
    session: Session,
) -> None:
    bank, elsewhere = make_bank(session, code="TPHT"), make_bank(session)
    me = make_actor(session, Role.AUTHOR)
    colleague = make_actor(session, Role.AUTHOR, banks=[bank])
    stranger = make_actor(session, Role.AUTHOR, banks=[elsewhere])
    view = save_view(session, me, data=ViewInput(name="Chung", query="bank=TPHT", is_shared=True))
    assert list(views_for(session, colleague)) == [view]
    assert list(views_for(session, stranger)) == []
    for other in (colleague, stranger):
        with pytest.raises(NotFound):
            delete_view(session, other, view_id=view.id)
    delete_view(session, me, view_id=view.id)
    assert list(views_for(session, colleague)) == []


def test_a_view_to_share_needs_a_bank_within_reach_and_every_view_a_name(session: Session) -> None:
    make_bank(session, code="TPHT")
    me = make_actor(session, Role.AUTHOR, banks=[make_bank(session)])
    with pytest.raises(SharedViewNeedsBank):
        save_view(session, me, data=ViewInput(name="Chung", query="state=draft", is_shared=True))
    with pytest.raises(NotFound):
        save_view(session, me, data=ViewInput(name="Chung", query="bank=TPHT", is_shared=True))
    with pytest.raises(Invalid):
        save_view(session, me, data=ViewInput(query="state=draft"))


def test_the_list_saves_opens_and_deletes_views_and_shows_the_chosen_columns(
    session: Session, signed_in: SignIn
) -> None:
    make_bank(session, code="TPHT")
    session.commit()
    client = signed_in(roles={Role.AUTHOR})
    form = {"name": "Của tôi", "query": "bank=TPHT&columns=type", "is_shared": "true"}
    saved = client.post("/bank/views", data=form)
    assert (saved.status_code, saved.headers["location"]) == (303, "/bank/items?bank=TPHT&columns=type")
    assert "Của tôi" in client.get("/bank/items").text
    refused = client.post("/bank/views", data={**form, "query": "state=draft"})
    assert (refused.status_code, "phải lọc theo một ngân hàng" in refused.text) == (422, True)
    assert client.post("/bank/views", data={"name": "x", "query": "level=" + "x" * 99}).status_code == 422
    view = session.scalars(select(SavedView)).one()
    gone = client.post(f"/bank/views/{view.id}/delete", data={"query": "bank=TPHT"})
    assert (gone.status_code, session.scalars(select(SavedView)).all()) == (303, [])
