"""Acts of a form, each done once: sent again (a double click, a page loaded anew, a bad line) it changes nothing.

A form carries the id of its act, and the audit trail of the sitting keeps which acts were done, with what became of
them, in the transaction that did them.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service import audit
from exam_service.actor import Actor
from exam_service.audit import AuditRow

ACTION = "sitting.act"
ACT_LOCK = 7_361_005
"""Advisory lock of an act: whoever sends the same form waits for the first. Taken before every other lock, so that it
stands in no order with those which the acts take."""


def do_once(
    session: Session,
    actor: Actor,
    sitting_id: UUID,
    *,
    act_id: UUID | None,
    act: Callable[[], object],
    **about: object,
) -> bool:
    """`act` is done and kept with what it was `about`, unless it was done before: False. None: a program that names no
    act, for which it is done each time.

    The caller has checked that the actor may see the sitting. Raises what `act` raises: then nothing is kept, and sent
    again it is tried again.
    """
    if act_id is not None and done_before(session, sitting_id, act_id) is not None:
        return False
    act()
    if act_id is not None:
        keep_act(session, actor, sitting_id, act_id, **about)
    return True


def done_before(session: Session, sitting_id: UUID, act_id: UUID) -> dict[str, Any] | None:
    """As `find_act`; who sends the same act waits until this transaction ends."""
    key = func.hashtext(f"{sitting_id} {act_id}")
    session.execute(select(func.pg_advisory_xact_lock(ACT_LOCK, key)))
    return find_act(session, sitting_id, act_id)


def find_act(session: Session, sitting_id: UUID, act_id: UUID) -> dict[str, Any] | None:
    """What was kept of an act in this sitting, the last time that it was done; None: it was not."""
    return session.scalar(
        select(AuditRow.detail)
        .where(
            AuditRow.subject_type == "sitting",
            AuditRow.subject_id == str(sitting_id),
            AuditRow.action == ACTION,
            AuditRow.detail["act"].astext == str(act_id),
        )
        .order_by(AuditRow.sequence.desc())
        .limit(1)
    )


def keep_act(session: Session, actor: Actor, sitting_id: UUID, act_id: UUID, **about: object) -> None:
    """The act is done, if the transaction commits."""
    audit.record(session, actor, ACTION, ("sitting", sitting_id), act=act_id, **about)
