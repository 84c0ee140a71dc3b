"""Clones: one family, one bank, and the first authors approve none of them."""

import pytest
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.bank import authoring, reviewing
from exam_service.bank.head import trusted_draft
from exam_service.bank.manage.cloning import clone_item
from exam_service.bank.refusals import AuthorApprovesOwnItem
from exam_service.bank.similar.families import family_of
from exam_service.errors import Forbidden, NotFound
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


def test_a_clone_says_the_same_under_its_own_code_in_the_family_of_the_first(session: Session) -> None:
    make_competency(session)
    bank, author = make_bank(session), make_actor(session, Role.AUTHOR)
    item = make_item(session, bank, author, draft=make_draft("Ai ký?", source_id="S1"))
    clone = clone_item(session, make_actor(session, Role.AUTHOR), item_id=item.id)
    assert (clone.source_id, clone.state, clone.bank_id) == (None, "draft", bank.id)
    assert clone.code != item.code
    assert trusted_draft(clone.draft or {}).content == trusted_draft(item.draft or {}).content
    others, _hidden = family_of(session, author, item_id=item.id)
    assert [other.id for other in others] == [clone.id]


def test_who_wrote_the_first_question_does_not_approve_its_clone(session: Session) -> None:
    make_competency(session)
    bank, both = make_bank(session), make_actor(session, Role.AUTHOR, Role.REVIEWER)
    first = make_approved(session, bank, both, make_actor(session, Role.REVIEWER))
    other = make_actor(session, Role.AUTHOR)
    clone = clone_item(session, other, item_id=first.item_id)
    version = authoring.submit_item(session, other, item_id=clone.id, revision=clone.revision)
    with pytest.raises(AuthorApprovesOwnItem):
        reviewing.approve_version(session, both, version_id=version.id)


def test_only_authors_of_the_bank_clone(session: Session) -> None:
    make_competency(session)
    bank, author = make_bank(session), make_actor(session, Role.AUTHOR)
    item = make_item(session, bank, author)
    with pytest.raises(Forbidden):
        clone_item(session, make_actor(session, Role.REVIEWER), item_id=item.id)
    with pytest.raises(NotFound):
        clone_item(session, make_actor(session, Role.AUTHOR, banks=[make_bank(session)]), item_id=item.id)


def test_a_family_is_made_joined_and_left_on_its_page(session: Session, signed_in: SignIn) -> None:
    make_competency(session)
    client = signed_in(roles={Role.AUTHOR})
    bank, me = make_bank(session), actor_of(client.account)
    one, two = make_item(session, bank, me), make_item(session, bank, me)
    session.commit()
    address = f"/bank/items/{one.id}"
    assert "/edit" in client.post(f"{address}/clone").headers["location"]
    assert client.post(f"{address}/family", data={"other": two.code}).status_code == 303
    assert two.code in client.get(f"{address}/family").text
    assert len(family_of(session, me, item_id=one.id)[0]) == 2
    assert client.post(f"{address}/family", data={"other": "KHONG-CO"}).status_code == 422
    assert client.post(f"{address}/family/leave").status_code == 303
    assert len(family_of(session, me, item_id=two.id)[0]) == 1
