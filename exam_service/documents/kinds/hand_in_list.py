"""What each candidate of a room handed in, to be signed before leaving (danh sách ký xác nhận nộp bài).

The marks of a period come out together, so at the end of a sitting the candidates sign what is certain then: when the
test was handed in, how much was answered, and the code of the receipt. Source: Thông tư 22/2025/TT-BNV, computer-based
examinations: the list is printed after the examination, and the candidates sign to confirm their submission.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from exam_service.attempts.models import AttemptState, CollectedBy
from exam_service.documents.kinds import of_rooms
from exam_service.documents.room_facts import Seated, seated_of
from exam_service.documents.subjects import LISTS, Kind, Letterhead, Subject
from exam_service.i18n import N_
from exam_service.invigilation.naming import named_for
from exam_service.official.sheet import Column, Paragraph, Sheet, Table, clock_time

CODE = "hand_in_list"
COLUMNS = (
    Column(title="STT", share=6, align="center"),
    Column(title="SBD", share=9, align="center"),
    Column(title="Họ và tên", share=27),
    Column(title="Đơn vị", share=24),
    Column(title="Nộp lúc", share=12, align="center"),
    Column(title="Số câu đã trả lời", share=12, align="center"),
    Column(title="Mã biên nhận", share=16, align="center"),
    Column(title="Thí sinh ký", share=16),
    Column(title="Ghi chú", share=18),
)


def compose(session: Session, subject: Subject, letterhead: Letterhead, _typed: Mapping[str, str]) -> Sheet:
    assert subject.sitting is not None
    people = seated_of(session, subject.sitting.id)
    names = [name for _account, name in named_for(session, subject.sitting.id)]
    return of_rooms.list_sheet(
        letterhead,
        subject,
        Table(columns=COLUMNS, rows=_rows(people), row_mm=of_rooms.ROOM_TO_SIGN_MM),
        Paragraph(text=_summary(people)),
        of_rooms.room_signatures(*names),
        title="Thí sinh ký xác nhận nộp bài",
    )


def _rows(people: Sequence[Seated]) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            str(place),
            one.number,
            one.full_name,
            one.unit,
            clock_time(one.submitted_at, seconds=True) if _handed_in(one) else "–",
            f"{one.answered_count}/{one.slot_count}" if _handed_in(one) else "–",
            one.receipt_code if _handed_in(one) else "–",
            "",
            _note(one),
        )
        for place, one in enumerate(people, 1)
    )


def _handed_in(one: Seated) -> bool:
    return one.submitted_at is not None and not one.is_absent and one.state is not AttemptState.VOID


def _note(one: Seated) -> str:
    if one.state is AttemptState.VOID:
        return "Bài bị hủy"
    if one.is_absent:
        return "Vắng"
    return "Được thu, không tự nộp" if one.collected_by is CollectedBy.SYSTEM else ""


def _summary(people: Sequence[Seated]) -> str:
    counts = [
        ("đã nộp hoặc được thu bài", sum(_handed_in(one) for one in people)),
        ("vắng", sum(one.is_absent for one in people)),
        ("bài bị hủy", sum(one.state is AttemptState.VOID for one in people)),
    ]
    told = ", ".join(f"{count} {words}" for words, count in counts)
    return f"Danh sách này có {len(people)} thí sinh: {told}. Điểm được công bố sau theo quyết định của hội đồng."


KIND = Kind(
    CODE,
    title=N_("Danh sách ký xác nhận nộp bài"),
    scope=of_rooms.each_room(CODE),
    symbol=LISTS,
    missing=of_rooms.missing_before_collection,
    compose=compose,
)
