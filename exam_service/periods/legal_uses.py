"""Where papers meet a change of law: sealed periods that hold the items, and periods that would still draw them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.bank.models import Item
from exam_service.i18n import HOME
from exam_service.periods.models import (
    Candidate,
    Exam,
    FormSlot,
    Period,
    PeriodState,
    SealedForm,
    Sitting,
)


@dataclass(frozen=True)
class PeriodUse:
    """A period that the change concerns. `papers` is 0 for one that is not sealed; `is_after`: it has a sitting on or
    after the day of the change."""

    code: str
    name: str
    state: str
    papers: int
    items: int
    first_start: datetime | None
    last_start: datetime | None
    is_after: bool


def sealed_uses(session: Session, version_ids: Collection[UUID], *, start: date) -> list[PeriodUse]:
    """The sealed periods whose papers hold any of these versions, newest first. Nothing of them is ever changed."""
    if not version_ids:
        return []
    held = session.execute(
        select(
            Candidate.period_id,
            func.count(func.distinct(FormSlot.form_id)),
            func.count(func.distinct(FormSlot.version_id)),
        )
        .join(SealedForm, SealedForm.id == FormSlot.form_id)
        .join(Candidate, Candidate.id == SealedForm.candidate_id)
        .where(FormSlot.version_id.in_(list(version_ids)))
        .group_by(Candidate.period_id)
    )
    counts = {period_id: (papers, items) for period_id, papers, items in held}
    return _uses(session, counts, start=start)


def planned_uses(session: Session, item_ids: Collection[UUID], *, start: date) -> list[PeriodUse]:
    """The periods in preparation that draw from the banks of these items and sit on or after the day."""
    if not item_ids:
        return []
    per_bank = session.execute(
        select(Item.bank_id, func.count()).where(Item.id.in_(list(item_ids))).group_by(Item.bank_id)
    )
    counts = {str(bank_id): count for bank_id, count in per_bank}
    exams = session.execute(
        select(Exam.period_id, Exam.bank_ids)
        .join(Period, Period.id == Exam.period_id)
        .where(Period.state == PeriodState.DRAFT.value)
    )
    banks: dict[UUID, set[str]] = {}
    for period_id, bank_ids in exams:
        banks.setdefault(period_id, set()).update(counts.keys() & set(bank_ids))
    found = {
        period_id: (0, sum(counts[bank] for bank in drawn)) for period_id, drawn in banks.items() if drawn
    }
    return [use for use in _uses(session, found, start=start) if use.is_after or use.first_start is None]


def _uses(session: Session, counts: dict[UUID, tuple[int, int]], *, start: date) -> list[PeriodUse]:
    rows = session.execute(
        select(Period, func.min(Sitting.starts_at), func.max(Sitting.starts_at))
        .outerjoin(Exam, Exam.period_id == Period.id)
        .outerjoin(Sitting, Sitting.exam_id == Exam.id)
        .where(Period.id.in_(counts))
        .group_by(Period.id)
        .order_by(Period.created_at.desc())
    )
    return [
        PeriodUse(
            period.code,
            period.name,
            period.state,
            *counts[period.id],
            first,
            last,
            is_after=last is not None and last.astimezone(HOME).date() >= start,
        )
        for period, first, last in rows
    ]
