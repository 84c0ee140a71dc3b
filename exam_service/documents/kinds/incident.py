"""The minutes of one technical incident, drawn up within its sitting. Source: Thông tư 22/2025/TT-BNV."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from exam_service.documents import event_facts
from exam_service.documents.event_facts import IncidentFact
from exam_service.documents.kinds import of_rooms
from exam_service.documents.subjects import Kind, Letterhead, Subject, room_name, sheet_of, sitting_subject
from exam_service.i18n import N_
from exam_service.official.sheet import Facts, Heading, Sheet, Signatures, Signer, moment_in_words
from exam_service.periods.models import Period, Sitting

CODE = "incident"


def list_subjects(session: Session, _period: Period, sitting: Sitting | None) -> list[Subject]:
    if sitting is None:
        return []
    return [_subject(one, sitting) for one in event_facts.incidents_of(session, sitting.id)]


def find_subject(session: Session, subject_id: UUID) -> Subject | None:
    found = event_facts.incident_named(session, subject_id)
    room = sitting_subject(session, CODE, found.sitting_id) if found else None
    return _subject(found, room.sitting) if found and room and room.sitting else None


def _subject(one: IncidentFact, sitting: Sitting) -> Subject:
    return Subject(CODE, one.id, sitting.exam.period, sitting, "; ".join(one.people) or "Cả phòng")


def compose(session: Session, subject: Subject, letterhead: Letterhead, _typed: Mapping[str, str]) -> Sheet:
    one = event_facts.incident_named(session, subject.id)
    assert one is not None
    assert subject.sitting is not None
    blocks = (
        of_rooms.sitting_facts(subject),
        Heading(text="Sự cố"),
        Facts(
            rows=(
                ("Thời điểm", moment_in_words(one.at)),
                ("Thí sinh liên quan", "; ".join(one.people) or "cả phòng thi"),
                ("Diễn biến", one.description),
                ("Xử lý", one.handling),
                ("Người ghi nhận", one.recorded_by),
            )
        ),
        Signatures(
            signers=(
                Signer(title="NGƯỜI LẬP", name=one.recorded_by),
                Signer(title="KỸ THUẬT VIÊN"),
                Signer(title="TRƯỞNG BAN COI THI"),
            )
        ),
    )
    return sheet_of(
        letterhead,
        blocks,
        symbol=of_rooms.MINUTES,
        type_name="BIÊN BẢN",
        subject=f"Sự cố kỹ thuật tại {room_name(subject.sitting)}",
    )


KIND = Kind(
    code=CODE,
    title=N_("Biên bản sự cố kỹ thuật"),
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
