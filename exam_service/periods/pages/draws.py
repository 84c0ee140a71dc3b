"""The two steps of the draw, its evidence, and what is revealed after the period."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import NotFound, Refusal
from exam_service.http import flash_redirect, refusal_sentence
from exam_service.i18n import gettext as _
from exam_service.periods import ceremony, committing, revealing, service
from exam_service.periods.drawing import TOLERANCE_MARKS, prepare_exam
from exam_service.periods.models import CeremonyState, DrawCeremony, DrawProgress, Exam, ExamDraw, Period
from exam_service.periods.pages.forms import Form
from exam_service.periods.pages.shell import period_url, show
from exam_service.periods.vault import vault_of
from exam_service.templates import render

router = APIRouter(prefix="/periods/{period_id}")
Viewer = Annotated[Actor, require(Permission.PERIODS_VIEW)]
Officer = Annotated[Actor, require(Permission.PERIODS_MANAGE)]
Prover = Annotated[Actor, require(Permission.PERIODS_MANAGE, Permission.AUDIT_VIEW)]
UNCONFIRMED = (CeremonyState.COMMITTED, CeremonyState.ENTERED)


@router.get("/evidence")
def evidence_page(request: Request, session: Reading, actor: Viewer, period_id: UUID) -> Response:
    """The ceremony while it goes on; afterwards commitments and figures of every exam's draw."""
    return draw_page(request, session, actor, period_id)


def draw_page(
    request: Request, session: Session, actor: Actor, period_id: UUID, *, refusal: Refusal | None = None
) -> Response:
    """The tab of the draw; `refusal` says why the step just asked for was not made."""
    period = service.get_period(session, actor, period_id)
    ceremonies = revealing.ceremonies_of(session, period_id)
    live = next((one for one in ceremonies if one.state is not CeremonyState.WITHDRAWN), None)
    entry = live.entries[-1] if live is not None and live.entries else None
    return show(
        request,
        session,
        actor,
        period_id,
        "periods/evidence.html",
        tab="evidence",
        status=refusal.status if refusal else 200,
        refusal=refusal_sentence(refusal) if refusal else "",
        draws=_draws(session, period_id),
        tolerance=TOLERANCE_MARKS,
        live=live,
        entry=entry,
        changes=_changes(session, period, live),
        commit_request=committing.latest_request(session, period_id),
        progress=session.get(DrawProgress, live.id) if live else None,
        late=revealing.late_draws_of(session, period_id),
        withdrawn=[one for one in ceremonies if one.state is CeremonyState.WITHDRAWN],
        may_confirm=ceremony.may_witness(actor) and entry is not None and entry["by_id"] != str(actor.id),
        is_revealed=period.state in revealing.REVEALED,
        may_prove=actor.can(Permission.PERIODS_MANAGE) or actor.can(Permission.AUDIT_VIEW),
        public_url=f"/draws/{period_id}",
    )


def _draws(session: Session, period_id: UUID) -> list[tuple[Exam, ExamDraw]]:
    rows = session.execute(
        select(Exam, ExamDraw)
        .join(ExamDraw, ExamDraw.exam_id == Exam.id)
        .where(Exam.period_id == period_id)
        .order_by(Exam.code)
    )
    return [(exam, draw) for exam, draw in rows]


def _changes(session: Session, period: Period, live: DrawCeremony | None) -> list[str]:
    """What has changed since a commitment that still waits for its numbers."""
    if live is None or live.state not in UNCONFIRMED:
        return []
    prepared = [prepare_exam(session, exam) for exam in period.exams]
    return ceremony.changes_since(live.commitments, prepared)


@router.post("/draw/commit")
def commit(request: Request, session: Tx, actor: Officer, period_id: UUID, typed: Form) -> Response:
    """Step 1: the commitment is made and published, in the background where the candidates are many; one that stood is
    withdrawn."""
    reason = typed.text("reason")
    try:
        with attempting(session):
            if committing.is_large(session, period_id):
                committing.request_commitment(session, actor, period_id=period_id, reason=reason)
                sentence = _("Hệ thống đang lập cam kết; trang này cho biết khi xong.")
            else:
                made = ceremony.commit_draw(
                    session, actor, period_id=period_id, vault=vault_of(request), reason=reason
                )
                sentence = _(
                    "Đã cam kết lần %(number)s và công bố mã cam kết. Hãy in và niêm yết.", number=made.number
                )
    except Refusal as refusal:
        return draw_page(request, session, actor, period_id, refusal=refusal)
    return flash_redirect(period_url(period_id, "/evidence"), sentence)


@router.post("/draw/numbers")
def enter(request: Request, session: Tx, actor: Officer, period_id: UUID, typed: Form) -> Response:
    """Step 2, first person."""
    try:
        with attempting(session):
            ceremony.enter_numbers(session, actor, period_id=period_id, text=typed.text("numbers"))
    except Refusal as refusal:
        return draw_page(request, session, actor, period_id, refusal=refusal)
    sentence = _("Đã ghi dãy số công khai. Người thứ hai đăng nhập và nhập lại để xác nhận.")
    return flash_redirect(period_url(period_id, "/evidence"), sentence)


@router.post("/draw/retry")
def retry(request: Request, session: Tx, actor: Officer, period_id: UUID) -> Response:
    """A draw in the background that was refused is tried once more."""
    try:
        with attempting(session):
            ceremony.retry_draw(session, actor, period_id=period_id)
    except Refusal as refusal:
        return draw_page(request, session, actor, period_id, refusal=refusal)
    return flash_redirect(period_url(period_id, "/evidence"), _("Hệ thống sẽ bốc đề lại trong vài giây."))


@router.get("/draw/sheet")
def commitment_sheet(request: Request, session: Reading, actor: Viewer, period_id: UUID) -> Response:
    """The commitment to print, sign and put on the notice board."""
    period = service.get_period(session, actor, period_id)
    live = ceremony.live_ceremony(session, period_id)
    if live is None:
        raise NotFound
    return render(request, "periods/commitment_sheet.html", period=period, live=live)


@router.get("/exams/{exam_id}/bundle.json")
def download_bundle(request: Request, session: Tx, actor: Prover, period_id: UUID, exam_id: UUID) -> Response:
    """Everything needed to draw the exam's papers again, once the period is closed."""
    period, exam = _exam_of(session, actor, period_id, exam_id)
    body = revealing.draw_bundle(session, actor, exam_id=exam_id, vault=vault_of(request))
    return _download(body, f"boc-de-{period.code}-{exam.code}.json")


@router.get("/extract.json")
def download_extract(
    request: Request, session: Tx, actor: Prover, period_id: UUID, number: str = ""
) -> Response:
    """What proves the paper of one candidate, for this candidate, once the period is closed."""
    period = service.get_period(session, actor, period_id)
    key = number.strip()[:20]
    body = revealing.draw_extract(session, actor, period_id=period_id, number=key, vault=vault_of(request))
    return _download(body, f"trich-boc-de-{period.code}-{key}.json")


def _exam_of(session: Session, actor: Actor, period_id: UUID, exam_id: UUID) -> tuple[Period, Exam]:
    period = service.get_period(session, actor, period_id)
    exam = next((exam for exam in period.exams if exam.id == exam_id), None)
    if exam is None:
        raise NotFound
    return period, exam


def _download(body: bytes, name: str) -> Response:
    disposition = f'attachment; filename="{name.lower()}"'
    return Response(body, media_type="application/json", headers={"Content-Disposition": disposition})
