"""What documents are about, who may see it, and what a kind of document is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from exam_service.actor import Actor, Permission
from exam_service.errors import NotFound
from exam_service.invigilation.service import sittings_visible_to
from exam_service.official.sheet import Block, Sheet
from exam_service.periods.models import Exam, Period, Sitting
from exam_service.periods.service import periods_visible_to

COUNCIL = "HỘI ĐỒNG SÁT HẠCH"
MINUTES, LISTS = "BB-HĐSH", "DS-HĐSH"
RECEIVERS = ("Hội đồng sát hạch;", "Lưu: VT, hồ sơ kỳ sát hạch.")


@dataclass(frozen=True)
class Letterhead:
    """Whose paper it is: the organisation over the council, and the place before the date."""

    organisation: str
    place: str


@dataclass(frozen=True)
class Subject:
    """One thing that a document of `kind` can be made about; `label` tells it from its likes."""

    kind: str
    id: UUID
    period: Period
    sitting: Sitting | None = None
    label: str = ""


@dataclass(frozen=True)
class Typed:
    """A line that the facts do not know and that whoever issues the document may type."""

    name: str
    label: str
    hint: str = ""


@dataclass(frozen=True)
class Scope:
    """What documents of a kind can be about, and who may have to do with them.

    `list_subjects` gives the subjects within a period (sitting None) or a sitting, `find_subject` the one with an id.
    """

    of_sitting: bool
    viewers: tuple[Permission, ...]
    issuers: tuple[Permission, ...]
    list_subjects: Callable[[Session, Period, Sitting | None], list[Subject]]
    find_subject: Callable[[Session, UUID], Subject | None]

    def may_view(self, actor: Actor) -> bool:
        return any(actor.can(permission) for permission in self.viewers)

    def may_issue(self, actor: Actor) -> bool:
        return any(actor.can(permission) for permission in self.issuers)


def never_missing(_subject: Subject) -> str:
    return ""


@dataclass(frozen=True)
class Kind:
    """A kind of document.

    `missing` says why it cannot be issued yet ("" when it can); `compose` states the facts as they are recorded now.
    """

    code: str
    title: str
    scope: Scope
    compose: Callable[[Session, Subject, Letterhead, Mapping[str, str]], Sheet]
    symbol: str = MINUTES
    missing: Callable[[Subject], str] = never_missing
    typed: tuple[Typed, ...] = ()
    is_expected: bool = True  # every period or sitting needs one; else only where something happened


def sheet_of(
    letterhead: Letterhead,
    blocks: tuple[Block, ...],
    *,
    symbol: str,
    type_name: str,
    subject: str,
    body: str = COUNCIL,
    receivers: tuple[str, ...] = RECEIVERS,
    is_landscape: bool = False,
) -> Sheet:
    """A draft on the paper of the council."""
    return Sheet(
        organisation=letterhead.organisation,
        body=body,
        symbol=symbol,
        place=letterhead.place,
        type_name=type_name,
        subject=subject,
        blocks=blocks,
        receivers=receivers,
        is_landscape=is_landscape,
    )


def visible_sitting(session: Session, actor: Actor, sitting_id: UUID) -> Sitting:
    """The sitting, for who watches rooms and for who sees periods. Raises NotFound."""
    loading = joinedload(Sitting.exam).joinedload(Exam.period)
    watched = sittings_visible_to(actor).where(Sitting.id == sitting_id).options(loading)
    sitting = session.scalar(watched)
    if sitting is None and actor.can(Permission.PERIODS_VIEW):
        periods = periods_visible_to(actor).order_by(None).subquery()
        sitting = session.scalar(
            select(Sitting)
            .join(Exam, Exam.id == Sitting.exam_id)
            .join(periods, periods.c.id == Exam.period_id)
            .where(Sitting.id == sitting_id)
            .options(loading)
        )
    if sitting is None:
        raise NotFound
    return sitting


def check_visible(session: Session, actor: Actor, subject: Subject) -> None:
    """Return when the actor may know of the subject's sitting or period. Raises NotFound."""
    if subject.sitting is not None:
        visible_sitting(session, actor, subject.sitting.id)
        return
    seen = periods_visible_to(actor).where(Period.id == subject.period.id).with_only_columns(Period.id)
    if session.scalar(seen) is None:
        raise NotFound


def sitting_subject(session: Session, kind: str, sitting_id: UUID) -> Subject | None:
    """The sitting itself as the subject of `kind`."""
    sitting = session.scalar(
        select(Sitting)
        .where(Sitting.id == sitting_id)
        .options(joinedload(Sitting.exam).joinedload(Exam.period))
    )
    return None if sitting is None else Subject(kind, sitting.id, sitting.exam.period, sitting)


def room_name(sitting: Sitting) -> str:
    return f"{sitting.name}, {sitting.room}"
