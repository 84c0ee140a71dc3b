"""Changes of law for programs of the staff: preview, recording, history, taking back."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.bank.api import problems
from exam_service.bank.legal import changes
from exam_service.bank.legal.access import get_document
from exam_service.bank.legal.models import LegalRelation
from exam_service.bank.legal.schemas import ChangeInput, ConfirmInput
from exam_service.bank.legal.sentences import change_sentence
from exam_service.bank.legal.touching import Touched
from exam_service.db import Reading, Tx

router = APIRouter(prefix="/api/bank/legal", tags=["legal documents"])
Viewer = Annotated[Actor, require(Permission.BANK_VIEW)]
Keeper = Annotated[Actor, require(Permission.REGISTER_KEEP)]


class TouchedItem(BaseModel):
    """An item that cites what changes; `is_vague`: by no place, or by a name that several documents bear."""

    item: str = Field(examples=["TPHT-0042"])
    bank: str
    state: str = Field(examples=["operational"])
    citations: list[str]
    is_vague: bool


class ChangePreview(BaseModel):
    """What a change would do. Send `fingerprint` as `seen` to record exactly this."""

    fingerprint: str
    starts_on: date
    is_due: bool = Field(description="It takes effect as soon as it is recorded.")
    suspended: list[TouchedItem]
    in_review: list[TouchedItem]
    drafts: list[TouchedItem]


class Place(BaseModel):
    article: str
    clause: str
    point: str


class RecordedChange(BaseModel):
    """A change in the register. `applied_at` is null until its day has come; `undoes` names a change taken back."""

    id: UUID
    kind: str = Field(examples=["amends"])
    target: str = Field(examples=["60/2014/QH13"])
    by: str | None = Field(examples=["80/2025/QH15"])
    places: list[Place]
    effective_on: date | None
    effective_to: date | None
    note: str
    sentence: str
    recorded_at: datetime
    applied_at: datetime | None
    undoes: UUID | None


def _touched(found: Touched) -> TouchedItem:
    return TouchedItem(
        item=found.code,
        bank=found.bank,
        state=found.state,
        citations=list(found.citations),
        is_vague=found.is_vague,
    )


def _recorded(relation: LegalRelation) -> RecordedChange:
    return RecordedChange(
        id=relation.id,
        kind=relation.kind,
        target=relation.target.number,
        by=relation.by.number if relation.by else None,
        places=[Place(**place) for place in relation.places],
        effective_on=relation.effective_on,
        effective_to=relation.effective_to,
        note=relation.note,
        sentence=change_sentence(relation, relation.effective_on),
        recorded_at=relation.recorded_at,
        applied_at=relation.applied_at,
        undoes=relation.undoes_id,
    )


@router.get("/documents/{document_id}/changes", responses=problems(401, 403, 404))
def list_changes(session: Reading, actor: Viewer, document_id: UUID) -> list[RecordedChange]:
    """Everything recorded about the document, as changed and as changing, newest first."""
    document = get_document(session, actor, document_id)
    return [_recorded(relation) for relation in changes.history_of(session, document)]


@router.post("/documents/{document_id}/changes/preview", responses=problems(401, 403, 404, 422))
def preview_change(session: Reading, actor: Keeper, document_id: UUID, data: ChangeInput) -> ChangePreview:
    """What recording the change would do; nothing is written."""
    found = changes.preview_change(session, actor, document_id=document_id, data=data)
    return ChangePreview(
        fingerprint=found.fingerprint,
        starts_on=found.start,
        is_due=found.is_due,
        suspended=[_touched(one) for one in found.suspended],
        in_review=[_touched(one) for one in found.in_review],
        drafts=[_touched(one) for one in found.drafts],
    )


@router.post("/documents/{document_id}/changes", status_code=201, responses=problems(401, 403, 404, 409, 422))
def record_change(session: Tx, actor: Keeper, document_id: UUID, data: ChangeInput) -> RecordedChange:
    """Record the change that was previewed (`seen`); if its day has come, what cites it is suspended with it."""
    relation = changes.record_change(session, actor, document_id=document_id, data=data)
    session.flush()
    return _recorded(relation)


@router.post("/changes/{relation_id}/undo", status_code=201, responses=problems(401, 403, 404, 409, 422))
def undo_change(session: Tx, actor: Keeper, relation_id: UUID, data: ConfirmInput) -> RecordedChange:
    """Take a recorded change back with a reason; what it suspended stays so until a review confirms it."""
    relation = changes.undo_change(session, actor, relation_id=relation_id, reason=data.reason)
    session.flush()
    session.refresh(relation)
    return _recorded(relation)
