"""The minutes of one technical incident, drawn up within its sitting. Source: Thông tư 22/2025/TT-BNV."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from exam_service.documents import event_facts
from exam_service.documents.handled_facts import IncidentFact
from exam_service.documents.kinds import of_events, of_rooms
from exam_service.documents.subjects import MINUTES, Kind, Letterhead, Subject, room_name, sheet_of
from exam_service.i18n import N_
from exam_service.official.sheet import Facts, Heading, Sheet, Signatures, Signer, moment_in_words

CODE = "incident"


def people_of(one: IncidentFact) -> str:
    return "; ".join(one.people) or "Cả phòng"


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
        symbol=MINUTES,
        type_name="BIÊN BẢN",
        subject=f"Sự cố kỹ thuật tại {room_name(subject.sitting)}",
    )


KIND = Kind(
    CODE,
    title=N_("Biên bản sự cố kỹ thuật"),
    scope=of_events.each_event(
        CODE,
        events_of=event_facts.incidents_of,
        event_named=event_facts.incident_named,
        label=people_of,
    ),
    compose=compose,
    is_expected=False,
)
