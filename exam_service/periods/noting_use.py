"""Telling the bank which of its items a period used, once the period is over and nobody can be helped by knowing."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.bank.facets.keeping import EndedPeriod, note_use
from exam_service.bank.facets.models import ItemUse
from exam_service.periods.drawing import REVEALED
from exam_service.periods.models import Candidate, FormSlot, Period, SealedForm


def note_ended_periods(session: Session) -> int:
    """Every closed period whose papers the bank does not know of yet is told to it; returns how many were.

    A period without papers is looked at again each time: it has nothing to read.
    """
    known = select(ItemUse.period_id).where(ItemUse.period_id == Period.id).exists()
    ended = select(Period).where(Period.state.in_([state.value for state in REVEALED]), ~known)
    done = 0
    for period in session.scalars(ended.order_by(Period.id)).all():
        facts = EndedPeriod(period.id, period.code, period.name, period.sealed_at)
        done += note_use(session, facts, version_ids=_versions_in(session, period.id)) > 0
    return done


def _versions_in(session: Session, period_id: UUID) -> list[UUID]:
    statement = (
        select(FormSlot.version_id)
        .join(SealedForm, SealedForm.id == FormSlot.form_id)
        .join(Candidate, Candidate.id == SealedForm.candidate_id)
        .where(Candidate.period_id == period_id)
        .distinct()
    )
    return list(session.scalars(statement))
