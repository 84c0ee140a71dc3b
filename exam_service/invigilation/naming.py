"""Who watches which sitting: named by the officer who runs the period."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from exam_service import audit, clock
from exam_service.actor import Actor, Permission, Role
from exam_service.auth.models import Account, RoleGrant
from exam_service.errors import Forbidden, NotFound
from exam_service.invigilation.models import SittingInvigilator
from exam_service.invigilation.service import get_sitting


def name_invigilators(
    session: Session,
    actor: Actor,
    sitting_id: UUID,
    *,
    account_ids: Collection[UUID],
    head_ids: Collection[UUID] = (),
) -> None:
    """Exactly these accounts watch the sitting; those of `head_ids` among them are its heads.

    Raises Forbidden, NotFound (an account that is no invigilator).
    """
    if not actor.can(Permission.PERIODS_MANAGE):
        raise Forbidden
    get_sitting(session, actor, sitting_id)
    wanted = set(account_ids)
    if not wanted <= {account.id for account in invigilators(session)}:
        raise NotFound
    session.execute(delete(SittingInvigilator).where(SittingInvigilator.sitting_id == sitting_id))
    named_at = clock.now()
    rows = [
        {
            "sitting_id": sitting_id,
            "account_id": account_id,
            "named_by": actor.id,
            "named_at": named_at,
            "is_head": account_id in head_ids,
        }
        for account_id in sorted(wanted)
    ]
    if rows:
        session.execute(insert(SittingInvigilator), rows)
    named = [account for account in invigilators(session) if account.id in wanted]
    audit.record(
        session,
        actor,
        "sitting.name_invigilators",
        ("sitting", sitting_id),
        accounts=sorted(account.username for account in named),
        heads=sorted(account.username for account in named if account.id in head_ids),
    )


def invigilators(session: Session) -> Sequence[Account]:
    """The active accounts with the role of an invigilator, by name."""
    return session.scalars(
        select(Account)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .where(Account.is_active, RoleGrant.role == Role.INVIGILATOR.value)
        .order_by(Account.display_name, Account.username)
        .distinct()
    ).all()


def heads_of(session: Session, sitting_id: UUID) -> set[UUID]:
    """The accounts that are heads of the sitting's room."""
    rows = select(SittingInvigilator.account_id).where(
        SittingInvigilator.sitting_id == sitting_id, SittingInvigilator.is_head
    )
    return set(session.scalars(rows))


def named_for(session: Session, sitting_id: UUID) -> list[tuple[UUID, str]]:
    """(account, name) of those who watch the sitting, by name."""
    rows = session.execute(
        select(Account.id, Account.display_name)
        .join(SittingInvigilator, SittingInvigilator.account_id == Account.id)
        .where(SittingInvigilator.sitting_id == sitting_id)
        .order_by(Account.display_name)
    )
    return [(account_id, name) for account_id, name in rows]
