"""Telling the bank how many answers there are to its items, once the results of a period are released."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.attempts.models import Attempt, AttemptState
from exam_service.bank.facets.keeping import note_answers
from exam_service.bank.facets.models import ItemUse
from exam_service.periods.models import Candidate, FormSlot, Period
from exam_service.results.service import RELEASED


def note_released_periods(session: Session) -> int:
    """Every released period whose answers the bank does not know of yet is counted; returns how many were."""
    waiting = (
        select(ItemUse.period_id).where(ItemUse.period_id == Period.id, ItemUse.answers.is_(None)).exists()
    )
    released = select(Period.id).where(Period.state.in_(RELEASED), waiting).order_by(Period.id)
    found = session.scalars(released).all()
    for period_id in found:
        note_answers(session, period_id=period_id, answers=_answers_in(session, period_id))
    return len(found)


def _answers_in(session: Session, period_id: UUID) -> dict[UUID, int]:
    """Version → in how many papers it stood whose person started and was scored."""
    rows = session.execute(
        select(FormSlot.version_id, func.count())
        .join(Attempt, Attempt.form_id == FormSlot.form_id)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .where(
            Candidate.period_id == period_id,
            Attempt.state == AttemptState.SCORED.value,
            Attempt.started_at.is_not(None),
        )
        .group_by(FormSlot.version_id)
    )
    return dict(rows.all())
