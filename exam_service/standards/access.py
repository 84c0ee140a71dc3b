"""Who may see what of a panel: officers its course and figures, judges their own ratings, nobody else anything."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from exam_service.actor import PERMISSIONS, Actor, Permission
from exam_service.auth.models import Account, RoleGrant
from exam_service.errors import Forbidden, NotFound, Refusal
from exam_service.periods.models import Candidate, CandidateStatus, Exam
from exam_service.periods.service import periods_visible_to
from exam_service.standards.models import CutPanel, PanelMember


class JudgeIsCandidate(Refusal):
    code = "judge_is_candidate"
    status = 403
    message = "%(name)s là thí sinh của kỳ này nên không được tham gia xác định ngưỡng đạt."


def panels_visible_to(actor: Actor) -> Select[CutPanel]:
    """The panels of the periods that the actor may see, newest first."""
    periods = periods_visible_to(actor).order_by(None).subquery()
    return (
        select(CutPanel)
        .join(Exam, Exam.id == CutPanel.exam_id)
        .join(periods, periods.c.id == Exam.period_id)
        .order_by(CutPanel.opened_at.desc())
    )


def get_panel(session: Session, actor: Actor, *, period_id: UUID, panel_id: UUID) -> CutPanel:
    """Raises NotFound."""
    panel = session.scalar(
        panels_visible_to(actor).where(CutPanel.id == panel_id, Exam.period_id == period_id)
    )
    if panel is None:
        raise NotFound
    return panel


def own_panels(session: Session, actor: Actor) -> Sequence[CutPanel]:
    """The panels in which the actor judges, newest first. Raises Forbidden."""
    _check_may_judge(actor)
    return session.scalars(
        select(CutPanel)
        .join(PanelMember, PanelMember.panel_id == CutPanel.id)
        .where(PanelMember.account_id == actor.id)
        .order_by(CutPanel.opened_at.desc())
    ).all()


def get_own_panel(session: Session, actor: Actor, panel_id: UUID) -> CutPanel:
    """The panel, for one of its judges. Raises Forbidden, NotFound, JudgeIsCandidate (entered since the opening)."""
    _check_may_judge(actor)
    panel = session.scalar(
        select(CutPanel)
        .join(PanelMember, PanelMember.panel_id == CutPanel.id)
        .where(CutPanel.id == panel_id, PanelMember.account_id == actor.id)
    )
    if panel is None:
        raise NotFound
    assert actor.id is not None
    refuse_candidates(session, panel.exam.period_id, [actor.id])
    return panel


def _check_may_judge(actor: Actor) -> None:
    if not actor.can(Permission.CUTS_RATE):
        raise Forbidden


def possible_judges(session: Session) -> Sequence[Account]:
    """Active accounts with a role that may judge, by name: those who see the bank's questions anyway."""
    roles = [role.value for role, allowed in PERMISSIONS.items() if Permission.CUTS_RATE in allowed]
    granted = exists().where(RoleGrant.account_id == Account.id, RoleGrant.role.in_(roles))
    return session.scalars(
        select(Account).where(Account.is_active, granted).order_by(Account.display_name)
    ).all()


def refuse_candidates(session: Session, period_id: UUID, account_ids: Sequence[UUID]) -> None:
    """Nobody sets the cut of an examination that they sit. Raises JudgeIsCandidate."""
    name = session.scalar(
        select(Account.display_name)
        .join(Candidate, Candidate.person_id == Account.person_id)
        .where(
            Account.id.in_(account_ids),
            Candidate.period_id == period_id,
            Candidate.status == CandidateStatus.ENTERED.value,
        )
        .limit(1)
    )
    if name is not None:
        raise JudgeIsCandidate(name=name, field="member_ids")
