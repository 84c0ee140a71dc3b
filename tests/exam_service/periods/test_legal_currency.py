"""Papers hold only questions whose legal basis is law on the day of the sitting; sealed papers stay as they are."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Role
from exam_service.bank.legal import changes
from exam_service.bank.models import ItemVersion
from exam_service.i18n import HOME
from exam_service.periods import readiness
from exam_service.periods.drawing import supply_of
from exam_service.periods.legal_uses import planned_uses, sealed_uses
from exam_service.periods.models import SealedForm
from exam_service.periods.sealing import seal_forms
from question_bank.legal.documents import ChangeKind
from tests.fixtures.bank import make_actor
from tests.fixtures.legal import make_change, make_document
from tests.fixtures.periods import World, make_world

BASIS = "30/2020/NĐ-CP"  # what every item of the world cites, at Điều 8


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session, starts_at=clock.now() + timedelta(days=5))


def sitting_day(world: World) -> date:
    return world.sitting.starts_at.astimezone(HOME).date()


@pytest.mark.parametrize(("days", "drawable"), [(-1, 0), (0, 0), (1, 10)])
def test_a_law_repealed_before_or_on_the_day_of_the_sitting_supplies_nothing(
    session: Session, world: World, days: int, drawable: int
) -> None:
    keeper = make_actor(session, Role.REVIEWER)
    law = make_document(session, BASIS)
    make_change(session, keeper, law, effective_on=sitting_day(world) + timedelta(days=days))
    session.expire_all()
    # All of these days are still to come, so that nothing is suspended yet: the date alone decides.
    assert set(session.scalars(select(ItemVersion.state))) == {"approved"}
    assert len(supply_of(session, world.exam).pool) == drawable


@pytest.mark.parametrize(("place", "drawable"), [("Điều 8", 0), ("khoản 2 Điều 8", 0), ("Điều 9", 10)])
def test_an_amendment_in_effect_by_the_sitting_bars_only_what_cites_its_place(
    session: Session, world: World, place: str, drawable: int
) -> None:
    keeper = make_actor(session, Role.REVIEWER)
    law = make_document(session, BASIS)
    make_document(session, "1/2026/NĐ-CP")
    make_change(
        session,
        keeper,
        law,
        kind=ChangeKind.AMENDS,
        by="1/2026/NĐ-CP",
        places=place,
        effective_on=sitting_day(world),
    )
    session.expire_all()
    assert len(supply_of(session, world.exam).pool) == drawable
    gaps = {gap.code for gap in readiness.missing_for_sealing(session, world.period)}
    assert gaps == (set() if drawable else {"cell_short"})


def test_a_law_that_begins_after_the_sitting_supplies_nothing(session: Session, world: World) -> None:
    make_document(session, BASIS, in_force_from=sitting_day(world) + timedelta(days=1))
    assert supply_of(session, world.exam).pool == ()


def test_sealed_papers_stay_and_the_preview_names_them(session: Session, world: World) -> None:
    keeper, law = make_actor(session, Role.REVIEWER), make_document(session, BASIS)
    seal_forms(session, world.officer, period_id=world.period.id)
    session.flush()
    before = dict(session.execute(select(SealedForm.id, SealedForm.form_hash)).all())
    day = sitting_day(world)
    ids = {version.id for version in world.versions}
    (use,) = sealed_uses(session, ids, start=day)
    assert (use.code, use.papers, use.is_after) == (world.period.code, 3, True)
    assert [use.is_after for use in sealed_uses(session, ids, start=day + timedelta(days=1))] == [False]
    make_change(session, keeper, law, effective_on=day - timedelta(days=30))
    session.expire_all()
    assert dict(session.execute(select(SealedForm.id, SealedForm.form_hash)).all()) == before
    assert set(session.scalars(select(ItemVersion.state))) == {"suspended"}


def test_the_preview_names_periods_that_would_still_draw_from_the_bank(
    session: Session, world: World
) -> None:
    items = {version.item_id for version in world.versions}
    (use,) = planned_uses(session, items, start=sitting_day(world))
    assert (use.code, use.items, use.papers) == (world.period.code, len(items), 0)
    assert planned_uses(session, items, start=sitting_day(world) + timedelta(days=1)) == []


def test_a_change_already_due_when_recorded_leaves_nothing_overdue(session: Session, world: World) -> None:
    keeper, law = make_actor(session, Role.REVIEWER), make_document(session, BASIS)
    make_change(session, keeper, law, effective_on=sitting_day(world) - timedelta(days=5))
    assert changes.count_overdue(session) == 0
