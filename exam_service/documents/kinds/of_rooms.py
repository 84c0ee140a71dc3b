"""What the documents of a room share: who may make them, when, and the lines that name the sitting."""

from uuid import UUID

from sqlalchemy.orm import Session

from exam_service.actor import Permission
from exam_service.documents.subjects import (
    LISTS,
    Letterhead,
    Scope,
    Subject,
    room_name,
    sheet_of,
    sitting_subject,
)
from exam_service.i18n import gettext as _
from exam_service.official.sheet import Block, Facts, Sheet, Signatures, Signer, moment_in_words
from exam_service.periods.models import Period, PeriodState, Sitting

VIEWERS = (Permission.INVIGILATE, Permission.PERIODS_VIEW)
ISSUERS = (Permission.INVIGILATE,)
ROOM_TO_SIGN_MM = 10


def each_room(
    code: str, *, viewers: tuple[Permission, ...] = VIEWERS, issuers: tuple[Permission, ...] = ISSUERS
) -> Scope:
    """Once per sitting, by those who run the room unless others are named."""

    def list_subjects(_session: Session, period: Period, sitting: Sitting | None) -> list[Subject]:
        return [] if sitting is None else [Subject(code, sitting.id, period, sitting)]

    def find_subject(session: Session, subject_id: UUID) -> Subject | None:
        return sitting_subject(session, code, subject_id)

    return Scope(
        of_sitting=True,
        viewers=viewers,
        issuers=issuers,
        list_subjects=list_subjects,
        find_subject=find_subject,
    )


def missing_before_seal(subject: Subject) -> str:
    is_draft = subject.period.state == PeriodState.DRAFT
    return _("Lập được khi kỳ sát hạch đã niêm phong.") if is_draft else ""


def missing_before_collection(subject: Subject) -> str:
    assert subject.sitting is not None
    return "" if subject.sitting.collected_at is not None else _("Lập được khi ca thi đã thu bài.")


def sitting_facts(subject: Subject) -> Facts:
    """The lines that name period, exam, sitting and time."""
    sitting = subject.sitting
    assert sitting is not None
    return Facts(
        rows=(
            ("Kỳ sát hạch", subject.period.name),
            ("Nội dung sát hạch", sitting.exam.title),
            ("Ca thi, phòng thi", f"{sitting.name}, {sitting.room}"),
            (
                "Bắt đầu làm bài",
                f"{moment_in_words(sitting.starts_at)}; thời gian {sitting.duration_min} phút",
            ),
        )
    )


def room_signatures(*names: str) -> Signatures:
    """Two invigilators (names where they were typed) and the head of the invigilators."""
    first, second = [*names, "", ""][:2]
    return Signatures(
        signers=(
            Signer(title="GIÁM THỊ 1", name=first),
            Signer(title="GIÁM THỊ 2", name=second),
            Signer(title="TRƯỞNG BAN COI THI"),
        )
    )


def list_sheet(letterhead: Letterhead, subject: Subject, *blocks: Block, title: str) -> Sheet:
    """A list of the room for people to sign: across the page, under `title` and the name of the room."""
    assert subject.sitting is not None
    return sheet_of(
        letterhead,
        (sitting_facts(subject), *blocks),
        symbol=LISTS,
        type_name="DANH SÁCH",
        subject=f"{title} {room_name(subject.sitting)}",
        is_landscape=True,
    )
