"""The candidates of a room, with columns to sign on entering and on handing in (danh sách thí sinh)."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from exam_service.documents.kinds import of_rooms
from exam_service.documents.room_facts import Seated, seated_of
from exam_service.documents.subjects import LISTS, Kind, Letterhead, Subject
from exam_service.i18n import N_
from exam_service.official.sheet import Column, Paragraph, Sheet, Table, short_day

CODE = "candidate_list"
COLUMNS = (
    Column(title="STT", share=5, align="center"),
    Column(title="SBD", share=9, align="center"),
    Column(title="Họ và tên", share=22),
    Column(title="Ngày sinh", share=12, align="center"),
    Column(title="Đơn vị", share=22),
    Column(title="Vị trí việc làm", share=20),
    Column(title="Ký vào thi", share=12),
    Column(title="Ký nộp bài", share=12),
    Column(title="Ghi chú", share=12),
)


def compose(session: Session, subject: Subject, letterhead: Letterhead, _typed: Mapping[str, str]) -> Sheet:
    assert subject.sitting is not None
    people = seated_of(session, subject.sitting.id)
    table = Table(columns=COLUMNS, rows=_rows(people), row_mm=of_rooms.ROOM_TO_SIGN_MM)
    total = Paragraph(text=f"Danh sách này có {len(people)} thí sinh. Có mặt: ………  Vắng: ………")
    return of_rooms.list_sheet(
        letterhead, subject, table, total, of_rooms.room_signatures(), title="Thí sinh dự thi"
    )


def _rows(people: list[Seated]) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            str(place),
            one.number,
            one.full_name,
            short_day(one.birth_date),
            one.unit,
            one.position,
            "",
            "",
            f"Thêm {one.extra_time_min} phút" if one.extra_time_min else "",
        )
        for place, one in enumerate(people, 1)
    )


KIND = Kind(
    CODE,
    title=N_("Danh sách thí sinh ký dự thi"),
    scope=of_rooms.each_room(CODE),
    symbol=LISTS,
    missing=of_rooms.missing_before_seal,
    compose=compose,
)
