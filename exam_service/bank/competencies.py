"""The competency tree: what every bank's items are sorted by and blueprints draw from."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.audit import record
from exam_service.bank.access import check_may_shape, items_visible_to
from exam_service.bank.models import Competency, Item
from exam_service.bank.schemas import CompetencyInput
from exam_service.bank.sentences import domain_sentence
from exam_service.errors import Invalid, NotFound, Refusal
from exam_service.i18n import gettext as _
from question_bank.taxonomy import (
    MESSAGES,
    InvalidCompetencyCode,
    is_within,
    parent_code,
    parse_competency_code,
)


class CompetencyInUse(Refusal):
    code = "competency_in_use"
    message = "Năng lực %(code)s còn %(count)s câu hỏi hoặc năng lực con nên không xóa được."


@dataclass(frozen=True)
class CompetencyRow:
    """A node and how many items visible to the actor it holds; `items_below` counts the subtree."""

    competency: Competency
    depth: int
    items: int
    items_below: int


def list_competencies(session: Session, actor: Actor) -> list[CompetencyRow]:
    """The whole tree in its order."""
    counted = dict(
        session.execute(
            items_visible_to(actor).with_only_columns(Item.competency, func.count()).group_by(Item.competency)
        ).all()
    )
    nodes = session.scalars(select(Competency).order_by(Competency.code)).all()
    return [
        CompetencyRow(
            node,
            node.code.count("."),
            counted.get(node.code, 0),
            sum(count for code, count in counted.items() if code and is_within(code, node.code)),
        )
        for node in nodes
    ]


def save_competency(session: Session, actor: Actor, *, data: CompetencyInput) -> Competency:
    """The tree has a node of this code with these names; an existing node is renamed.

    Raises Forbidden; Invalid for a malformed code, a missing name or a missing parent.
    """
    check_may_shape(actor)
    try:
        code = parse_competency_code(data.code)
    except InvalidCompetencyCode as error:
        reason = domain_sentence(MESSAGES, error.code, error.params)
        raise Invalid(field="code", reason=reason) from error
    if not data.name:
        raise Invalid(field="name", reason=_("Hãy nhập tên năng lực."))
    parent = parent_code(code)
    if parent is not None and _find(session, parent) is None:
        reason = domain_sentence(MESSAGES, "competency_without_parent", {"code": code, "parent": parent})
        raise Invalid(field="code", reason=reason)
    node = _find(session, code)
    if node is None:
        node = Competency(code=code)
        session.add(node)
    node.name, node.name_en = data.name, data.name_en or data.name
    session.flush()  # the audit row names its id
    record(session, actor, "competency.save", ("competency", node.id), code=code, name=node.name)
    return node


def delete_competency(session: Session, actor: Actor, *, code: str) -> None:
    """The node is gone. Raises Forbidden, NotFound, CompetencyInUse."""
    check_may_shape(actor)
    node = _find(session, code)
    if node is None:
        raise NotFound
    below = Competency.code.startswith(f"{code}.", autoescape=True)
    used = (session.scalar(select(func.count()).where(Item.competency == code)) or 0) + (
        session.scalar(select(func.count()).where(below)) or 0
    )
    if used:
        raise CompetencyInUse(code=code, count=used)
    session.delete(node)
    record(session, actor, "competency.delete", ("competency", node.id), code=code)


def _find(session: Session, code: str) -> Competency | None:
    return session.scalar(select(Competency).where(Competency.code == code))
