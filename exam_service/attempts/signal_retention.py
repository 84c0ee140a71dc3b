"""How long it is kept what was noticed of a candidate's attention and computer: the period that the candidate was told.

Behaviour recorded by software is sensitive personal data (Luật 91/2025/QH15, Nghị định 356/2025/NĐ-CP): it is kept no
longer than a complaint may need it, and trouble of a computer with it. That a test moved to another machine, or that
answers were entered while the clock stood still, is no such record and stays.
"""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from exam_service import audit, clock
from exam_service.actor import SYSTEM
from exam_service.attempts.room_models import ATTENTION, TROUBLES

DELETE = text(
    """
    WITH gone AS (
        DELETE FROM attempt_signal WHERE kind = ANY(:kinds) AND at < :limit RETURNING attempt_id
    )
    SELECT candidate.period_id, count(*) FROM gone
    JOIN attempt ON attempt.id = gone.attempt_id JOIN candidate ON candidate.id = attempt.candidate_id
    GROUP BY candidate.period_id ORDER BY candidate.period_id
    """
)


def delete_old_signals(session: Session, *, keep_days: int) -> int:
    """Records older than `keep_days` days are gone, told per period in the audit trail; returns how many."""
    limit = clock.now() - timedelta(days=keep_days)
    deleted = session.execute(DELETE, {"limit": limit, "kinds": [*ATTENTION, *TROUBLES]}).all()
    for period_id, count in deleted:
        audit.record(
            session, SYSTEM, "period.forget_signals", ("period", period_id), count=count, keep_days=keep_days
        )
    return sum(count for _period_id, count in deleted)
