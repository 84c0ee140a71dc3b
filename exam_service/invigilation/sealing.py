"""Sealing a period with its attempts: who is suspended in the round has a paper, and must not sit it.

It stands with the room because a suspension does: a paper is barred in the transaction that seals it, so that nobody
can start it in between.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.aids.policy import seal_aids
from exam_service.attempts.sealing import prepare_attempts
from exam_service.invigilation.endings import bar_suspended
from exam_service.periods.models import DrawCeremony
from exam_service.periods.sealing import Report, SealedCandidate, draw_confirmed, seal_forms
from exam_service.periods.vault import Vault
from exam_service.settings import PLAYER_TOOLS


def seal_period(
    session: Session,
    actor: Actor,
    *,
    period_id: UUID,
    public_entropy: str = "",
    tools: Sequence[str] = PLAYER_TOOLS,
) -> int:
    """Every entered candidate has a frozen paper and an attempt, or nothing has changed; returns how many.

    In one step, for rehearsals; a real period goes through the ceremony (`draw_period`). `public_entropy` is mixed into
    the draw (periods.sealing.seal_forms); `tools` are those of exams about which nobody has decided.

    Raises what `periods.sealing.seal_forms` raises: NotReady, Forbidden, NotFound, PeriodIsSealed.
    """
    sealed = seal_forms(session, actor, period_id=period_id, public_entropy=public_entropy)
    seal_aids(session, actor, period_id, default=tools)
    return prepare_papers(session, actor, sealed, period_id=period_id)


def draw_period(
    session: Session,
    actor: Actor,
    *,
    ceremony: DrawCeremony,
    vault: Vault,
    report: Report | None = None,
    tools: Sequence[str] = PLAYER_TOOLS,
) -> int:
    """The papers of a confirmed ceremony are drawn, each with its attempt, or nothing has changed; returns how many.
    `tools` as for `seal_period`.

    Raises what `periods.sealing.draw_confirmed` raises.
    """
    told = {"report": report} if report else {}
    sealed = draw_confirmed(session, actor, ceremony_id=ceremony.id, vault=vault, **told)
    seal_aids(session, actor, ceremony.period_id, default=tools)
    return prepare_papers(session, actor, sealed, period_id=ceremony.period_id)


def prepare_papers(
    session: Session, actor: Actor, sealed: Sequence[SealedCandidate], *, period_id: UUID
) -> int:
    """Each of `sealed` has an attempt, barred where a suspension in the round stands; returns how many."""
    count = prepare_attempts(session, actor, sealed, period_id=period_id)
    bar_suspended(session, actor, [one.candidate_id for one in sealed])
    return count
