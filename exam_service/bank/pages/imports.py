"""The import wizard: upload, table of verdicts, decisions, report."""

import re
from collections import Counter
from pathlib import PurePath
from typing import Annotated, cast
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.bank import import_batches, imports
from exam_service.bank.access import banks_visible_to, get_bank, imports_visible_to
from exam_service.bank.banks import competency_labels
from exam_service.bank.formats import EXTENSIONS, XLSX, kind_label
from exam_service.bank.import_batches import SentFile
from exam_service.bank.import_report import report_file
from exam_service.bank.import_rows import finding
from exam_service.bank.imports import Decision, ImportChoice
from exam_service.bank.models import Bank
from exam_service.bank.pages.frame import Author, go_on, show
from exam_service.bank.pages.import_answers import columns_page, encoding_page
from exam_service.bank.pages.import_views import grouped, kinds_of, media_address, row_view
from exam_service.bank.pages.items import account_names
from exam_service.bank.sentences import level_choices, row_finding_sentence
from exam_service.bank.similar.importing import near_notes
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Refusal
from exam_service.http import refusal_sentence
from exam_service.i18n import gettext as _
from exam_service.pagination import paginate
from question_bank.formats.workbook import MAX_FILE_BYTES
from question_bank.taxonomy import CognitiveLevel

router = APIRouter(prefix="/imports")
LIMIT_MB = MAX_FILE_BYTES // 2**20


async def read_files(file: Annotated[list[UploadFile | str] | None, File()] = None) -> list[SentFile]:
    """The files of the form's field, each read up to one byte over the limit (its reader refuses what is larger).

    A field that was left empty arrives as an empty text.
    """
    sent = [one for one in file or [] if not isinstance(one, str) and one.filename]
    return [SentFile(one.filename or "", await one.read(MAX_FILE_BYTES + 1)) for one in sent]


class ChoiceForm(BaseModel):
    """The choices of the table; fields named `decide-<index>` carry the decision on one row each."""

    model_config = ConfigDict(frozen=True, extra="allow")

    ids: Annotated[list[int], Field(max_length=20_100)] = []
    competency: Annotated[str, Field(max_length=100)] = ""
    level: Annotated[str, Field(max_length=40)] = ""
    tags: Annotated[str, Field(max_length=500)] = ""
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
            tags=tuple(sorted({tag.strip()[:64] for tag in re.split("[,;\n]", self.tags) if tag.strip()})),
        )


@router.get("")
def list_imports(request: Request, session: Reading, actor: Author, page: int = 1) -> Response:
    found = paginate(session, imports_visible_to(actor), number=page)
    banks = {bank.id: bank for bank in session.scalars(banks_visible_to(actor))}
    names = account_names(session, {row.created_by for row in found.rows})
    return show(
        request,
        session,
        actor,
        "imports",
        tab="imports",
        page=found,
        banks=banks,
        names=names,
        kind_label=kind_label,
    )


@router.get("/new")
def show_upload(request: Request, session: Reading, actor: Author, bank: str = "") -> Response:
    return _upload_page(request, session, actor, bank=bank)


@router.post("/new")
def upload_files(
    request: Request,
    session: Tx,
    actor: Author,
    files: Annotated[list[SentFile], Depends(read_files)],
    bank: Annotated[str, Form()] = "",
) -> Response:
    errors = {}
    if not bank:
        errors["bank"] = _("Hãy chọn ngân hàng.")
    if not files:
        errors["file"] = _("Hãy chọn tệp.")
    if errors:
        return _upload_page(request, session, actor, bank=bank, errors=errors)
    bank_id = get_bank(session, actor, code=bank).id
    try:
        with attempting(session):
            address = _preview(session, actor, bank_id=bank_id, files=files)
    except Refusal as refusal:
        errors = {refusal.field or "file": refusal_sentence(refusal)}
        return _upload_page(request, session, actor, bank=bank, errors=errors, status=refusal.status)
    return go_on(request, address, _("Đã đọc tệp. Chưa có câu hỏi nào được ghi."))


def _preview(session: Session, actor: Actor, *, bank_id: UUID, files: list[SentFile]) -> str:
    if len(files) > 1:
        batch_id = import_batches.preview_files(session, actor, bank_id=bank_id, files=files)
        return f"/bank/imports/batches/{batch_id}"
    (file,) = files
    found = imports.preview_import(session, actor, bank_id=bank_id, file_name=file.name, data=file.data)
    return f"/bank/imports/{found.id}"


@router.get("/batches/{batch_id}")
def show_batch(request: Request, session: Reading, actor: Author, batch_id: UUID) -> Response:
    found = import_batches.batch_of(session, actor, batch_id)
    rows = [(one, imports.rows_in(one)) for one in found]
    return show(
        request,
        session,
        actor,
        "import_batch",
        tab="imports",
        batch_id=batch_id,
        bank=session.get_one(Bank, found[0].bank_id),
        files=[
            {
                "found": one,
                "counts": Counter(row.standing.value for row in file_rows),
                "to_decide": sum(row.needs_decision for row in file_rows),
                "notes": [row_finding_sentence(finding(kept)) for kept in one.outcome.get("notes", [])],
            }
            for one, file_rows in rows
        ],
        totals=Counter(row.standing.value for _one, file_rows in rows for row in file_rows),
    )


@router.post("/batches/{batch_id}/commit")
def commit_batch(request: Request, session: Tx, actor: Author, batch_id: UUID) -> Response:
    counts = import_batches.commit_sound_rows(session, actor, batch_id=batch_id)
    sentence = _(
        "Đã ghi %(files)s tệp: %(created)s câu mới, %(updated)s câu cập nhật, %(unchanged)s câu không đổi.",
        **{name: counts[name] for name in ("files", "created", "updated", "unchanged")},
    )
    return go_on(request, f"/bank/imports/batches/{batch_id}", sentence)


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
        accept=EXTENSIONS,
    )


@router.get("/{import_id}")
def show_import(
    request: Request, session: Reading, actor: Author, import_id: UUID, only: str = ""
) -> Response:
    return _import_page(request, session, actor, import_id=import_id, only=only)


@router.get("/{import_id}/report.xlsx")
def download_report(session: Reading, actor: Author, import_id: UUID) -> Response:
    found = imports.get_import(session, actor, import_id)
    name = quote(f"ket-qua-{PurePath(found.file_name).stem}.xlsx")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(report_file(found), media_type=XLSX, headers=headers)


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
    if found.state == "waiting":
        asked = columns_page if found.reading.get("question") == "columns" else encoding_page
        return asked(request, session, actor, import_id=import_id)
    bank = session.get_one(Bank, found.bank_id)
    rows = imports.rows_in(found)
    wanted = [row for row in rows if not only or only in (row.standing.value, row.result)]
    near, media_at = near_notes(session, actor, rows), media_address(found)
    views = {row.index: row_view(row, choice, near=near[row.index], media_at=media_at) for row in rows}
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
        rows=[views[row.index] for row in wanted],
        to_decide=[views[row.index] for row in grouped([row for row in rows if row.needs_decision])],
        plain_rows=[views[row.index] for row in rows if not row.needs_decision],
        kinds=kinds_of(list(views.values())),
        counts=Counter(row.standing.value for row in rows),
        undecided=sum(row.needs_decision for row in rows),
        results=Counter(row.result for row in rows),
        only=only,
        choice=choice,
        levels=level_choices(),
        competencies=[(code, f"{code} – {name}") for code, name in competency_labels(session).items()],
        authors=[(str(key), name) for key, name in imports.authors_of(session, bank)],
        names=account_names(session, {found.created_by}),
    )
