"""Lists of candidates to sign and to send: by room for paper, whole for Excel."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby
from uuid import UUID

import xlsxwriter
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.i18n import HOME
from exam_service.i18n import gettext as _
from exam_service.periods.candidates import find_candidates
from exam_service.periods.models import Candidate, CandidateStatus, Sitting
from exam_service.periods.service import get_period


@dataclass(frozen=True)
class RoomList:
    """Who sits in one room at one start, in the order of numbers; several exams may share room and clock."""

    name: str
    room: str
    sittings: tuple[Sitting, ...]
    candidates: Sequence[Candidate]


def room_lists(
    session: Session, actor: Actor, *, period_id: UUID, sitting_id: UUID | None = None
) -> list[RoomList]:
    """The seated candidates room by room, by start and room; of one sitting when it is named."""
    statement = find_candidates(actor, period_id, sitting_id=sitting_id, status=CandidateStatus.ENTERED.value)
    seated = [row for row in session.scalars(statement) if row.sitting is not None]
    seated.sort(key=lambda row: (*_room(row), row.number))
    lists = []
    for (_start, room, name), group in groupby(seated, key=_room):
        rows = list(group)
        sittings = {row.sitting.id: row.sitting for row in rows if row.sitting is not None}
        lists.append(RoomList(name, room, tuple(sittings.values()), rows))
    return lists


def _room(row: Candidate) -> tuple[str, str, str]:
    assert row.sitting is not None  # only seated candidates are sorted by room
    return row.sitting.starts_at.isoformat(), row.sitting.room, row.sitting.name


def candidate_workbook(session: Session, actor: Actor, *, period_id: UUID) -> bytes:
    """An Excel file with one row for each candidate, in the order of names. Text stays text: no cell is a formula."""
    period = get_period(session, actor, period_id)
    rows = session.scalars(find_candidates(actor, period.id)).all()
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "vcenter"})
        sheet = book.add_worksheet(_("Thí sinh"))
        for column, (title, width) in enumerate(_columns()):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, title, bold)
        for line, row in enumerate(rows, start=1):
            sheet.write_number(line, 0, line)
            for column, text in enumerate(_cells(row), start=1):
                sheet.write_string(line, column, text)
        sheet.freeze_panes(1, 3)
        sheet.autofilter(0, 0, max(len(rows), 1), len(_columns()) - 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
    return buffer.getvalue()


def _columns() -> list[tuple[str, int]]:
    return [
        (_("STT"), 6),
        (_("Số báo danh"), 12),
        (_("Họ và tên"), 28),
        (_("Đơn vị"), 28),
        (_("Vị trí việc làm"), 32),
        (_("Nội dung sát hạch"), 14),
        (_("Ca thi"), 12),
        (_("Phòng thi"), 14),
        (_("Bắt đầu"), 18),
        (_("Thời gian thêm (phút)"), 12),
        (_("Tình trạng"), 14),
        (_("Lý do"), 40),
    ]


def status_name(status: str) -> str:
    """The word for a candidate's status."""
    return {"entered": _("Dự thi"), "exempt": _("Được miễn"), "postponed": _("Hoãn thi")}[status]


def _cells(row: Candidate) -> list[str]:
    sitting = row.sitting
    return [
        row.number,
        row.full_name,
        row.unit_name,
        row.position_title,
        row.exam.code,
        sitting.name if sitting else "",
        sitting.room if sitting else "",
        sitting.starts_at.astimezone(HOME).strftime("%d/%m/%Y %H:%M") if sitting else "",
        str(row.extra_time_min) if row.extra_time_min else "",
        status_name(row.status),
        row.reason or row.extra_time_reason,
    ]
