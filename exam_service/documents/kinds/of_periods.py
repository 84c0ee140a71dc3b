"""What the documents of a period share: officers of the council issue them, and no room is concerned."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy.orm import Session

from exam_service.actor import Permission
from exam_service.documents.subjects import Scope, Subject
from exam_service.periods.models import Period, Sitting


def in_period(
    list_subjects: Callable[[Session, Period], list[Subject]],
    find_subject: Callable[[Session, UUID], Subject | None],
) -> Scope:
    """About a whole period, or about something in it that no single room has to do with."""

    def of_period(session: Session, period: Period, sitting: Sitting | None) -> list[Subject]:
        return [] if sitting is not None else list_subjects(session, period)

    return Scope(
        of_sitting=False,
        viewers=(Permission.PERIODS_VIEW,),
        issuers=(Permission.PERIODS_MANAGE,),
        list_subjects=of_period,
        find_subject=find_subject,
    )
