"""The import wizard: upload, table of verdicts, decisions, report."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.bank import imports
from exam_service.bank.access import banks_visible_to, get_bank, imports_visible_to
from exam_service.bank.banks import competency_labels
from exam_service.bank.import_rows import ImportRow, finding, loaded
from exam_service.bank.imports import Decision, ImportChoice
from exam_service.bank.models import Bank
from exam_service.bank.pages.frame import Author, go_on, show
from exam_service.bank.pages.items import account_names
from exam_service.bank.presentation import key_text, with_key
from exam_service.bank.sentences import level_choices, level_name, row_finding_sentence
from exam_service.bank.similar.importing import NearNotes, near_notes
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Refusal
from exam_service.http import refusal_sentence
from exam_service.i18n import gettext as _
from exam_service.pagination import paginate
from question_bank.formats.excel import Verdict
from question_bank.formats.workbook import MAX_FILE_BYTES
from question_bank.taxonomy import CognitiveLevel

router = APIRouter(prefix="/imports")
LIMIT_MB = MAX_FILE_BYTES // 2**20


@dataclass(frozen=True)
class Upload:
    """An uploaded file, read up to one byte over the limit (its reader refuses what is larger)."""

    name: str
    data: bytes


async def read_file(file: Annotated[UploadFile | None, File()] = None) -> Upload:
    """The bytes of the form's file field; empty where none was chosen."""
    if file is None or not file.filename:
        return Upload("", b"")
    return Upload(file.filename, await file.read(MAX_FILE_BYTES + 1))


class ChoiceForm(BaseModel):
    """The choices of the table; fields named `decide-<index>` carry the decision on one row each."""

    model_config = ConfigDict(frozen=True, extra="allow")

    ids: Annotated[list[int], Field(max_length=20_100)] = []
    competency: Annotated[str, Field(max_length=100)] = ""
    level: Annotated[str, Field(max_length=40)] = ""
    author: UUID | str = ""

    def choice(self) -> ImportChoice:
        decisions: dict[int, Decision] = {}
        for name, value in (self.model_extra or {}).items():
            place = name.removeprefix("decide-")
            if place.isdecimal() and value in ("take", "new", "leave"):
                decisions[int(place)] = cast("Decision", value)
        return ImportChoice(
            rows=frozenset(self.ids),
            decisions=decisions,
            competency=self.competency or None,
            level=CognitiveLevel(self.level) if self.level in set(CognitiveLevel) else None,
            author_id=self.author if isinstance(self.author, UUID) else None,
        )


@router.get("")
def list_imports(request: Request, session: Reading, actor: Author, page: int = 1) -> Response:
    found = paginate(session, imports_visible_to(actor), number=page)
    banks = {bank.id: bank for bank in session.scalars(banks_visible_to(actor))}
    names = account_names(session, {row.created_by for row in found.rows})
    return show(request, session, actor, "imports", tab="imports", page=found, banks=banks, names=names)


@router.get("/new")
def show_upload(request: Request, session: Reading, actor: Author, bank: str = "") -> Response:
    return _upload_page(request, session, actor, bank=bank)


@router.post("/new")
def upload_file(
    request: Request,
    session: Tx,
    actor: Author,
    upload: Annotated[Upload, Depends(read_file)],
    bank: Annotated[str, Form()] = "",
) -> Response:
    errors = {}
    if not bank:
        errors["bank"] = _("Hãy chọn ngân hàng.")
    if not upload.name:
        errors["file"] = _("Hãy chọn tệp.")
    if errors:
        return _upload_page(request, session, actor, bank=bank, errors=errors)
    bank_id = get_bank(session, actor, code=bank).id
    try:
        with attempting(session):
            found = imports.preview_import(
                session, actor, bank_id=bank_id, file_name=upload.name, data=upload.data
            )
    except Refusal as refusal:
        errors = {refusal.field or "file": refusal_sentence(refusal)}
        return _upload_page(request, session, actor, bank=bank, errors=errors, status=refusal.status)
    return go_on(request, f"/bank/imports/{found.id}", _("Đã đọc tệp. Chưa có câu hỏi nào được ghi."))


def _upload_page(
    request: Request,
    session: Session,
    actor: Actor,
    *,
    bank: str = "",
    errors: dict[str, str] | None = None,
    status: int = 422,
) -> Response:
    banks = session.scalars(banks_visible_to(actor)).all()
    return show(
        request,
        session,
        actor,
        "import_new",
        tab="imports",
        status=status if errors else 200,
        banks=[(found.code, f"{found.code} – {found.name}") for found in banks],
        bank=bank,
        errors=errors or {},
        limit_mb=LIMIT_MB,
    )


@router.get("/{import_id}")
def show_import(
    request: Request, session: Reading, actor: Author, import_id: UUID, only: str = ""
) -> Response:
    return _import_page(request, session, actor, import_id=import_id, only=only)


