"""The minutes of a room (biên bản coi thi): who came, what happened, what was handed in, what waits for a decision."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from exam_service.attempts.entry_times import EntryTimes
from exam_service.attempts.evidence_models import DeliveredResponse
from exam_service.attempts.models import AttemptState, CollectedBy
from exam_service.attempts.verdicts import DeliveryLine
from exam_service.documents import event_facts, pause_facts, room_facts
from exam_service.documents.kinds import of_rooms
from exam_service.documents.pause_facts import PauseFact
from exam_service.documents.room_facts import Seated
from exam_service.documents.subjects import MINUTES, Kind, Letterhead, Subject, Typed, room_name, sheet_of
from exam_service.i18n import N_
from exam_service.invigilation.naming import named_for
from exam_service.official.sheet import (
    Block,
    Column,
    Heading,
    Paragraph,
    Sheet,
    Table,
    clock_time,
    moment_in_words,
    paragraphs,
)

CODE = "room_minutes"
NOTHING = Paragraph(text="Không có.")
VERDICTS = {None: "chờ quyết định", "accepted": "chấp nhận", "refused": "không chấp nhận"}


def compose(session: Session, subject: Subject, letterhead: Letterhead, typed: Mapping[str, str]) -> Sheet:
    assert subject.sitting is not None
    written = [name.strip() for name in typed.get("invigilators", "").split(";") if name.strip()]
    names = written or [name for _account, name in named_for(session, subject.sitting.id)]
    blocks = (
        of_rooms.sitting_facts(subject),
        Heading(text="1. Thành phần"),
        *paragraphs([f"Giám thị: {'; '.join(names)}." if names else f"Giám thị: {'…' * 30}"]),
        *_presence(session, subject),
        *_events(session, subject),
        *_handing_in(session, subject),
        *_late_answers(room_facts.late_deliveries_of(session, subject.sitting.id)),
        *paragraphs([_closing(typed)]),
        of_rooms.room_signatures(*names),
    )
    return sheet_of(
        letterhead,
        blocks,
        symbol=MINUTES,
        type_name="BIÊN BẢN",
        subject=f"Coi thi {room_name(subject.sitting)}",
    )


def _presence(session: Session, subject: Subject) -> Iterator[Block]:
    assert subject.sitting is not None
    people = room_facts.seated_of(session, subject.sitting.id)
    absent = [one for one in people if one.is_absent]
    late = [one for one in people if one.is_late]
    yield Heading(text="2. Thí sinh")
    yield Paragraph(
        text=f"Theo danh sách: {len(people)}. Có mặt: {len(people) - len(absent)}. "
        f"Vắng: {len(absent)}. Vào thi sau giờ bắt đầu: {len(late)}."
    )
    if absent:
        yield Paragraph(
            text="Thí sinh vắng: " + "; ".join(f"{one.number} – {one.full_name}" for one in absent) + "."
        )
    there = [one for one in absent if one.is_called_present]
    if there:
        names = "; ".join(f"{one.number} – {one.full_name}" for one in there)
        yield Paragraph(text=f"Điểm danh có mặt nhưng không vào làm bài (tính là vắng bài): {names}.")
    if late:
        admitted = room_facts.admissions_of(session, subject.sitting.id)
        yield Table(
            columns=(
                Column(title="SBD", share=12, align="center"),
                Column(title="Họ và tên", share=30),
                Column(title="Vào lúc", share=14, align="center"),
                Column(title="Lý do được vào muộn", share=44),
            ),
            rows=tuple(
                (
                    one.number,
                    one.full_name,
                    clock_time(one.started_at, seconds=True),
                    admitted.get(one.number, "Trong giới hạn vào muộn"),
                )
                for one in late
            ),
        )


def _events(session: Session, subject: Subject) -> Iterator[Block]:
    assert subject.sitting is not None
    yield Heading(text="3. Sự cố và xử lý")
    happened = _incident_rows(session, subject.sitting.id)
    yield _event_table("Nội dung, cách xử lý", happened) if happened else NOTHING
    yield Heading(text="4. Vi phạm")
    handled = [
        (
            clock_time(one.at),
            f"{one.number} – {one.full_name}",
            f"{one.level}. {one.description}",
            one.recorded_by,
        )
        for one in event_facts.violations_of(session, subject.sitting.id)
    ]
    yield _event_table("Hình thức xử lý, hành vi", handled) if handled else NOTHING


def _incident_rows(session: Session, sitting_id: UUID) -> list[tuple[str, ...]]:
    """Incidents, changes of machine and pauses that did not reach one, in the order of their time."""
    incidents = [
        (
            one.at,
            "; ".join(one.people) or "Cả phòng",
            f"{one.description.rstrip('.')}. {one.handling}",
            one.recorded_by,
        )
        for one in event_facts.incidents_of(session, sitting_id)
    ]
    changes = [
        (one.at, f"{one.number} – {one.full_name}", f"Chuyển máy. {one.reason}", one.issued_by)
        for one in room_facts.machine_changes_of(session, sitting_id)
    ]
    pauses = [_pause_row(fact) for fact in pause_facts.pause_facts_of(session, sitting_id)]
    return [(clock_time(at), *words) for at, *words in sorted([*incidents, *changes, *pauses])]


def _pause_row(fact: PauseFact) -> tuple[datetime, str, str, str]:
    people = "; ".join(person for person, _count in fact.people)
    if fact.is_told:
        ((_person, count),) = fact.people
        words = (
            f"Trả lời {count} câu trong lúc tạm dừng (mất mạng), từ {clock_time(fact.at, seconds=True)} đến "
            f"{clock_time(fact.until, seconds=True)}. Trình hội đồng quyết định."
        )
        return (fact.at, people, words, "Máy của thí sinh")
    saved = "; ".join(f"{person.split(' ')[0]}: {count} câu" for person, count in fact.people if count)
    words = (
        f"Mất liên lạc suốt lúc tạm dừng, đến {clock_time(fact.until, seconds=True)}. Lưu trong phút đầu khi có mạng "
        f"lại: {saved or 'không có'}."
    )
    return (fact.at, people, words, "Hệ thống")


def _event_table(what: str, rows: Sequence[tuple[str, ...]]) -> Table:
    return Table(
        columns=(
            Column(title="Lúc", share=9, align="center"),
            Column(title="Thí sinh", share=28),
            Column(title=what, share=42),
            Column(title="Người ghi nhận", share=21),
        ),
        rows=tuple(rows),
    )


def _handing_in(session: Session, subject: Subject) -> Iterator[Block]:
    assert subject.sitting is not None
    people = room_facts.seated_of(session, subject.sitting.id)
    void = sum(one.state is AttemptState.VOID for one in people)
    by_candidate = sum(_counts(one, CollectedBy.CANDIDATE) for one in people)
    by_system = sum(_counts(one, CollectedBy.SYSTEM) and not one.is_absent for one in people)
    yield Heading(text="5. Nộp bài và thu bài")
    yield Paragraph(
        text=f"Thí sinh tự nộp: {by_candidate}. Được thu, không tự nộp: {by_system}. Bài bị hủy: {void}. "
        f"Thu bài xong lúc {moment_in_words(subject.sitting.collected_at)}."
    )


def _counts(one: Seated, by: CollectedBy) -> bool:
    return one.state is not AttemptState.VOID and one.collected_by is by


def _late_answers(lines: Sequence[DeliveryLine]) -> Iterator[Block]:
    yield Heading(text="6. Câu trả lời đến sau giờ thu bài, trình hội đồng quyết định")
    if not lines:
        yield NOTHING
        return
    yield Table(
        columns=(
            Column(title="SBD", share=11, align="center"),
            Column(title="Họ và tên", share=26),
            Column(title="Nhận lúc", share=13, align="center"),
            Column(title="Các câu", share=22),
            Column(title="Quyết định", share=28),
        ),
        rows=tuple(
            (
                line.number,
                line.full_name,
                clock_time(line.delivery.received_at, seconds=True),
                ", ".join(str(one.slot) for one in line.delivery.responses) or "không khác bài đã lưu",
                _decided(line),
            )
            for line in lines
        ),
    )


def _decided(line: DeliveryLine) -> str:
    """`câu 3: chấp nhận; câu 5 (nhập khi tạm dừng): chờ quyết định`."""
    return (
        "; ".join(
            f"câu {one.slot}{_doubts(line.times, one)}: {_verdict(line, one)}"
            for one in line.delivery.responses
        )
        or "–"
    )


def _doubts(times: EntryTimes, one: DeliveredResponse) -> str:
    """What the council has to know of when the answer was entered, in parentheses."""
    words = []
    if times.is_in_pause(one):
        words.append("nhập khi tạm dừng")
    elif times.may_be_in_pause(one):
        words.append("có thể nhập khi tạm dừng")
    if times.is_after_end(one):
        words.append("sau giờ thu bài theo đồng hồ máy")
    return f" ({'; '.join(words)})" if words else ""


def _verdict(line: DeliveryLine, one: DeliveredResponse) -> str:
    return "không xét, bài bị hủy" if line.is_void and one.verdict is None else VERDICTS[one.verdict]


def _closing(typed: Mapping[str, str]) -> str:
    note = typed.get("note", "").strip()
    read_out = "Biên bản lập xong, đã đọc cho những người có tên dưới đây cùng nghe và thống nhất ký tên."
    return f"Ghi nhận khác: {note}\n{read_out}" if note else read_out


KIND = Kind(
    CODE,
    title=N_("Biên bản coi thi của phòng"),
    scope=of_rooms.each_room(CODE),
    missing=of_rooms.missing_before_collection,
    compose=compose,
    typed=(
        Typed(
            "invigilators",
            N_("Giám thị"),
            N_(
                "Họ tên, cách nhau bằng dấu chấm phẩy. Để trống thì lấy tên giám thị đã phân công cho ca thi."
            ),
        ),
        Typed("note", N_("Ghi nhận khác")),
    ),
)
