"""What the minutes of single events share: each event of a room is a subject of its own, found by its id."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from exam_service.documents.kinds import of_rooms
from exam_service.documents.subjects import Kind, Letterhead, Subject, sitting_subject
from exam_service.official.sheet import Sheet
from exam_service.periods.models import Period, Sitting


class Event(Protocol):
    """Something that happened in a sitting."""

    @property
    def id(self) -> UUID: ...

    @property
    def sitting_id(self) -> UUID: ...


E = TypeVar("E", bound=Event)


def lister(
    code: str, *, events_of: Callable[[Session, UUID], Sequence[E]], label: Callable[[E], str]
) -> Callable[[Session, Period, Sitting | None], list[Subject]]:
    """`list_subjects` of a kind that is made once per event; `label` tells the event from its likes."""

    def list_subjects(session: Session, _period: Period, sitting: Sitting | None) -> list[Subject]:
        if sitting is None:
            return []
        period = sitting.exam.period
        return [Subject(code, one.id, period, sitting, label(one)) for one in events_of(session, sitting.id)]

    return list_subjects


def finder(
    code: str, *, event_named: Callable[[Session, UUID], E | None], label: Callable[[E], str]
) -> Callable[[Session, UUID], Subject | None]:
    """`find_subject` of a kind that is made once per event."""

    def find_subject(session: Session, subject_id: UUID) -> Subject | None:
        one = event_named(session, subject_id)
        room = sitting_subject(session, code, one.sitting_id) if one else None
        return Subject(code, one.id, room.period, room.sitting, label(one)) if one and room else None

    return find_subject


def event_kind(
    code: str,
    *,
    title: str,
    events_of: Callable[[Session, UUID], Sequence[E]],
    event_named: Callable[[Session, UUID], E | None],
    label: Callable[[E], str],
    compose: Callable[[Session, Subject, Letterhead, Mapping[str, str]], Sheet],
) -> Kind:
    """Minutes that are made once per event, where there was one, by those who run the room."""
    return Kind(
        code=code,
        title=title,
        symbol=of_rooms.MINUTES,
        of_sitting=True,
        viewers=of_rooms.VIEWERS,
        issuers=of_rooms.ISSUERS,
        list_subjects=lister(code, events_of=events_of, label=label),
        find_subject=finder(code, event_named=event_named, label=label),
        missing=of_rooms.never_missing,
        compose=compose,
        is_expected=False,
    )
