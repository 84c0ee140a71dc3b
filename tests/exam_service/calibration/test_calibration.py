"""A marked period is calibrated, its figures reach the next draw, and nobody else sees them."""

from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import SYSTEM, Role
from exam_service.audit import AuditRow
from exam_service.bank.difficulty.estimates import newest_estimates
from exam_service.bank.difficulty.models import Calibration, ItemCalibration
from exam_service.bank.supply import load_supply
from exam_service.calibration.models import AttemptAbility
from exam_service.calibration.overview import view_calibrations
from exam_service.calibration.service import NotScored, calibrate_due, calibrate_period
from exam_service.errors import Forbidden, NotFound
from exam_service.invigilation.sealing import seal_period
from exam_service.marking.service import score_period
from exam_service.periods import candidates, service
from exam_service.periods.lifecycle import close_period, open_period
from exam_service.periods.models import ExamDraw
from exam_service.periods.schemas import BandInput, ExamInput, PeriodInput, SittingInput
from question_bank.pool import ABILITIES
from tests.fixtures.periods import World, actor_with, make_world
from tests.fixtures.results import answer_by_rasch, make_marked_period, make_sat_period

PEOPLE, PER_CELL, ITEMS_PER_CELL = 60, 8, 12


@pytest.fixture
def world(session: Session) -> World:
    """A marked period of 60 people with 16 of 24 items each."""
    world = make_world(session, people=PEOPLE, items_per_cell=ITEMS_PER_CELL, per_cell=PER_CELL)
    seal_period(session, world.officer, period_id=world.period.id)
    open_period(session, world.officer, period_id=world.period.id)
    answer_by_rasch(session, world, seed=7)
    close_period(session, world.officer, period_id=world.period.id)
    score_period(session, world.officer, period_id=world.period.id)
    session.commit()
    session.expire_all()
    return world


def test_a_marked_period_is_calibrated_by_the_sweep_and_the_next_draw_expects_what_it_found(
    session: Session, world: World, signed_in
):  # type: ignore[no-untyped-def] # the fixture makes clients
    pool = load_supply(session, [world.bank.id]).pool
    assert {item.expected_score for item in pool} == {None}

    assert [calibrate_due(session, SYSTEM), calibrate_due(session, SYSTEM)] == [1, 0]
    session.commit()

    row = session.scalars(select(Calibration).where(Calibration.period_id == world.period.id)).one()
    assert (row.outcome, row.model, row.persons, row.items) == ("fitted", "rasch", PEOPLE, 24)
    assert row.reason["code"] == "too_few_for_2pl"
    assert 0.3 < row.reliability < 0.95
    found = session.scalars(select(ItemCalibration).where(ItemCalibration.calibration_id == row.id)).all()
    assert sum(item.responses for item in found) == PEOPLE * 2 * PER_CELL
    by_version = {item.version_id: item.difficulty for item in found}
    made = [by_version[version.id] for version in world.versions]
    assert np.corrcoef(made, np.linspace(-1.5, 1.5, 24))[0, 1] > 0.85
    abilities = session.scalars(select(AttemptAbility).where(AttemptAbility.calibration_id == row.id)).all()
    assert len(abilities) == PEOPLE

    supply = load_supply(session, [world.bank.id])
    expected = {item.version_id: item.expected_score for item in supply.pool}
    hardest, easiest = (
        max(by_version, key=by_version.__getitem__),
        min(by_version, key=by_version.__getitem__),
    )
    for place, _ability in enumerate(ABILITIES):
        assert expected[str(hardest)][place] < expected[str(easiest)][place]
    assert set(supply.expected.errors) == set(expected)
    assert all(0 < error < 0.3 for errors in supply.expected.errors.values() for error in errors)
    assert supply.expected.basis == (24, 0, 0)

    page = signed_in(roles={Role.OFFICER}).get(f"/marking/{world.period.id}/calibration")
    assert page.status_code == 200
    assert "Rasch" in page.text
    assert page.text.count("/bank/items/") == 24
    again = signed_in(roles={Role.OFFICER}).post(f"/marking/{world.period.id}/calibration")
    assert again.status_code == 303
    scales = session.scalars(
        select(Calibration.scale_id).where(Calibration.period_id == world.period.id)
    ).all()
    assert len(scales) == 2
    assert len(set(scales)) == 1


