"""Exporting a bank so that it imports back unchanged."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.audit import record
from exam_service.bank.access import get_bank, items_visible_to
from exam_service.bank.formats import FORMATS, Format
from exam_service.bank.head import current_drafts
from exam_service.bank.media.showing import media_of
from exam_service.bank.models import Bank, Item
from exam_service.bank.native_export import write_native
from exam_service.errors import Invalid
from exam_service.i18n import gettext as _
from question_bank.items import ItemDraft


@dataclass(frozen=True)
class Exportable:
    """What a format can hold of a bank, and (code, reason) of every item that it cannot."""

    format: Format
    bank: Bank
    items: tuple[Item, ...]
    drafts: tuple[ItemDraft, ...]
    left_out: tuple[tuple[str, str], ...]


def plan_export(
    session: Session, actor: Actor, *, bank_id: UUID, format_name: str = "xlsx", state: str = ""
) -> Exportable:
    """The current text of every item of the bank (of one state, if given), by code. Raises NotFound, Invalid.

    Each carries its source id, else its code, so that an import finds it again.
    """
    bank = get_bank(session, actor, bank_id=bank_id)
    chosen = FORMATS.get(format_name)
    if chosen is None:
        raise Invalid(field="format", reason=_("Hãy chọn một định dạng trong danh sách."))
    statement = items_visible_to(actor).where(Item.bank_id == bank.id).order_by(Item.code)
    if state:
        statement = statement.where(Item.state == state)
    items = session.scalars(statement).all()
    current = current_drafts(session, items)
    held: list[Item] = []
    drafts: list[ItemDraft] = []
    left_out: list[tuple[str, str]] = []
    for item in items:
        draft = current[item.id].model_copy(update={"source_id": item.source_id or item.code})
        reason = chosen.loss(draft)
        if reason is None:
            held.append(item)
            drafts.append(draft)
        else:
            left_out.append((item.code, reason))
    return Exportable(chosen, bank, tuple(held), tuple(drafts), tuple(left_out))


def export_bank(
    session: Session,
    actor: Actor,
    *,
    bank_id: UUID,
    format_name: str = "xlsx",
    state: str = "",
    is_zip: bool = True,
) -> bytes:
    """The file with every item that the format can hold; the audit trail says who took it.

    A package with history is a .zip, or one .json.

    Raises NotFound, Invalid.
    """
    plan = plan_export(session, actor, bank_id=bank_id, format_name=format_name, state=state)
    if plan.format.has_history:
        drafts = {item.id: draft for item, draft in zip(plan.items, plan.drafts, strict=True)}
        data = write_native(session, plan.bank, plan.items, drafts, is_zip=is_zip)
    else:
        data = plan.format.write(plan.drafts, media_of(session, plan.drafts))
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
