"""What the minutes of single events share: each event of a room is a subject of its own, found by its id."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from exam_service.documents.kinds import of_rooms
from exam_service.documents.subjects import Scope, Subject, sitting_subject
from exam_service.periods.models import Period, Sitting


class Event(Protocol):
    """Something that happened in a sitting."""

    @property
    def id(self) -> UUID: ...

    @property
    def sitting_id(self) -> UUID: ...


E = TypeVar("E", bound=Event)


def each_event(
    code: str,
    *,
    events_of: Callable[[Session, UUID], Sequence[E]],
    event_named: Callable[[Session, UUID], E | None],
    label: Callable[[E], str],
) -> Scope:
    """Once per event of a sitting, by those who run the room; `label` tells the event from its likes."""

    def list_subjects(session: Session, _period: Period, sitting: Sitting | None) -> list[Subject]:
        if sitting is None:
            return []
        period = sitting.exam.period
        return [Subject(code, one.id, period, sitting, label(one)) for one in events_of(session, sitting.id)]

    def find_subject(session: Session, subject_id: UUID) -> Subject | None:
        one = event_named(session, subject_id)
        room = sitting_subject(session, code, one.sitting_id) if one else None
        return Subject(code, one.id, room.period, room.sitting, label(one)) if one and room else None

    return Scope(
        of_sitting=True,
        viewers=of_rooms.VIEWERS,
        issuers=of_rooms.ISSUERS,
        list_subjects=list_subjects,
        find_subject=find_subject,
    )
