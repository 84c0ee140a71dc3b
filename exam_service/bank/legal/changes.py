"""Changes of law: what one would touch, recording it, suspending what cites it on its day, taking it back."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from uuid_utils.compat import uuid7

from exam_service import clock
from exam_service.actor import SYSTEM, Actor
from exam_service.audit import record
from exam_service.bank.authoring import add_step
from exam_service.bank.facets.keeping import follow_documents
from exam_service.bank.head import refresh_head
from exam_service.bank.legal.access import check_may_keep_register, get_document, get_relation
from exam_service.bank.legal.models import LegalDocument, LegalRelation, LegalSuspension
from exam_service.bank.legal.register import change_of, load_register, standing_relations
from exam_service.bank.legal.schemas import ChangeInput
from exam_service.bank.legal.sentences import change_sentence
from exam_service.bank.legal.touching import SUSPENDABLE, Preview, preview_of, today, touched_versions
from exam_service.bank.models import Item, ItemVersion
from exam_service.bank.refusals import review_rules
from exam_service.errors import Invalid, Refusal
from exam_service.i18n import gettext as _
from question_bank.citations import UnreadableCitation, document_key
from question_bank.legal.documents import Change, ChangeKind, parse_places
from question_bank.legal.register import Register
from question_bank.review import ReviewState, check_transition


class PreviewOutdated(Refusal):
    """The banks or the register changed after the preview was shown: nothing was applied."""

    code = "preview_outdated"
    message = "Danh sách câu hỏi bị ảnh hưởng đã thay đổi sau khi Ông/Bà xem trước. Hãy xem lại rồi xác nhận."


class ChangeExists(Refusal):
    code = "change_exists"
    message = "Thay đổi này đã được ghi nhận."


class AlreadyUndone(Refusal):
    code = "already_undone"
    message = "Thay đổi này đã được rút lại trước đó."


def preview_change(session: Session, actor: Actor, *, document_id: UUID, data: ChangeInput) -> Preview:
    """What the change would do if it were recorded now; nothing is written. Raises Forbidden, NotFound, Invalid."""
    check_may_keep_register(actor)
    return preview_of(session, _relation(session, actor, document_id=document_id, data=data))


def record_change(session: Session, actor: Actor, *, document_id: UUID, data: ChangeInput) -> LegalRelation:
    """The change stands in the register; if its day has come, every citing version in use is suspended with it.

    `data.seen` is the fingerprint of the preview: what is applied is what was looked at. Raises Forbidden, NotFound,
    Invalid, ChangeExists, PreviewOutdated.
    """
    check_may_keep_register(actor)
    relation = _relation(session, actor, document_id=document_id, data=data)
    if preview_of(session, relation).fingerprint != data.seen:
        raise PreviewOutdated
    return add_relation(session, actor, relation)


def add_relation(session: Session, actor: Actor, relation: LegalRelation) -> LegalRelation:
    """The relation is recorded and, if due, applied. Raises ChangeExists; whoever calls this checks the permission."""
    # One keeper at a time: two at once would both miss the other's change.
    session.execute(select(LegalDocument.id).where(LegalDocument.id == relation.target_id).with_for_update())
    if any(_is_same(relation, other) for other in standing_relations(session)):
        raise ChangeExists
    session.add(relation)
    session.flush()  # applying and the audit row refer to it
    record(
        session,
        actor,
        "legal_change.record",
        ("legal_change", relation.id),
        change=change_sentence(relation, relation.effective_on),
        note=relation.note,
    )
    register = load_register(session)
    # Whatever was approved up to this moment was approved without knowing the change.
    change = replace(change_of(relation), recorded_at=None)
    if register.starts(change) <= today():
        _apply(session, actor, relation, change=change, register=register)
    follow_documents(session, [relation.target])
    return relation


def _is_same(one: LegalRelation, other: LegalRelation) -> bool:
    names = ("kind", "target_id", "by_id", "places", "effective_on", "effective_to")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def _relation(session: Session, actor: Actor, *, document_id: UUID, data: ChangeInput) -> LegalRelation:
    target = get_document(session, actor, document_id)
    by = _changing_document(session, target=target, data=data)
    try:
        places = parse_places(data.places)
    except UnreadableCitation as error:
        reason = _("Chưa đọc được nơi thay đổi. Hãy ghi như: Điều 5; khoản 2 Điều 7; điểm b khoản 1 Điều 9.")
        raise Invalid(field="places", reason=reason) from error
    if data.effective_on is None and (by is None or by.in_force_from is None):
        raise Invalid(field="effective_on", reason=_("Hãy ghi ngày thay đổi có hiệu lực."))
    if data.effective_to is not None:
        _check_end(data, by)
    return LegalRelation(
        id=uuid7(),
        kind=data.kind.value,
        target_id=target.id,
        by_id=by.id if by else None,
        target=target,
        by=by,
        places=[{"article": p.article, "clause": p.clause, "point": p.point} for p in places],
        effective_on=data.effective_on,
        effective_to=data.effective_to,
        note=data.note,
        recorded_by=actor.id,
        recorded_at=clock.now(),
    )


def _check_end(data: ChangeInput, by: LegalDocument | None) -> None:
    if data.kind is not ChangeKind.SUSPENDS:
        reason = _("Chỉ việc ngưng hiệu lực mới có ngày kết thúc.")
        raise Invalid(field="effective_to", reason=reason)
    start = data.effective_on or (by and by.in_force_from)
    if start and data.effective_to and data.effective_to <= start:
        raise Invalid(field="effective_to", reason=_("Ngày kết thúc phải sau ngày bắt đầu."))


def _changing_document(session: Session, *, target: LegalDocument, data: ChangeInput) -> LegalDocument | None:
    if not data.by.strip():
        if data.kind is ChangeKind.EXPIRES:
            return None
        raise Invalid(field="by", reason=_("Hãy ghi số, ký hiệu của văn bản làm thay đổi."))
    key = document_key(data.by)
    found = session.scalars(select(LegalDocument).where(LegalDocument.number_key == key)).all() if key else []
    others = [document for document in found if document.id != target.id]
    if len(others) == 1:
        return others[0]
    if others:
        reason = _("Có nhiều văn bản mang số %(number)s trong danh mục.", number=data.by)
    elif found:
        reason = _("Một văn bản không tự thay đổi chính nó.")
    else:
        reason = _("Văn bản %(number)s chưa có trong danh mục. Hãy thêm văn bản đó trước.", number=data.by)
    raise Invalid(field="by", reason=reason)


def apply_due_changes(session: Session) -> int:
    """Every recorded change whose day has come has suspended what cites it; returns how many were applied now.

    Idempotent: a change is applied once, and a version once suspended is not touched again.
    """
    due = select(LegalRelation.id).where(
        LegalRelation.applied_at.is_(None), LegalRelation.undoes_id.is_(None)
    )
    if not session.scalar(due.limit(1)):
        return 0
    register = load_register(session)
    count = 0
    for relation in standing_relations(session):
        change = change_of(relation)
        if relation.applied_at is None and register.starts(change) <= today():
            session.refresh(relation, with_for_update=True)
            if relation.applied_at is None:
                _apply(session, SYSTEM, relation, change=change, register=register)
                count += 1
    return count


def count_overdue(session: Session) -> int:
    """How many recorded changes have come into effect and were not applied: the background work is not running."""
    register = load_register(session)
    waiting = (relation for relation in standing_relations(session) if relation.applied_at is None)
    return sum(register.starts(change_of(relation)) < today() for relation in waiting)


def _apply(
    session: Session, actor: Actor, relation: LegalRelation, *, change: Change, register: Register
) -> None:
    reason = _(
        "Căn cứ pháp lý thay đổi. %(change)s", change=change_sentence(relation, register.starts(change))
    )
    touched = touched_versions(session, relation.target, change, register, states=SUSPENDABLE)
    item_ids = sorted({found.item_id for found in touched})
    # Locked in one order, so that two changes at once cannot wait for each other.
    locked = session.scalars(
        select(Item).where(Item.id.in_(item_ids)).order_by(Item.id).with_for_update(of=Item)
    ).all()
    now = clock.now()
    for found in touched:
        version = session.get_one(ItemVersion, found.version_id, populate_existing=True)
        if version.state in SUSPENDABLE:
            _suspend(session, actor, version, relation, reason=reason, at=now)
    relation.applied_at = now
    session.flush()  # heads are computed from the new states
    for item in locked:
        refresh_head(session, item)
    codes = [found.code for found in touched]
    record(
        session, actor, "legal_change.apply", ("legal_change", relation.id), reason=reason, suspended=codes
    )


def _suspend(
    session: Session,
    actor: Actor,
    version: ItemVersion,
    relation: LegalRelation,
    *,
    reason: str,
    at: datetime,
) -> None:
    before = ReviewState(version.state)
    with review_rules():
        check_transition(
            before,
            ReviewState.SUSPENDED,
            actor_id=actor.id or relation.id,
            author_ids=(),
            problems=(),
            reason=reason,
        )
    version.state = ReviewState.SUSPENDED.value
    add_step(session, actor, version, states=(before, ReviewState.SUSPENDED), reason=reason)
    session.add(
        LegalSuspension(relation_id=relation.id, version_id=version.id, from_state=before.value, at=at)
    )
    record(session, actor, "item.suspend", ("item", version.item_id), number=version.number, reason=reason)


def undo_change(session: Session, actor: Actor, *, relation_id: UUID, reason: str) -> LegalRelation:
    """The change counts no more from now on; both rows stay. What it suspended stays so until a review confirms it.

    Raises Forbidden, NotFound, Invalid (no reason), AlreadyUndone.
    """
    check_may_keep_register(actor)
    relation = get_relation(session, actor, relation_id)
    if not reason.strip():
        raise Invalid(field="reason", reason=_("Hãy ghi lý do rút lại."))
    session.refresh(relation, with_for_update=True)
    is_undone = session.scalar(select(LegalRelation.id).where(LegalRelation.undoes_id == relation.id))
    if is_undone or relation.undoes_id:
        raise AlreadyUndone
    now = clock.now()
    undo = LegalRelation(
        id=uuid7(),
        kind=relation.kind,
        target_id=relation.target_id,
        by_id=relation.by_id,
        places=relation.places,
        effective_on=relation.effective_on,
        effective_to=relation.effective_to,
        note=reason.strip(),
        undoes_id=relation.id,
        recorded_by=actor.id,
        recorded_at=now,
        applied_at=now,
    )
    session.add(undo)
    session.flush()  # the register is read again
    follow_documents(session, [relation.target])
    sentence = change_sentence(relation, relation.effective_on)
    record(
        session, actor, "legal_change.undo", ("legal_change", relation.id), change=sentence, reason=undo.note
    )
    return undo


def history_of(session: Session, document: LegalDocument) -> list[LegalRelation]:
    """Everything recorded about the document, as changed and as changing, newest first."""
    statement = (
        select(LegalRelation)
        .where((LegalRelation.target_id == document.id) | (LegalRelation.by_id == document.id))
        .options(joinedload(LegalRelation.target), joinedload(LegalRelation.by))
        .order_by(LegalRelation.recorded_at.desc(), LegalRelation.id.desc())
    )
    return list(session.scalars(statement))
