"""The minutes of one violation. Source: Thông tư 22/2025/TT-BNV: recorder and violator sign; when the violator refuses,
the two nearest candidates; when they refuse too, the minutes stand and go to the head of the invigilators."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from exam_service.documents import event_facts
from exam_service.documents.event_facts import ViolationFact
from exam_service.documents.kinds import of_events, of_rooms
from exam_service.documents.subjects import MINUTES, RECEIVERS, Kind, Letterhead, Subject, room_name, sheet_of
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

CODE = "violation"


def offender_of(one: ViolationFact) -> str:
    return f"{one.number} – {one.full_name}"


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
        symbol=MINUTES,
        type_name="BIÊN BẢN",
        subject=f"Xử lý vi phạm tại {room_name(subject.sitting)}",
        receivers=("Cơ quan sử dụng công chức (nếu đình chỉ, hủy kết quả);", *RECEIVERS),
    )


KIND = Kind(
    CODE,
    title=N_("Biên bản xử lý vi phạm"),
    scope=of_events.each_event(
        CODE,
        events_of=event_facts.violations_of,
        event_named=event_facts.violation_named,
        label=offender_of,
    ),
    compose=compose,
    is_expected=False,
)
