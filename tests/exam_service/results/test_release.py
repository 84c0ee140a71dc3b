"""Standings and the release: everybody entered has a result, in one step that cannot be repeated or undone."""

from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Role
from exam_service.attempts.models import AttemptState
from exam_service.errors import Forbidden, NotFound, Stale
from exam_service.invigilation.models import DecisionKind, RoomDecision
from exam_service.invigilation.schemas import ReasonInput
from exam_service.invigilation.service import ResultsAreOut, void_attempt
from exam_service.marking.models import ScoringRun, SlotScore
from exam_service.marking.service import newest_run_id, score_period
from exam_service.periods.models import Exam, Period
from exam_service.rating_feed.models import OutboxEvent
from exam_service.rating_feed.outbox import release_period
from exam_service.results.models import Result
from exam_service.results.service import NotMarked, current_result, results_visible_to
from exam_service.results.standings import compute_standings
from exam_service.results.summary import summarise
from tests.fixtures.periods import World, actor_with
from tests.fixtures.results import (
    ABSENT,
    attempts_of,
    make_marked_period,
    make_released_period,
    make_sat_period,
)


def results_of(session: Session, world: World) -> list[Result]:
    return [
        result
        for attempt in attempts_of(session, world)
        if (result := current_result(session, attempt.candidate_id)) is not None
    ]


def test_everybody_entered_gets_outcome_band_and_competencies(session: Session):
    world = make_released_period(session, right=(6, 5, 3, 2))
    results = results_of(session, world)
    assert [(r.points, r.outcome, r.band_code) for r in results] == [
        (Decimal(6), "pass", "excellent"),
        (Decimal(5), "pass", "good"),
        (Decimal(3), "pass", "satisfactory"),
        (Decimal(2), "fail", "unsatisfactory"),
    ]
    assert results[1].competencies == [{"code": "TP", "name": "Tư pháp", "points": "5", "max_points": "6"}]
    assert session.get_one(Period, world.period.id).state == "released"


def test_who_was_absent_fails_with_the_reason_on_the_row(session: Session):
    (result,) = results_of(session, make_released_period(session, right=(ABSENT,)))
    assert (result.was_absent, result.outcome, result.points, result.reason) == (True, "fail", 0, "Vắng thi")
    assert result.max_points == 6


def test_a_void_attempt_is_released_as_annulled_with_its_reason_even_if_never_scored(session: Session):
    world = make_sat_period(session, right=(6,))
    (attempt,) = attempts_of(session, world)
    attempt.state = AttemptState.VOID.value
    session.add(
        RoomDecision(
            sitting_id=attempt.sitting_id,
            attempt_id=attempt.id,
            kind=DecisionKind.VOID.value,
            reason="Thi hộ",
            decided_by=None,
            decided_by_name="Giám thị",
            at=clock.now(),
        )
    )
    session.commit()
    score_period(session, world.officer, period_id=world.period.id)
    release_period(session, world.officer, period_id=world.period.id)
    (result,) = results_of(session, world)
    assert (result.kind, result.points, result.outcome, result.reason) == ("annulled", 0, "fail", "Thi hộ")
    assert result.max_points == 6
    assert result.competencies == []


def test_thirds_of_marks_add_up_to_the_cut_although_each_was_stored_rounded(session: Session):
    world = make_marked_period(session, right=(0,))
    (attempt,) = attempts_of(session, world)
    run = ScoringRun(
        period_id=world.period.id, started_by=None, started_at=clock.now(), reason="thử", attempt_count=1
    )
    session.add(run)
    session.flush()
    # 9 thirds of a mark are 3 of 6 marks; as stored they are 2.999997.
    for slot in range(1, 7):
        share = "2/3" if slot <= 3 else "1/3"
        session.add(
            SlotScore(
                run_id=run.id,
                attempt_id=attempt.id,
                slot=slot,
                version_id=uuid4(),
                competency="TP",
                points=Decimal("0.666666") if slot <= 3 else Decimal("0.333333"),
                max_points=Decimal(1),
                detail={"share": share},
            )
        )
    session.flush()
    (standing,) = compute_standings(session, world.period.id)
    assert (standing.points, standing.outcome, standing.band_code) == (3, "pass", "satisfactory")
    assert standing.run_id == run.id


