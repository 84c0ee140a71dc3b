"""Exporting a bank so that it imports back unchanged."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.audit import record
from exam_service.bank.access import get_bank, items_visible_to
from exam_service.bank.formats import FORMATS, Format
from exam_service.bank.head import current_drafts
from exam_service.bank.models import Item
from question_bank.items import ItemDraft


@dataclass(frozen=True)
class Exportable:
    """What a format can hold of a bank, and (code, reason) of every item that it cannot."""

    format: Format
    drafts: tuple[ItemDraft, ...]
    left_out: tuple[tuple[str, str], ...]


def plan_export(
    session: Session, actor: Actor, *, bank_id: UUID, format_name: str = "xlsx", state: str = ""
) -> Exportable:
    """The current text of every item of the bank (of one state, if given), by code. Raises NotFound.

    Each carries its source id, else its code, so that an import finds it again.
    """
    bank = get_bank(session, actor, bank_id=bank_id)
    chosen = FORMATS[format_name]
    statement = items_visible_to(actor).where(Item.bank_id == bank.id).order_by(Item.code)
    if state:
        statement = statement.where(Item.state == state)
    items = session.scalars(statement).all()
    current = current_drafts(session, items)
    drafts: list[ItemDraft] = []
    left_out: list[tuple[str, str]] = []
    for item in items:
        draft = current[item.id].model_copy(update={"source_id": item.source_id or item.code})
        reason = chosen.loss(draft)
        if reason is None:
            drafts.append(draft)
        else:
            left_out.append((item.code, reason))
    return Exportable(chosen, tuple(drafts), tuple(left_out))


def export_bank(session: Session, actor: Actor, *, bank_id: UUID, state: str = "") -> bytes:
    """The file with every item that the format can hold; the audit trail says who took it. Raises NotFound."""
    plan = plan_export(session, actor, bank_id=bank_id, state=state)
    data = plan.format.write(plan.drafts)
    record(
        session,
        actor,
        "bank.export",
        ("bank", bank_id),
        format=plan.format.name,
        state=state,
        items=len(plan.drafts),
        left_out=[code for code, _reason in plan.left_out],
    )
    return data
