"""Reviewing: four eyes, own banks, reasons, and steps that are refused."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Role
from exam_service.bank import reviewing
from exam_service.bank.access import items_visible_to, waits_for_review_by
from exam_service.bank.models import Bank, ItemVersion, ReviewStep
from exam_service.bank.refusals import AuthorApprovesOwnItem, ReasonMissing, TransitionNotAllowed
from exam_service.bank.supply import load_supply, take_into_use
from exam_service.errors import Forbidden, NotFound
from tests.fixtures.auth import SignIn
from tests.fixtures.bank import (
    actor_of,
    make_actor,
    make_approved,
    make_bank,
    make_competency,
    make_submitted,
)


@pytest.fixture
def bank(session: Session) -> Bank:
    make_competency(session)
    return make_bank(session)


@pytest.fixture
def reviewer(session: Session) -> Actor:
    return make_actor(session, Role.REVIEWER)


@pytest.fixture
def version(session: Session, bank: Bank, author: Actor) -> ItemVersion:
    return make_submitted(session, bank, author)


def test_another_person_approves_and_papers_may_draw_the_item(
    session: Session, bank: Bank, version: ItemVersion, reviewer: Actor
) -> None:
    assert not load_supply(session, [bank.id]).pool
    reviewing.approve_version(session, reviewer, version_id=version.id)
    assert (version.state, version.item.state) == ("approved", "approved")
    assert [entry.version_id for entry in load_supply(session, [bank.id]).pool] == [str(version.id)]


def test_nobody_approves_their_own_item(session: Session, bank: Bank) -> None:
    both = make_actor(session, Role.AUTHOR, Role.REVIEWER)
    version = make_submitted(session, bank, both)
    with pytest.raises(AuthorApprovesOwnItem):
        reviewing.approve_version(session, both, version_id=version.id)
    assert version.state == "in_review"
    assert session.scalars(waits_for_review_by(both, items_visible_to(both))).all() == []


def test_a_return_needs_a_reason_and_gives_the_draft_back(
    session: Session, version: ItemVersion, reviewer: Actor
) -> None:
    with pytest.raises(ReasonMissing):
        reviewing.return_version(session, reviewer, version_id=version.id, reason="  ")
    reviewing.return_version(session, reviewer, version_id=version.id, reason="Căn cứ đã hết hiệu lực")
    item = version.item
    assert (item.state, item.draft) == ("draft", version.body)
    step = session.scalars(select(ReviewStep).order_by(ReviewStep.at.desc(), ReviewStep.id.desc())).first()
    assert step is not None
    assert (step.to_state, step.reason, step.actor_id) == ("draft", "Căn cứ đã hết hiệu lực", reviewer.id)


def test_a_decision_that_was_taken_already_is_refused(
    session: Session, version: ItemVersion, reviewer: Actor
) -> None:
    reviewing.approve_version(session, reviewer, version_id=version.id)
    with pytest.raises(TransitionNotAllowed):
        reviewing.approve_version(session, reviewer, version_id=version.id)
    with pytest.raises(TransitionNotAllowed):
        reviewing.return_version(session, reviewer, version_id=version.id, reason="Muộn")


def test_a_suspended_version_is_not_drawn_until_it_is_approved_again(
    session: Session, bank: Bank, version: ItemVersion, reviewer: Actor
) -> None:
    reviewing.approve_version(session, reviewer, version_id=version.id)
    reviewing.suspend_version(session, reviewer, version_id=version.id, reason="Luật vừa sửa đổi")
    assert not load_supply(session, [bank.id]).pool
    reviewing.reopen_review(session, reviewer, version_id=version.id)
    reviewing.approve_version(session, reviewer, version_id=version.id)
    assert len(load_supply(session, [bank.id]).pool) == 1


def test_an_operational_version_can_be_retired_with_a_reason(
    session: Session, bank: Bank, author: Actor, reviewer: Actor
) -> None:
    version = make_approved(session, bank, author, reviewer)
    take_into_use(session, reviewer, version_ids=[version.id], reason="Niêm phong")
    session.expire_all()
    reviewing.retire_version(session, reviewer, version_id=version.id, reason="Câu bị lộ")
    assert (version.state, version.item.state) == ("retired", "retired")


STEPS: dict[str, Callable[[Session, Actor, ItemVersion], object]] = {
    "approve": lambda session, actor, version: reviewing.approve_version(
        session, actor, version_id=version.id
    ),
    "return": lambda session, actor, version: reviewing.return_version(
        session, actor, version_id=version.id, reason="Vì"
    ),
    "retire": lambda session, actor, version: reviewing.retire_version(
        session, actor, version_id=version.id, reason="Vì"
    ),
    "suspend": lambda session, actor, version: reviewing.suspend_version(
        session, actor, version_id=version.id, reason="Vì"
    ),
    "reopen": lambda session, actor, version: reviewing.reopen_review(session, actor, version_id=version.id),
}


@pytest.mark.parametrize("step", STEPS)
def test_the_reviewer_of_another_positions_bank_does_not_find_the_version(
    session: Session, version: ItemVersion, step: str
) -> None:
    stranger = make_actor(session, Role.REVIEWER, banks=[make_bank(session)])
    with pytest.raises(NotFound):
        STEPS[step](session, stranger, version)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("role", sorted(set(Role) - {Role.REVIEWER}))
def test_only_reviewers_decide(session: Session, version: ItemVersion, step: str, role: Role) -> None:
    with pytest.raises(Forbidden):
        STEPS[step](session, make_actor(session, role), version)
    assert version.state == "in_review"


def test_the_reviewer_of_the_position_decides(session: Session, bank: Bank, version: ItemVersion) -> None:
    reviewing.approve_version(
        session, make_actor(session, Role.REVIEWER, banks=[bank]), version_id=version.id
    )
    assert version.state == "approved"


def test_a_limited_reviewer_does_not_reach_shared_banks(session: Session, bank: Bank, author: Actor) -> None:
    shared = make_submitted(session, make_bank(session, is_shared=True), author)
    with pytest.raises(NotFound):
        reviewing.approve_version(
            session, make_actor(session, Role.REVIEWER, banks=[bank]), version_id=shared.id
        )


def test_the_queue_shows_others_items_with_both_decisions_and_own_items_with_none(
    session: Session, bank: Bank, version: ItemVersion, signed_in: SignIn
) -> None:
    client = signed_in(roles={Role.AUTHOR, Role.REVIEWER})
    own = make_submitted(session, bank, actor_of(client.account))
    session.commit()
    queue = client.get("/bank/review").text
    assert f"/bank/review/{version.id}/approve" in queue
    assert own.item.code not in queue
    page = client.get(f"/bank/items/{own.item_id}").text
    assert "/approve" not in page
    assert "/bank/review?at" not in page
    assert "/bank/review?at" in client.get(f"/bank/items/{version.item_id}").text


def test_posting_the_approval_of_an_own_item_is_refused_with_the_reason(
    session: Session, bank: Bank, signed_in: SignIn
) -> None:
    client = signed_in(roles={Role.AUTHOR, Role.REVIEWER})
    own = make_submitted(session, bank, actor_of(client.account))
    session.commit()
    answer = client.post(f"/bank/review/{own.id}/approve")
    assert answer.status_code == 403
    assert "không được tự duyệt" in answer.text
    session.expire_all()
    assert own.state == "in_review"


def test_approving_and_returning_from_the_queue_go_on_to_the_next_item(
    session: Session, bank: Bank, version: ItemVersion, author: Actor, signed_in: SignIn
) -> None:
    other = make_submitted(session, bank, author)
    session.commit()
    client = signed_in(roles={Role.REVIEWER})
    approved = client.post(f"/bank/review/{version.id}/approve", data={"next_code": other.item.code})
    assert approved.headers["location"] == f"/bank/review?at={other.item.code}"
    without = client.post(f"/bank/review/{other.id}/return", data={"reason": "", "code": other.item.code})
    assert without.status_code == 422
    assert "Hãy ghi lý do" in without.text
    returned = client.post(f"/bank/review/{other.id}/return", data={"reason": "Hai đáp án đúng"})
    assert returned.status_code == 303
    session.expire_all()
    assert (version.state, other.state) == ("approved", "draft")


def test_after_a_decision_only_addresses_of_the_queue_are_followed(
    session: Session, version: ItemVersion, signed_in: SignIn
) -> None:
    session.commit()
    client = signed_in(roles={Role.REVIEWER})
    answer = client.post(f"/bank/review/{version.id}/approve", data={"next_code": "x&y=//evil.example"})
    assert answer.headers["location"] == "/bank/review"


def test_the_queue_is_filtered_and_usual_reasons_are_kept_with_the_words(
    session: Session, signed_in: SignIn
) -> None:
    make_competency(session)
    one, two = make_bank(session, code="MOT"), make_bank(session, code="HAI")
    author = make_actor(session, Role.AUTHOR)
    first, second = make_submitted(session, one, author), make_submitted(session, two, author)
    session.commit()
    client = signed_in(roles={Role.REVIEWER})
    page = client.get("/bank/review?bank=HAI").text
    assert (first.item.code in page, second.item.code in page) == (False, True)
    assert "Còn 2 câu khác" in client.get("/bank/review?type=essay").text
    address = f"/bank/review/{second.id}/return?bank=HAI"
    assert client.post(address, data={"reason": " "}).status_code == 422
    sent = client.post(address, data={"presets": ["key", "level"], "reason": "Xem Điều 5"})
    assert (sent.status_code, sent.headers["location"]) == (303, "/bank/review?bank=HAI")
    step = session.scalars(select(ReviewStep).order_by(ReviewStep.at.desc())).first()
    assert step is not None
    assert step.reason == "Đáp án chưa đúng. Mức độ hoặc năng lực chưa đúng. Xem Điều 5"
