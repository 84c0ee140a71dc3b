"""The minutes of one violation. Source: Thông tư 22/2025/TT-BNV: recorder and violator sign; when the violator refuses,
the two nearest candidates; when they refuse too, the minutes stand and go to the head of the invigilators."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from exam_service.documents import event_facts
from exam_service.documents.event_facts import ViolationFact
from exam_service.documents.kinds import of_rooms
from exam_service.documents.subjects import (
    RECEIVERS,
    Kind,
    Letterhead,
    Subject,
    room_name,
    sheet_of,
    sitting_subject,
)
from exam_service.i18n import N_
from exam_service.official.sheet import (
    Block,
    Facts,
    Heading,
    Sheet,
    Signatures,
    Signer,
    moment_in_words,
    paragraphs,
)
from exam_service.periods.models import Period, Sitting

CODE = "violation"


def list_subjects(session: Session, _period: Period, sitting: Sitting | None) -> list[Subject]:
    if sitting is None:
        return []
    return [_subject(one, sitting) for one in event_facts.violations_of(session, sitting.id)]


def find_subject(session: Session, subject_id: UUID) -> Subject | None:
    found = event_facts.violation_named(session, subject_id)
    room = sitting_subject(session, CODE, found.sitting_id) if found else None
    return _subject(found, room.sitting) if found and room and room.sitting else None


def _subject(one: ViolationFact, sitting: Sitting) -> Subject:
    return Subject(CODE, one.id, sitting.exam.period, sitting, f"{one.number} – {one.full_name}")


def compose(session: Session, subject: Subject, letterhead: Letterhead, _typed: Mapping[str, str]) -> Sheet:
    one = event_facts.violation_named(session, subject.id)
    assert one is not None
    assert subject.sitting is not None
    blocks: tuple[Block, ...] = (
        of_rooms.sitting_facts(subject),
        Heading(text="Thí sinh vi phạm"),
        Facts(rows=(("Họ và tên", one.full_name), ("Số báo danh", one.number), ("Đơn vị", one.unit))),
        Heading(text="Nội dung"),
        Facts(
            rows=(
                ("Thời điểm lập", moment_in_words(one.at)),
                ("Hành vi", one.description),
                ("Hình thức xử lý", one.level),
                ("Người lập", one.recorded_by),
                *([("Chữ ký", one.signed)] if one.signed else []),
            )
        ),
        *paragraphs(
            [
                "Biên bản đã được đọc tại phòng thi. Nếu người vi phạm không ký, hai thí sinh ngồi gần nhất ký.",
                "Nếu hai thí sinh này cũng không ký, biên bản vẫn có giá trị và được chuyển Trưởng ban coi thi.",
            ]
        ),
        Signatures(
            signers=(
                Signer(title="NGƯỜI LẬP", name=one.recorded_by),
                Signer(title="NGƯỜI VI PHẠM", name=one.full_name),
                Signer(title="TRƯỞNG BAN COI THI"),
            )
        ),
        Signatures(signers=(Signer(title="NGƯỜI LÀM CHỨNG 1"), Signer(title="NGƯỜI LÀM CHỨNG 2"))),
    )
    return sheet_of(
        letterhead,
        blocks,
        symbol=of_rooms.MINUTES,
        type_name="BIÊN BẢN",
        subject=f"Xử lý vi phạm tại {room_name(subject.sitting)}",
        receivers=("Cơ quan sử dụng công chức (nếu đình chỉ, hủy kết quả);", *RECEIVERS),
    )


KIND = Kind(
    code=CODE,
    title=N_("Biên bản xử lý vi phạm"),
    symbol=of_rooms.MINUTES,
    of_sitting=True,
    viewers=of_rooms.VIEWERS,
    issuers=of_rooms.ISSUERS,
    list_subjects=list_subjects,
    find_subject=find_subject,
    missing=of_rooms.never_missing,
    compose=compose,
    is_expected=False,
)
