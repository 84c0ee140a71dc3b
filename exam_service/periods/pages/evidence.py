"""The evidence of the draw, and the acts recorded for a period."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import select

from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.db import Reading
from exam_service.errors import NotFound
from exam_service.i18n import N_
from exam_service.pagination import paginate
from exam_service.periods import drawing, overview, service
from exam_service.periods.models import Exam, ExamDraw
from exam_service.periods.pages.shell import show

router = APIRouter(prefix="/periods/{period_id}")
Viewer = Annotated[Actor, require(Permission.PERIODS_VIEW)]
Prover = Annotated[Actor, require(Permission.PERIODS_MANAGE, Permission.AUDIT_VIEW)]

ACTIONS = {
    "period.create": N_("Tạo kỳ sát hạch"),
    "period.update": N_("Sửa kỳ sát hạch"),
    "period.draw": N_("Bốc đề"),
    "period.sealed": N_("Niêm phong"),
    "period.prepare_attempts": N_("Lập bài làm"),
    "period.open": N_("Mở kỳ sát hạch"),
    "period.closed": N_("Kết thúc kỳ sát hạch"),
    "period.score": N_("Chấm điểm"),
    "period.marked": N_("Chấm xong"),
    "period.released": N_("Công bố kết quả"),
    "exam.save": N_("Lưu nội dung sát hạch"),
    "exam.delete": N_("Xóa nội dung sát hạch"),
    "cut.panel_open": N_("Mở hội đồng xác định ngưỡng đạt"),
    "cut.round_close": N_("Đóng vòng đánh giá ngưỡng"),
    "cut.round_open": N_("Mở vòng đánh giá ngưỡng"),
    "cut.propose": N_("Đề xuất ngưỡng đạt"),
    "cut.confirm": N_("Xác nhận ngưỡng đạt"),
    "cut.reject": N_("Trả lại đề xuất ngưỡng đạt"),
    "sitting.save": N_("Lưu ca thi"),
    "sitting.delete": N_("Xóa ca thi"),
    "candidates.enter": N_("Cập nhật thí sinh từ bổ nhiệm"),
    "candidates.seat": N_("Xếp chỗ"),
    "candidate.status": N_("Đổi tình trạng thí sinh"),
    "candidate.extra_time": N_("Thêm thời gian làm bài"),
}
DETAILS = {
    "code": N_("mã"),
    "name": N_("tên"),
    "room": N_("phòng"),
    "reason": N_("lý do"),
    "minutes": N_("số phút"),
    "added": N_("thêm"),
    "kept": N_("giữ"),
    "moved": N_("chuyển"),
    "removed": N_("bỏ"),
    "seated": N_("xếp chỗ"),
    "forms": N_("số đề"),
    "versions": N_("số câu hỏi dùng"),
    "count": N_("số lượng"),
    "cut_percent": N_("ngưỡng (%)"),
    "round": N_("vòng"),
    "judges": N_("số thành viên"),
}


@router.get("/evidence")
def evidence_page(request: Request, session: Reading, actor: Viewer, period_id: UUID) -> Response:
    """Commitments and figures of every exam's draw; before the seal, what will stand here."""
    draws = session.execute(
        select(Exam, ExamDraw)
        .join(ExamDraw, ExamDraw.exam_id == Exam.id)
        .where(Exam.period_id == period_id)
        .order_by(Exam.code)
    ).all()
    period = service.get_period(session, actor, period_id)
    return show(
        request,
        session,
        actor,
        period_id,
        "periods/evidence.html",
        tab="evidence",
        draws=draws,
        is_revealed=period.state in drawing.REVEALED,
        may_prove=actor.can(Permission.PERIODS_MANAGE) or actor.can(Permission.AUDIT_VIEW),
    )


@router.get("/exams/{exam_id}/bundle.json")
def download_bundle(session: Reading, actor: Prover, period_id: UUID, exam_id: UUID) -> Response:
    """Everything needed to draw the exam's papers again, once the period is closed."""
    period = service.get_period(session, actor, period_id)
    exam = next((exam for exam in period.exams if exam.id == exam_id), None)
    if exam is None:
        raise NotFound
    body = drawing.draw_bundle(session, actor, exam_id=exam_id)
    name = f"boc-de-{period.code}-{exam.code}.json".lower()
    return Response(
        body,
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.get("/log")
def log_page(request: Request, session: Reading, actor: Viewer, period_id: UUID, page: int = 1) -> Response:
    """Who did what to the period, the newest first."""
    period = service.get_period(session, actor, period_id)
    return show(
        request,
        session,
        actor,
        period_id,
        "periods/log.html",
        tab="log",
        page=paginate(session, overview.acts_of(period), number=page),
        actions=ACTIONS,
        details=DETAILS,
    )
