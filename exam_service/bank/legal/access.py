"""Who may read and who may keep the register of legal documents."""

from uuid import UUID

from sqlalchemy import Select, false, select
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.bank.legal.models import LegalDocument, LegalRelation
from exam_service.errors import Forbidden, NotFound


class RegisterIsForAllBanks(Forbidden):
    """Somebody limited to some positions wants to change what every bank rests on."""

    code = "register_is_for_all_banks"
    message = "Chỉ người thẩm định phụ trách mọi ngân hàng mới được sửa danh mục văn bản pháp luật."


def may_keep_register(actor: Actor) -> bool:
    """True when the actor may change the register."""
    return actor.can(Permission.REGISTER_KEEP) and actor.bank_position_ids is None


def check_may_keep_register(actor: Actor) -> None:
    """Raises Forbidden or RegisterIsForAllBanks unless the actor may change the register."""
    if not actor.can(Permission.REGISTER_KEEP):
        raise Forbidden
    if not may_keep_register(actor):
        raise RegisterIsForAllBanks


def documents_visible_to(actor: Actor) -> Select[LegalDocument]:
    """The documents that the actor may read: all of them for everybody who may see a bank."""
    statement = select(LegalDocument)
    return statement if actor.can(Permission.BANK_VIEW) else statement.where(false())


def get_document(session: Session, actor: Actor, document_id: UUID) -> LegalDocument:
    """The document. Raises NotFound."""
    document = session.scalar(documents_visible_to(actor).where(LegalDocument.id == document_id))
    if document is None:
        raise NotFound
    return document


def get_relation(session: Session, actor: Actor, relation_id: UUID) -> LegalRelation:
    """The recorded change. Raises NotFound."""
    relation = session.get(LegalRelation, relation_id) if actor.can(Permission.BANK_VIEW) else None
    if relation is None:
        raise NotFound
    return relation
