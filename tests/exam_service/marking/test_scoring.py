"""Scoring a closed period: every slot, append-only, by those who may."""

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.attempts.models import AttemptState, Response
from exam_service.audit import AuditRow
from exam_service.errors import Forbidden, Invalid, NotFound
from exam_service.marking.models import ScoringRun, SlotScore
from exam_service.marking.overview import count_attempts, list_invalid_answers, list_runs
from exam_service.marking.service import NotClosed, score_period
from exam_service.periods.models import Period
from tests.fixtures.periods import actor_with, make_world
from tests.fixtures.results import (
    ABSENT,
    attempts_of,
    make_marked_period,
    make_released_period,
    make_sat_period,
)


def points_by_attempt(session: Session, run: ScoringRun) -> list[int]:
    rows = session.execute(
        select(SlotScore.attempt_id, func.sum(SlotScore.points))
        .where(SlotScore.run_id == run.id)
        .group_by(SlotScore.attempt_id)
    )
    found = dict(rows.all())
    return [int(found[key]) for key in sorted(found)]


def test_every_slot_of_every_handed_in_attempt_has_a_score(session: Session):
    world = make_sat_period(session, right=(6, 3, 0, ABSENT))
    run = score_period(session, world.officer, period_id=world.period.id)
    scores = session.scalars(select(SlotScore).where(SlotScore.run_id == run.id)).all()
    assert len(scores) == 4 * 6
    assert sorted(points_by_attempt(session, run)) == [0, 0, 3, 6]
    assert run.attempt_count == 4


def test_the_period_is_marked_and_its_attempts_are_scored(session: Session):
    world = make_marked_period(session)
    assert session.get_one(Period, world.period.id).state == "marked"
    assert {attempt.state for attempt in attempts_of(session, world)} == {"scored"}


def test_a_void_attempt_is_not_scored_and_stays_void(session: Session):
    world = make_sat_period(session)
    attempts_of(session, world)[0].state = AttemptState.VOID.value
    session.commit()
    run = score_period(session, world.officer, period_id=world.period.id)
    session.expire_all()
    assert attempts_of(session, world)[0].state == "void"
    assert run.attempt_count == 3
    assert count_attempts(session, [world.period.id])[world.period.id].void == 1


def test_an_answer_that_does_not_fit_its_item_scores_nothing_and_is_listed(session: Session):
    world = make_sat_period(session, right=(6,))
    (attempt,) = attempts_of(session, world)
    session.execute(
        update(Response)
        .where(Response.attempt_id == attempt.id, Response.slot == 2)
        .values(response={"choice": "nothing-of-this-name"})
    )
    run = score_period(session, world.officer, period_id=world.period.id)
    assert points_by_attempt(session, run) == [5]
    (listed,) = list_invalid_answers(session, run.id)
    assert (listed.slot, listed.problem) == (2, "unknown_option")
    assert list_runs(session, world.period.id)[0].invalid_count == 1


def test_scoring_again_needs_a_reason_and_keeps_the_first_run(session: Session):
    world = make_marked_period(session)
    with pytest.raises(Invalid) as refusal:
        score_period(session, world.officer, period_id=world.period.id, reason="  ")
    assert refusal.value.field == "reason"
    score_period(session, world.officer, period_id=world.period.id, reason="Đính chính đáp án câu 5")
    runs = list_runs(session, world.period.id)
    assert [line.run.reason for line in runs] == ["Đính chính đáp án câu 5", ""]
    assert session.scalar(select(func.count()).select_from(SlotScore)) == 2 * 4 * 6


def test_scores_are_never_changed(session: Session):
    make_marked_period(session)
    with pytest.raises(DBAPIError, match="never changed"):
        session.execute(update(SlotScore).values(points=0))


@pytest.mark.parametrize("make", [make_world, make_released_period])
def test_only_a_closed_or_marked_period_is_scored(session: Session, make):
    world = make(session)
    with pytest.raises(NotClosed):
        score_period(session, world.officer, period_id=world.period.id, reason="thử")


def test_an_unknown_period_is_not_found(session: Session):
    officer = actor_with(session, Role.OFFICER)
    with pytest.raises(NotFound):
        score_period(session, officer, period_id=officer.id or make_world(session).period.id)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OFFICER])
def test_a_stranger_cannot_score(session: Session, role: Role):
    world = make_sat_period(session)
    with pytest.raises(Forbidden):
        score_period(session, actor_with(session, role), period_id=world.period.id)


def test_scoring_is_in_the_audit_trail_with_its_reason(session: Session):
    world = make_marked_period(session)
    acts = session.scalars(
        select(AuditRow).where(AuditRow.action == "period.score", AuditRow.subject_id == str(world.period.id))
    ).all()
    assert [act.detail["attempts"] for act in acts] == [4]
