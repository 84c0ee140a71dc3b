"""Where an item was used and what its answers say: only of periods that are over."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.attempts.sealing import seal_period
from exam_service.errors import NotFound
from exam_service.periods.models import FormSlot
from exam_service.results.item_statistics import figures_of_item, uses_of_item
from tests.fixtures.auth import SignIn
from tests.fixtures.bank import make_actor, make_bank
from tests.fixtures.periods import make_world
from tests.fixtures.results import make_marked_period, make_released_period


def papers_with(session: Session, version_id: object) -> int:
    return session.scalar(select(func.count()).where(FormSlot.version_id == version_id)) or 0


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
