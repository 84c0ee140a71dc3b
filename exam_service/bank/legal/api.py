"""The register for programs of the staff: `/api/bank/legal`, with the session and the token of a signed-in person."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import tuple_

from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.bank.access import get_bank
from exam_service.bank.api import problems
from exam_service.bank.legal import documents
from exam_service.bank.legal.access import get_document
from exam_service.bank.legal.models import LegalDocument
from exam_service.bank.legal.register import load_register
from exam_service.bank.legal.report import currency_report
from exam_service.bank.legal.schemas import DocumentInput
from exam_service.bank.legal.touching import today
from exam_service.db import Reading, Tx
from exam_service.pagination import BadCursor, decode_cursor, encode_cursor
from question_bank.legal.currency import Currency, standing_of

router = APIRouter(prefix="/api/bank/legal", tags=["legal documents"])
Viewer = Annotated[Actor, require(Permission.BANK_VIEW)]
Keeper = Annotated[Actor, require(Permission.REGISTER_KEEP)]


class DocumentHead(BaseModel):
    """A document and how it stands today. `in_force_to` is the first day on which it is no longer in force."""

    id: UUID
    number: str = Field(examples=["80/2025/QH15"])
    title: str
    type: str = Field(examples=["Luật"])
    issuer: str
    issued_on: date | None
    in_force_from: date | None
    in_force_to: date | None
    state: str = Field(examples=["in_force"])
    since: date | None


class DocumentList(BaseModel):
    """A page of the register by number; `next_cursor` is null on the last one."""

    documents: list[DocumentHead]
    next_cursor: str | None


class CitationStanding(BaseModel):
    """How one citation of an item stands on the day of the report."""

    item: str = Field(examples=["TPHT-0042"])
    citation: str
    state: str = Field(examples=["amended"])
    since: date | None
    by: str | None = Field(description="Number of the document behind it.")


def _head(document: LegalDocument, standing: Currency) -> DocumentHead:
    return DocumentHead(
        id=document.id,
        number=document.number,
        title=document.title,
        type=document.type,
        issuer=document.issuer,
        issued_on=document.issued_on,
        in_force_from=document.in_force_from,
        in_force_to=document.in_force_to,
        state=standing.state.value,
        since=standing.since,
    )


@router.get("/documents", responses=problems(401, 403))
def list_documents(
    session: Reading,
    actor: Viewer,
    q: Annotated[str, Query(max_length=300)] = "",
    cursor: str = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> DocumentList:
    """Documents that hold every word of `q`, by number."""
    statement = documents.find_documents(actor, q=q)
    if cursor:
        position = decode_cursor(cursor)
        try:
            after = (str(position["number"]), UUID(str(position["id"])))
        except (KeyError, ValueError) as error:
            raise BadCursor from error
        statement = statement.where(tuple_(LegalDocument.number, LegalDocument.id) > after)
    rows = session.scalars(statement.order_by(LegalDocument.number, LegalDocument.id).limit(limit + 1)).all()
    standing = documents.standings(session, on=today())
    last = rows[limit - 1] if len(rows) > limit else None
    return DocumentList(
        documents=[_head(row, standing[row.id]) for row in rows[:limit]],
        next_cursor=encode_cursor(number=last.number, id=str(last.id)) if last else None,
    )


@router.post("/documents", status_code=201, responses=problems(401, 403, 409, 422))
def create_document(session: Tx, actor: Keeper, data: DocumentInput) -> DocumentHead:
    """A new document of the register; only for whoever answers for every bank."""
    document = documents.create_document(session, actor, data=data)
    register = load_register(session)
    known = register.documents[str(document.id)]
    return _head(document, standing_of(known, register, on=today()))


@router.get("/documents/{document_id}", responses=problems(401, 403, 404))
def read_document(session: Reading, actor: Viewer, document_id: UUID) -> DocumentHead:
    """One document."""
    document = get_document(session, actor, document_id)
    return _head(document, documents.standings(session, on=today())[document.id])


@router.get("/report/{bank}", responses=problems(401, 403, 404))
def read_report(session: Reading, actor: Viewer, bank: str, on: date | None = None) -> list[CitationStanding]:
    """Every citation of the bank's items that are not retired, and how it stands on the day (today without one)."""
    found = get_bank(session, actor, code=bank)
    rows = currency_report(session, actor, bank_id=found.id, on=on or today())
    return [
        CitationStanding(
            item=row.code,
            citation=row.citation_text,
            state=row.standing,
            since=row.found.since,
            by=row.found.by.number if row.found.by else None,
        )
        for row in rows
        if row.found is not None
    ]
