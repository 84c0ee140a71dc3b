"""The acts recorded for a period."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.db import Reading
from exam_service.i18n import N_
from exam_service.pagination import paginate
from exam_service.periods import overview, service
from exam_service.periods.pages.shell import show

router = APIRouter(prefix="/periods/{period_id}")
Viewer = Annotated[Actor, require(Permission.PERIODS_VIEW)]

ACTIONS = {
    "period.create": N_("Tạo kỳ sát hạch"),
    "period.update": N_("Sửa kỳ sát hạch"),
    "draw.commit": N_("Cam kết bốc đề"),
    "draw.commit_request": N_("Yêu cầu lập cam kết bốc đề"),
    "draw.withdraw": N_("Hủy cam kết bốc đề"),
    "draw.enter": N_("Nhập dãy số công khai"),
    "draw.confirm": N_("Xác nhận dãy số công khai"),
    "draw.retry": N_("Bốc đề lại lần nữa"),
    "draw.reveal": N_("Tải hồ sơ bốc đề"),
    "draw.extract": N_("Tải bản trích của một thí sinh"),
    "period.draw": N_("Bốc đề"),
    "period.sealed": N_("Niêm phong"),
    "period.prepare_attempts": N_("Lập bài làm"),
    "period.fairness": N_("Lập báo cáo công bằng"),
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
    "candidate.late": N_("Bổ sung thí sinh sau niêm phong"),
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
    "number": N_("số"),
    "numbers": N_("dãy số"),
    "papers": N_("số đề"),
    "late": N_("đề bổ sung"),
    "chain": N_("mã của đề bổ sung"),
    "cut_percent": N_("ngưỡng (%)"),
    "round": N_("vòng"),
    "judges": N_("số thành viên"),
}


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