@router.post("/{import_id}/commit")
def commit_import(
    request: Request, session: Tx, actor: Author, import_id: UUID, form: Annotated[ChoiceForm, Form()]
) -> Response:
    choice = form.choice()
    try:
        with attempting(session):
            found = imports.commit_import(session, actor, import_id=import_id, choice=choice)
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return _import_page(request, session, actor, import_id=import_id, choice=choice, refusal=refusal)
    sentence = _(
        "Đã ghi: %(created)s câu mới, %(updated)s câu cập nhật, %(unchanged)s câu không đổi, %(left_out)s dòng bỏ qua.",
        **{name: found.outcome[name] for name in ("created", "updated", "unchanged", "left_out")},
    )
    return go_on(request, f"/bank/imports/{import_id}", sentence)


@router.post("/{import_id}/recheck")
def recheck_import(request: Request, session: Tx, actor: Author, import_id: UUID) -> Response:
    imports.recheck_import(session, actor, import_id=import_id)
    return go_on(request, f"/bank/imports/{import_id}", _("Đã so lại với ngân hàng."))


@router.post("/{import_id}/discard")
def discard_import(request: Request, session: Tx, actor: Author, import_id: UUID) -> Response:
    imports.discard_import(session, actor, import_id=import_id)
    return go_on(request, "/bank/imports", _("Đã bỏ lần nhập này. Không có câu hỏi nào được ghi."))


@dataclass(frozen=True)
class RowView:
    """A row as the table shows it."""

    row: ImportRow
    sentences: list[tuple[str, str]]
    key: str
    level: str
    shown: Any
    near: NearNotes
    is_ticked: bool
    decision: str

    @property
    def id(self) -> int:
        return self.row.index

    @property
    def is_illustrated(self) -> bool:
        """True when the plain text of the row does not say all that it shows."""
        text = json.dumps(self.row.draft)
        return "<img" in text or "<math" in text

    @property
    def name(self) -> str:
        return _("dòng %(row)s", row=self.row.row)


def _row_view(row: ImportRow, choice: ImportChoice | None, *, near: NearNotes, media_at: str) -> RowView:
    draft = row.item_draft()
    sentences = [(found.severity.value, row_finding_sentence(found)) for found in row.row_findings()]
    return RowView(
        row=row,
        sentences=sentences,
        key=key_text(draft.content) if draft else "–",
        level=level_name(draft.level) if draft else "",
        shown=with_key(draft.content, media_at=media_at) if draft else None,
        near=near,
        is_ticked=row.is_proposed if choice is None else row.index in choice.rows,
        decision=choice.decisions.get(row.index, "") if choice else "",
    )


def _grouped(rows: list[ImportRow]) -> list[ImportRow]:
    """Rows that share a stem stand together, where the first of them stands."""
    return sorted(rows, key=lambda row: (row.index if row.group is None else row.group, row.index))


def _import_page(
    request: Request,
    session: Session,
    actor: Actor,
    *,
    import_id: UUID,
    choice: ImportChoice | None = None,
    refusal: Refusal | None = None,
    only: str = "",
) -> Response:
    found = imports.get_import(session, actor, import_id)
    bank = session.get_one(Bank, found.bank_id)
    rows = loaded(found.verdicts)
    wanted = [row for row in rows if not only or only in (row.standing.value, row.result)]
    to_decide = _grouped([row for row in rows if row.needs_decision])
    plain_rows = [row for row in rows if not row.needs_decision]
    media_at = f"/bank/imports/{found.id}/media/" if found.state == "previewed" else "/bank/media/"
    near = near_notes(session, actor, rows)

    def views(chosen: list[ImportRow]) -> list[RowView]:
        return [_row_view(row, choice, near=near[row.index], media_at=media_at) for row in chosen]

    return show(
        request,
        session,
        actor,
        "import_report" if found.state != "previewed" else "import",
        tab="imports",
        status=refusal.status if refusal else 200,
        refusal=refusal_sentence(refusal) if refusal else "",
        errors={refusal.field: refusal_sentence(refusal)} if refusal and refusal.field else {},
        found=found,
        notes=[row_finding_sentence(finding(kept)) for kept in found.outcome.get("notes", [])],
        bank=bank,
        rows=views(wanted),
        to_decide=views(to_decide),
        plain_rows=views(plain_rows),
        counts=Counter(row.standing.value for row in rows),
        results=Counter(row.result for row in rows),
        verdicts=[verdict.value for verdict in Verdict],
        only=only,
        choice=choice,
        levels=level_choices(),
        competencies=[(code, f"{code} – {name}") for code, name in competency_labels(session).items()],
        authors=[(str(key), name) for key, name in imports.authors_of(session, bank)],
        names=account_names(session, {found.created_by}),
    )
