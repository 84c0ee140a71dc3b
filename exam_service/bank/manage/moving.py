"""Moving items between banks."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.audit import record
from exam_service.bank.access import check_may_author, get_bank, lock_item
from exam_service.bank.authoring import NotYourDraft
from exam_service.bank.head import trusted_draft, versions_of
from exam_service.bank.media.showing import names_in
from exam_service.bank.media.storing import copy_images
from exam_service.bank.models import Item
from exam_service.errors import Forbidden, Refusal


class AlreadyThere(Refusal):
    code = "already_in_bank"
    message = "Câu hỏi đã ở trong ngân hàng %(bank)s."


class SourceTaken(Refusal):
    """The other bank has an item of the same source id, which a later import would take for this one."""

    code = "source_taken"
    message = "Ngân hàng %(bank)s đã có câu %(code)s nhập từ cùng nguồn. Hãy so sánh và bỏ một câu."


class SubmittedItemMoves(Forbidden):
    code = "submitted_item_moves"
    message = "Câu đã gửi thẩm định chỉ người thẩm định mới được chuyển sang ngân hàng khác."


def move_item(session: Session, actor: Actor, *, item_id: UUID, bank_id: UUID) -> Item:
    """The item belongs to the other bank, with the images that it shows; its code, versions and history stay.

    Sealed papers are not touched; later papers draw it for the blueprints of the new bank. The holder of a draft that
    was never submitted moves it, anything else a reviewer of both banks does.
    Raises Forbidden, NotFound, NotYourDraft, SubmittedItemMoves, AlreadyThere, SourceTaken, MediaQuotaExceeded.
    """
    item = lock_item(session, actor, item_id)
    bank = get_bank(session, actor, bank_id=bank_id)
    versions = versions_of(session, item)
    if not actor.can(Permission.BANK_REVIEW):
        check_may_author(actor)
        if versions:
            raise SubmittedItemMoves
        if item.author_id != actor.id:
            raise NotYourDraft
    if item.bank_id == bank.id:
        raise AlreadyThere(bank=bank.code)
    if item.source_id is not None:
        same = select(Item.code).where(Item.bank_id == bank.id, Item.source_id == item.source_id)
        if (code := session.scalar(same)) is not None:
            raise SourceTaken(bank=bank.code, code=code)
    bodies = [version.body for version in versions] + ([item.draft] if item.draft else [])
    shown = frozenset[str]().union(*(names_in(trusted_draft(body)) for body in bodies))
    copy_images(session, names=shown, bank_id=bank.id)
    before, item.bank = item.bank.code, bank
    item.revision += 1
    session.flush()
    # The trigger follows drafts only: the images of frozen versions are noted here.
    session.execute(select(func.note_media_of(item.id)))
    record(session, actor, "item.move", ("item", item.id), code=item.code, before=before, after=bank.code)
    return item
