from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.attempts.models import Attempt
from exam_service.attempts.opening import LONGEST, SHORTEST, spread_of
from exam_service.audit import AuditRow
from exam_service.invigilation.sealing import seal_period
from exam_service.periods.models import Candidate, SealedForm
from tests.fixtures.periods import make_world


def test_sealing_prepares_an_attempt_for_every_paper(session: Session) -> None:
    world = make_world(session, people=4)
    assert seal_period(session, world.officer, period_id=world.period.id) == 4
    session.commit()
    rows = session.execute(
        select(Attempt, SealedForm).join(SealedForm, SealedForm.id == Attempt.form_id)
    ).all()
    assert len(rows) == 4
    for attempt, form in rows:
        assert attempt.candidate_id == form.candidate_id
        assert (attempt.state, attempt.slot_count, attempt.sitting_id) == ("assigned", 6, world.sitting.id)
        opens_at = world.sitting.starts_at + attempt.opening_delay
        assert timedelta(0) <= attempt.opening_delay < spread_of(4)
        assert attempt.starts_at == opens_at
        assert attempt.late_until == opens_at + timedelta(minutes=10)
        assert attempt.deadline_at == opens_at + timedelta(minutes=60)


def test_the_starts_of_many_are_spread_over_longer_than_those_of_a_few() -> None:
    assert spread_of(1) == spread_of(300) == SHORTEST
    assert spread_of(2000) == timedelta(seconds=2000 / 150)
    assert spread_of(250_000) == LONGEST


def test_planned_extra_time_moves_only_that_persons_deadline(session: Session) -> None:
    world = make_world(session, people=2)
    favoured = session.scalars(select(Candidate).order_by(Candidate.number)).first()
    assert favoured is not None
    favoured.extra_time_min, favoured.extra_time_reason = 20, "Khuyết tật vận động"
    session.commit()
    seal_period(session, world.officer, period_id=world.period.id)
    deadlines = dict(
        session.execute(select(Attempt.candidate_id, Attempt.deadline_at - Attempt.starts_at)).all()
    )
    assert deadlines.pop(favoured.id) == timedelta(minutes=80)
    assert set(deadlines.values()) == {timedelta(minutes=60)}


def test_sealing_says_in_the_audit_trail_how_many_attempts_it_prepared(session: Session) -> None:
    world = make_world(session, people=2)
    seal_period(session, world.officer, period_id=world.period.id)
    session.commit()
    row = session.scalars(select(AuditRow).where(AuditRow.action == "period.prepare_attempts")).one()
    assert row.detail == {"count": 2}
    assert session.scalar(select(func.count()).select_from(Attempt)) == 2
