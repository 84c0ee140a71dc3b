"""Where an item was used and what its answers say: only of periods that are over."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.attempts.models import Attempt
from exam_service.bank.facets.keeping import keep_missing
from exam_service.bank.search import ItemFilter, find_items
from exam_service.errors import NotFound
from exam_service.invigilation.sealing import seal_period
from exam_service.periods.models import FormSlot
from exam_service.periods.noting_use import note_ended_periods
from exam_service.results.item_statistics import figures_of_item, uses_of_item
from exam_service.results.noting_answers import note_released_periods
from tests.fixtures.auth import SignIn
from tests.fixtures.bank import make_actor, make_bank
from tests.fixtures.periods import make_world
from tests.fixtures.results import make_marked_period, make_released_period


def papers_with(session: Session, version_id: object) -> int:
    return session.scalar(select(func.count()).where(FormSlot.version_id == version_id)) or 0


def answers_to(session: Session, version_id: object) -> int:
    sat = select(func.count()).select_from(FormSlot).join(Attempt, Attempt.form_id == FormSlot.form_id)
    return session.scalar(sat.where(FormSlot.version_id == version_id, Attempt.started_at.is_not(None))) or 0


def test_a_period_shows_its_use_when_it_is_over(session: Session) -> None:
    author = make_actor(session, Role.AUTHOR)
    sealed = make_world(session)
    seal_period(session, sealed.officer, period_id=sealed.period.id)
    marked = make_marked_period(session)
    assert all(uses_of_item(session, author, item_id=v.item_id) == [] for v in sealed.versions)
    for version in marked.versions:
        uses = uses_of_item(session, author, item_id=version.item_id)
        assert sum(use.papers for use in uses) == papers_with(session, version.id)
        assert all(use.of_papers == 4 and 0 < use.share <= 1 for use in uses)


def test_a_stranger_sees_neither_use_nor_figures(session: Session, signed_in: SignIn) -> None:
    world = make_released_period(session)
    stranger = make_actor(session, Role.AUTHOR, banks=[make_bank(session)])
    item_id = world.versions[0].item_id
    with pytest.raises(NotFound):
        uses_of_item(session, stranger, item_id=item_id)
    with pytest.raises(NotFound):
        figures_of_item(session, stranger, item_id=item_id)
    session.commit()
    assert signed_in(roles={Role.OFFICER}).get(f"/bank/items/{item_id}/statistics").status_code == 403
    page = signed_in(roles={Role.AUTHOR}).get(f"/bank/items/{item_id}/statistics")
    assert (page.status_code, "Số đề có câu này" in page.text) == (200, True)


def test_the_bank_learns_what_a_period_used_when_it_is_over_and_the_answers_when_they_are_released(
    session: Session,
) -> None:
    sealed = make_world(session)
    seal_period(session, sealed.officer, period_id=sealed.period.id)
    world = make_released_period(session, right=(6, 6, 0, None))
    keep_missing(session)  # the items of the fixture were written past the services
    assert (note_ended_periods(session), note_ended_periods(session)) == (1, 0)
    assert (note_released_periods(session), note_released_periods(session)) == (1, 0)
    author = make_actor(session, Role.AUTHOR)
    used = {version.item_id for version in world.versions if papers_with(session, version.id)}
    found = find_items(author, ItemFilter(period=world.period.code))
    assert {item.id for item in session.scalars(found)} == used
    for version in world.versions:
        if n := answers_to(session, version.id):
            known = find_items(author, ItemFilter(answers=str(n)))
            more = find_items(author, ItemFilter(answers=str(n + 1)))
            assert version.item_id in {item.id for item in session.scalars(known)}
            assert version.item_id not in {item.id for item in session.scalars(more)}
    assert session.scalars(find_items(author, ItemFilter(period=sealed.period.code))).all() == []
