"""From when on a board calls something trouble: set for a period by its officer, else the usual."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service import audit
from exam_service.actor import Actor
from exam_service.errors import NotFound
from exam_service.invigilation.models import BoardThreshold
from exam_service.periods.models import Period
from exam_service.periods.service import check_may_manage


@dataclass(frozen=True)
class Thresholds:
    """From when on something is a sign of trouble.

    `offline_after_s` is never below two looks of the player at the clock, which it takes every 17 s at the latest.
    """

    offline_after_s: int = 45
    unsaved_from: int = 1  # answers that the player could not save
    not_started_after_min: int = 1  # minutes after the start
    focus_lost_from: int = 1  # times that the page was left or copied from

    @property
    def offline_after(self) -> timedelta:
        return timedelta(seconds=self.offline_after_s)

    def is_silent(self, now: datetime, heard_at: datetime | None) -> bool:
        """Whether a test that is worked on has not been heard of for too long."""
        return heard_at is None or heard_at < now - self.offline_after

    @property
    def not_started_after(self) -> timedelta:
        return timedelta(minutes=self.not_started_after_min)


USUAL = Thresholds()


class ThresholdInput(BaseModel):
    """The thresholds of a period, all of them."""

    model_config = ConfigDict(frozen=True)

    offline_after_s: int = Field(ge=40, le=900)
    unsaved_from: int = Field(ge=1, le=100)
    not_started_after_min: int = Field(ge=0, le=60)
    focus_lost_from: int = Field(ge=1, le=100)


def thresholds_of(session: Session, period_ids: Collection[UUID]) -> dict[UUID, Thresholds]:
    """Period → what holds on its boards; a period that is left out has the usual."""
    rows = session.scalars(select(BoardThreshold).where(BoardThreshold.period_id.in_(period_ids)))
    return {
        row.period_id: Thresholds(
            row.offline_after_s, row.unsaved_from, row.not_started_after_min, row.focus_lost_from
        )
        for row in rows
    }


def save_thresholds(session: Session, actor: Actor, *, period_id: UUID, data: ThresholdInput) -> None:
    """The boards of the period judge by these from their next look on. Raises Forbidden, NotFound."""
    check_may_manage(actor)
    if session.get(Period, period_id) is None:
        raise NotFound
    session.merge(BoardThreshold(period_id=period_id, **data.model_dump()))
    audit.record(session, actor, "period.board_thresholds", ("period", period_id), **data.model_dump())
    session.flush()
