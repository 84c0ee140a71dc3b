"""What the documents of a period share: officers of the council issue them, and no room is concerned."""

from collections.abc import Callable, Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from exam_service.actor import Permission
from exam_service.documents.kinds import of_rooms
from exam_service.documents.subjects import Kind, Letterhead, Subject, Typed
from exam_service.official.sheet import Sheet
from exam_service.periods.models import Period, Sitting


def period_kind(
    code: str,
    *,
    title: str,
    list_subjects: Callable[[Session, Period], list[Subject]],
    find_subject: Callable[[Session, UUID], Subject | None],
    compose: Callable[[Session, Subject, Letterhead, Mapping[str, str]], Sheet],
    symbol: str = of_rooms.MINUTES,
    missing: Callable[[Subject], str] = of_rooms.never_missing,
    typed: tuple[Typed, ...] = (),
    is_expected: bool = True,
) -> Kind:
    """A kind of document about a whole period or something in it, listed by `list_subjects`."""

    def of_period(session: Session, period: Period, sitting: Sitting | None) -> list[Subject]:
        return [] if sitting is not None else list_subjects(session, period)

    return Kind(
        code=code,
        title=title,
        symbol=symbol,
        of_sitting=False,
        viewers=(Permission.PERIODS_VIEW,),
        issuers=(Permission.PERIODS_MANAGE,),
        list_subjects=of_period,
        find_subject=find_subject,
        missing=missing,
        compose=compose,
        typed=typed,
        is_expected=is_expected,
    )