def test_a_later_period_is_linked_by_its_anchors_and_its_papers_carry_an_uncertainty_band(
    session: Session, world: World
) -> None:
    (first,) = calibrate_period(session, world.officer, period_id=world.period.id)
    session.commit()
    before = newest_estimates(session, [version.id for version in world.versions])
    assert {estimate.scale_id for estimate in before.values()} == {first.scale_id}
    later = second_period(session, world)
    draw = session.scalars(select(ExamDraw).where(ExamDraw.exam_id == later.exam.id)).one()
    assert [band["ability"] for band in draw.report["uncertainty"]] == [-1, 0, 1]
    assert all(0.1 < band["mean"] <= band["highest"] < 10 for band in draw.report["uncertainty"])
    assert draw.report["unrated_items"] == 0
    assert draw.report["difficulty_basis"] == {
        "calibrated": len(before),
        "rated": 0,
        "assumed": 24 - len(before),
    }
    least, most = draw.report["information_percent"]
    assert 90 < least <= 100 <= most < 110
    (second,) = calibrate_period(session, later.officer, period_id=later.period.id)
    assert (second.outcome, second.scale_id) == ("fitted", first.scale_id)
    assert second.anchors >= 5
    after = newest_estimates(session, [version.id for version in world.versions])
    kept = session.scalars(
        select(ItemCalibration).where(ItemCalibration.calibration_id == second.id, ItemCalibration.is_anchor)
    ).all()
    assert kept
    assert all(after[item.version_id].error < before[item.version_id].error for item in kept)
    _period, (view,) = view_calibrations(session, later.officer, period_id=later.period.id)
    assert len(view.items) == second.items


def second_period(session: Session, world: World) -> World:
    """The same people sit papers of the same bank again."""
    period = service.create_period(
        session,
        world.officer,
        data=PeriodInput(code="KY-SAU", name="Kỳ sau", reference_date=world.period.reference_date),
    )
    first = world.exam
    exam = service.save_exam(
        session,
        world.officer,
        period_id=period.id,
        data=ExamInput(
            code="TPHT",
            title=first.title,
            position_ids=[world.position.id],
            bank_ids=[world.bank.id],
            blueprint_id=first.blueprint_id,
            duration_min=60,
            late_limit_min=10,
            unseen_periods=0,
            cut_percent=first.cut_percent,
            bands=[BandInput(**band) for band in first.bands],
        ),
    )
    sitting = service.save_sitting(
        session,
        world.officer,
        period_id=period.id,
        exam_id=exam.id,
        data=SittingInput(
            name="Ca 1", room="Phòng 1", capacity=PEOPLE, starts_at=clock.now() + timedelta(hours=2)
        ),
    )
    candidates.enter_candidates(session, world.officer, period_id=period.id)
    candidates.seat_candidates(session, world.officer, period_id=period.id)
    session.commit()
    session.expire_all()
    later = World(
        world.officer,
        world.unit,
        world.position,
        world.bank,
        world.blueprint,
        period,
        exam,
        sitting,
        world.people,
        world.versions,
    )
    seal_period(session, later.officer, period_id=period.id)
    open_period(session, later.officer, period_id=period.id)
    answer_by_rasch(session, later, seed=8)
    close_period(session, later.officer, period_id=period.id)
    score_period(session, later.officer, period_id=period.id)
    session.commit()
    return later


def test_a_period_of_few_people_is_refused_with_its_reason_and_shown(session: Session, signed_in) -> None:  # type: ignore[no-untyped-def] # the fixture makes clients
    world = make_marked_period(session, right=(6, 3, 2, None))
    (row,) = calibrate_period(session, world.officer, period_id=world.period.id)
    session.commit()
    assert (row.outcome, row.model) == ("refused", None)
    assert row.reason["code"] in {"too_few_persons", "no_variation"}
    assert session.scalar(select(func.count()).select_from(ItemCalibration)) == 0
    assert calibrate_due(session, SYSTEM) == 0
    page = signed_in(roles={Role.OFFICER}).get(f"/marking/{world.period.id}/calibration")
    assert "người" in page.text
    recorded = session.scalars(select(AuditRow.action).where(AuditRow.action == "period.calibrate")).all()
    assert recorded == ["period.calibrate"]


def test_only_scored_periods_are_calibrated_and_only_by_those_who_mark(session: Session) -> None:
    world = make_sat_period(session)
    with pytest.raises(NotScored):
        calibrate_period(session, world.officer, period_id=world.period.id)
    with pytest.raises(NotFound):
        calibrate_period(session, world.officer, period_id=world.bank.id)
    for role in (Role.AUTHOR, Role.REVIEWER, Role.INVIGILATOR, Role.AUDITOR):
        with pytest.raises(Forbidden):
            calibrate_period(session, actor_with(session, role), period_id=world.period.id)


def test_a_stranger_sees_and_starts_no_calibration(session: Session, signed_in, browser) -> None:  # type: ignore[no-untyped-def] # fixtures make clients
    world = make_marked_period(session)
    address = f"/marking/{world.period.id}/calibration"
    assert browser.get(address).status_code in {303, 401}
    author = signed_in(roles={Role.AUTHOR})
    assert author.get(address).status_code == 403
    assert author.post(address).status_code == 403
    assert session.scalar(select(func.count()).select_from(Calibration)) == 0


@pytest.mark.parametrize("statement", ["UPDATE calibration SET persons = 0", "DELETE FROM calibration"])
def test_calibrations_are_never_changed(session: Session, statement: str) -> None:
    world = make_marked_period(session)
    calibrate_period(session, world.officer, period_id=world.period.id)
    session.flush()
    with pytest.raises(DBAPIError):
        session.execute(text(statement))
