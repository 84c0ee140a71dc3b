"""What can be printed for a period or a sitting, what has been issued, and what is still missing."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.documents.event_facts import events_by_sitting
from exam_service.documents.kinds import BY_CODE, KINDS
from exam_service.documents.models import IssuedDocument
from exam_service.documents.subjects import Kind, Subject
from exam_service.periods.models import Exam, Period, Sitting


@dataclass(frozen=True)
class Line:
    """One document that there is or could be; `why_not` says why it cannot be issued yet."""

    kind: Kind
    subject: Subject
    newest: IssuedDocument | None
    why_not: str

    @property
    def href(self) -> str:
        return f"/documents/{self.kind.code}/{self.subject.id}"

    @property
    def is_waiting(self) -> bool:
        """Could be issued now and has not been."""
        return self.newest is None and not self.why_not


@dataclass(frozen=True)
class Room:
    """A sitting with one line per kind that every sitting needs; of its `events` (violations, incidents) `recounted`
    have minutes."""

    sitting: Sitting
    lines: Sequence[Line]
    events: int
    recounted: int

    @property
    def waiting(self) -> int:
        return sum(line.is_waiting for line in self.lines) + max(0, self.events - self.recounted)


def period_lines(session: Session, actor: Actor, period: Period) -> list[Line]:
    """The documents about the period itself."""
    return _lines(session, actor, period, None, issued=_newest(session, period_id=period.id))


def sitting_lines(session: Session, actor: Actor, sitting: Sitting) -> list[Line]:
    """The documents about a sitting and about what happened in it."""
    newest = _newest(session, period_id=sitting.exam.period_id, sitting_id=sitting.id)
    return _lines(session, actor, sitting.exam.period, sitting, issued=newest)


def rooms_of(session: Session, actor: Actor, period: Period) -> list[Room]:
    """Every sitting of the period by start and room; three SELECTs, whatever their number."""
    sittings = session.scalars(
        select(Sitting)
        .join(Exam, Exam.id == Sitting.exam_id)
        .where(Exam.period_id == period.id)
        .order_by(Sitting.starts_at, Sitting.room, Exam.code)
    ).all()
    issued = _newest(session, period_id=period.id)
    events = events_by_sitting(session, period.id)
    kinds = regular_kinds(actor)
    recounted = Counter(
        document.sitting_id for document in issued.values() if not BY_CODE[document.kind].is_expected
    )
    return [
        Room(
            sitting=sitting,
            lines=[
                _line(kind, subject, issued)
                for kind in kinds
                for subject in kind.scope.list_subjects(session, period, sitting)
            ],
            events=events.get(sitting.id, 0),
            recounted=recounted[sitting.id],
        )
        for sitting in sittings
    ]


def regular_kinds(actor: Actor) -> list[Kind]:
    """The kinds of which every sitting needs one, as far as the actor may see them."""
    return [
        kind for kind in KINDS if kind.scope.of_sitting and kind.is_expected and kind.scope.may_view(actor)
    ]


def _newest(
    session: Session, *, period_id: UUID, sitting_id: UUID | None = None
) -> dict[tuple[str, UUID], IssuedDocument]:
    """(kind, subject) → its newest document."""
    statement = select(IssuedDocument).where(IssuedDocument.period_id == period_id)
    if sitting_id is not None:
        statement = statement.where(IssuedDocument.sitting_id == sitting_id)
    rows: Iterable[IssuedDocument] = session.scalars(statement.order_by(IssuedDocument.version))
    return {(row.kind, row.subject_id): row for row in rows}


def _lines(
    session: Session,
    actor: Actor,
    period: Period,
    sitting: Sitting | None,
    *,
    issued: dict[tuple[str, UUID], IssuedDocument],
) -> list[Line]:
    return [
        _line(kind, subject, issued)
        for kind in KINDS
        if kind.scope.of_sitting == (sitting is not None) and kind.scope.may_view(actor)
        for subject in kind.scope.list_subjects(session, period, sitting)
    ]


def _line(kind: Kind, subject: Subject, issued: dict[tuple[str, UUID], IssuedDocument]) -> Line:
    return Line(kind, subject, issued.get((kind.code, subject.id)), kind.missing(subject))
