"""Pages of importing a roster: upload, dry run with proposals, commit."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response, UploadFile
from sqlalchemy import select

from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Refusal
from exam_service.http import flash_redirect, refusal_sentence
from exam_service.i18n import N_
from exam_service.i18n import gettext as _
from exam_service.pagination import PAGE_SIZE, Page, paginate
from exam_service.people import roster
from exam_service.people.cccd import mask_cccd
from exam_service.people.models import RosterImport
from exam_service.people.pages.catalogues import Keeper
from exam_service.people.pages.persons import today
from exam_service.people.roster_check import Verdict, repair_key
from exam_service.people.roster_file import LARGEST_MB
from exam_service.people.roster_findings import finding_sentence, notice_sentence
from exam_service.people.roster_template import roster_template
from exam_service.templates import render

router = APIRouter(prefix="/people/imports")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
VERDICT_NAMES: dict[Verdict, str] = {
    Verdict.NEW: N_("Thêm mới"),
    Verdict.UPDATED: N_("Cập nhật"),
    Verdict.UNCHANGED: N_("Không đổi"),
    Verdict.ERROR: N_("Có lỗi"),
}
FIELD_NAMES: dict[str, str] = {
    "staff_code": N_("Mã CBCC"),
    "family_names": N_("Họ đệm"),
    "given_name": N_("Tên"),
    "birth_date": N_("Ngày sinh"),
    "sex": N_("Giới tính"),
    "cccd": N_("Số CCCD"),
    "email": N_("Thư điện tử"),
    "appointment": N_("Vị trí"),
    "main_appointment": N_("Vị trí chính"),
}


@router.get("")
def list_imports(request: Request, session: Reading, actor: Keeper, page: int = 1) -> Response:
    found = paginate(session, select(RosterImport).order_by(RosterImport.created_at.desc()), number=page)
    return render(request, "people/imports.html", page=found, counts_of=roster.counts_of)


@router.get("/template")
def download_template(session: Reading, actor: Keeper) -> Response:
    headers = {"Content-Disposition": 'attachment; filename="danh-sach-nhan-su.xlsx"'}
    return Response(roster_template(session), media_type=XLSX, headers=headers)


@router.get("/new")
def show_upload(request: Request, actor: Keeper) -> Response:
    return _upload_page(request, effective_date=today(request))


def _upload_page(request: Request, *, effective_date: date, refusal: Refusal | None = None) -> Response:
    return render(
        request,
        "people/import_new.html",
        status=refusal.status if refusal else 200,
        effective_date=effective_date,
        errors={refusal.field or "file": refusal_sentence(refusal)} if refusal else {},
        limit_mb=LARGEST_MB,
    )


@router.post("/new")
def upload(
    request: Request,
    session: Tx,
    actor: Keeper,
    effective_date: Annotated[date, Form()],
    file: UploadFile,
) -> Response:
    try:
        with attempting(session):
            data = file.file.read()  # the guard of every body has capped it before
            done = roster.preview_file(
                session, actor, data=data, file_name=file.filename or "", effective_date=effective_date
            )
    except Refusal as refusal:
        return _upload_page(request, effective_date=effective_date, refusal=refusal)
    return flash_redirect(
        f"/people/imports/{done.id}",
        _("Đã kiểm tra thử %(rows)s dòng. Chưa ghi gì.", rows=len(done.verdicts)),
    )


@router.get("/{import_id}")
def show_import(
    request: Request, session: Reading, actor: Keeper, import_id: UUID, verdict: str = "", page: int = 1
) -> Response:
    return _import_page(request, roster.get_import(session, import_id), verdict=verdict, number=page)


def _import_page(
    request: Request,
    done: RosterImport,
    *,
    verdict: str = "",
    number: int = 1,
    refusal: Refusal | None = None,
) -> Response:
    wanted = [entry for entry in done.verdicts if not verdict or _belongs(entry, verdict)]
    number = min(max(number, 1), max(1, -(-len(wanted) // PAGE_SIZE)))
    shown = [_shown(entry) for entry in wanted[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]]
    return render(
        request,
        "people/import.html",
        status=refusal.status if refusal else 200,
        done=done,
        page=Page(shown, number, PAGE_SIZE, len(wanted)),
        counts=roster.counts_of(done),
        warnings=sum(_belongs(entry, "warning") for entry in done.verdicts),
        verdict=verdict,
        verdict_names=VERDICT_NAMES,
        notices=[notice_sentence(notice) for notice in done.options.get("notices", [])],
        repairs=len(roster.offered_repairs(done)),
        has_open_repairs=roster.has_open_repairs(done),
        problem=refusal_sentence(refusal) if refusal else None,
    )


def _belongs(entry: dict[str, Any], verdict: str) -> bool:
    """Warnings cut across the verdicts: a new person may have one."""
    if verdict == "warning":
        return any(finding["severity"] != "error" for finding in entry["findings"])
    return bool(entry["verdict"] == verdict)


def _shown(entry: dict[str, Any]) -> dict[str, Any]:
    values = entry.get("values", {})
    return {
        "id": entry["row"],
        "row": entry["row"],
        "name": f"{values.get('family_names', '')} {values.get('given_name', '')}".strip(),
        "staff_code": values.get("staff_code", ""),
        "cccd": mask_cccd(values.get("cccd") or None),
        "verdict": entry["verdict"],
        "person_id": entry["person_id"],
        "changes": [(_(FIELD_NAMES[name]), *_masked(name, old, new)) for name, old, new in entry["changes"]],
        "findings": [
            {
                "severity": finding["severity"],
                "cell": finding["cell"],
                "sentence": finding_sentence(finding),
                "repair_key": repair_key(entry["row"], finding["column"]) if finding["repair"] else None,
            }
            for finding in entry["findings"]
        ],
    }


def _masked(name: str, old: str, new: str) -> tuple[str, str]:
    return (mask_cccd(old or None), mask_cccd(new or None)) if name == "cccd" else (old, new)


@router.post("/{import_id}/repairs")
def choose_repairs(
    session: Tx,
    actor: Keeper,
    import_id: UUID,
    keys: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies the default
    shown: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it for each request
    every: Annotated[bool, Form()] = False,
) -> Response:
    """`every` accepts all that is offered; else the ticks of the page that was shown count."""
    if every:
        keys = shown = roster.offered_repairs(roster.get_import(session, import_id))
    done = roster.choose_repairs(session, actor, import_id=import_id, keys=keys, shown=shown)
    accepted = len(done.options["repairs"])
    sentence = _("Đã nhận %(count)s đề xuất và kiểm tra lại. Chưa ghi gì.", count=accepted)
    return flash_redirect(f"/people/imports/{import_id}", sentence)


@router.post("/{import_id}/commit")
def commit(request: Request, session: Tx, actor: Keeper, import_id: UUID) -> Response:
    try:
        with attempting(session):
            done = roster.commit_roster(session, actor, import_id=import_id)
    except roster.RosterOutdated as refusal:
        done = roster.refresh_preview(session, actor, import_id=import_id)
        return _import_page(request, done, refusal=refusal)
    except Refusal as refusal:
        session.expire_all()
        return _import_page(request, roster.get_import(session, import_id), refusal=refusal)
    counts = roster.counts_of(done)
    sentence = _("Đã ghi danh sách: thêm %(new)s người, cập nhật %(updated)s dòng.", **counts)
    return flash_redirect(f"/people/imports/{import_id}", sentence)


@router.post("/{import_id}/discard")
def discard(session: Tx, actor: Keeper, import_id: UUID) -> Response:
    roster.discard_roster(session, actor, import_id=import_id)
    return flash_redirect("/people/imports", _("Đã bỏ danh sách; nội dung tệp đã được xóa."))