def test_the_newest_score_of_every_slot_counts(session: Session):
    world = make_marked_period(session, right=(6,))
    (attempt,) = attempts_of(session, world)
    run = ScoringRun(
        period_id=world.period.id, started_by=None, started_at=clock.now(), reason="thử", attempt_count=1
    )
    session.add(run)
    session.flush()
    session.add(
        SlotScore(
            run_id=run.id,
            attempt_id=attempt.id,
            slot=1,
            version_id=uuid4(),
            competency="TP",
            points=Decimal(0),
            max_points=Decimal(1),
            detail={"share": "0"},
        )
    )
    session.flush()
    (standing,) = compute_standings(session, world.period.id)
    assert standing.points == 5


def test_the_summary_counts_those_who_sat_and_keeps_the_order_of_the_bands(session: Session):
    world = make_marked_period(session, right=(6, 5, 3, 2, ABSENT))
    exam = session.get_one(Exam, world.exam.id)
    summary = summarise(exam, compute_standings(session, world.period.id))
    assert (summary.entered, summary.n, summary.absent, summary.passed) == (5, 4, 1, 3)
    assert [(band.code, band.count) for band in summary.bands] == [
        ("excellent", 1),
        ("good", 1),
        ("satisfactory", 1),
        ("unsatisfactory", 1),
    ]
    assert summary.tenths == [0, 0, 0, 1, 0, 1, 0, 0, 1, 1]
    assert summary.mean_percent == pytest.approx(100 * 16 / 24)
    assert summary.median_percent == pytest.approx(100 * 4 / 6)


def test_the_summary_of_an_exam_that_nobody_sat_has_no_mean(session: Session):
    world = make_marked_period(session, right=(ABSENT,))
    summary = summarise(session.get_one(Exam, world.exam.id), compute_standings(session, world.period.id))
    assert (summary.n, summary.mean_percent, summary.median_percent, summary.pass_percent) == (
        0,
        None,
        None,
        None,
    )


def test_a_release_writes_one_event_per_result(session: Session):
    make_released_period(session)
    assert session.scalar(select(func.count()).select_from(OutboxEvent)) == 4


def test_a_period_is_released_once(session: Session):
    world = make_released_period(session)
    with pytest.raises(NotMarked):
        release_period(session, world.officer, period_id=world.period.id)


def test_a_release_of_figures_that_are_no_longer_the_newest_is_refused(session: Session):
    world = make_marked_period(session)
    seen = newest_run_id(session, world.period.id)
    score_period(session, world.officer, period_id=world.period.id, reason="Đính chính đáp án")
    with pytest.raises(Stale):
        release_period(session, world.officer, period_id=world.period.id, run_id=seen)
    assert release_period(
        session, world.officer, period_id=world.period.id, run_id=newest_run_id(session, world.period.id)
    )


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OFFICER])
def test_a_stranger_cannot_release(session: Session, role: Role):
    world = make_marked_period(session)
    with pytest.raises(Forbidden):
        release_period(session, actor_with(session, role), period_id=world.period.id)


def test_an_unknown_period_is_not_released(session: Session):
    with pytest.raises(NotFound):
        release_period(session, actor_with(session, Role.OFFICER), period_id=uuid4())


@pytest.mark.parametrize("statement", [update(Result).values(points=60), delete(Result)])
def test_a_released_result_is_never_changed_or_deleted(session: Session, statement):
    make_released_period(session)
    with pytest.raises(DBAPIError, match="never changed"):
        session.execute(statement)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AUTHOR, Role.REVIEWER, Role.INVIGILATOR, Role.MARKER])
def test_a_stranger_sees_no_results(session: Session, role: Role):
    make_released_period(session)
    assert session.scalars(results_visible_to(actor_with(session, role))).all() == []


def test_a_paper_cannot_be_voided_in_the_room_once_its_result_is_released(session: Session) -> None:
    world = make_released_period(session)
    attempt = attempts_of(session, world)[0]
    with pytest.raises(ResultsAreOut):
        void_attempt(session, world.officer, attempt.id, data=ReasonInput(reason="dùng tài liệu"))
