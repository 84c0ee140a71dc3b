"""The minutes of a panel for a cut score, whose facts `standards.minutes` states."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.documents.kinds import of_periods
from exam_service.documents.subjects import RECEIVERS, Kind, Letterhead, Subject, sheet_of
from exam_service.i18n import N_
from exam_service.official.sheet import Sheet
from exam_service.periods.models import Exam, Period
from exam_service.standards.minutes import minutes_blocks
from exam_service.standards.models import CutPanel

CODE = "cut_panel"
SYMBOL = "BB-HĐXĐNĐ"


def list_subjects(session: Session, period: Period) -> list[Subject]:
    panels = session.scalars(
        select(CutPanel)
        .join(Exam, Exam.id == CutPanel.exam_id)
        .where(Exam.period_id == period.id)
        .order_by(CutPanel.opened_at)
    )
    return [_subject(panel, period) for panel in panels]


def find_subject(session: Session, subject_id: UUID) -> Subject | None:
    panel = session.get(CutPanel, subject_id)
    return None if panel is None else _subject(panel, session.get_one(Period, panel.exam.period_id))


def _subject(panel: CutPanel, period: Period) -> Subject:
    return Subject(CODE, panel.id, period, label=f"{panel.exam.title}, {panel.held_on:%d/%m/%Y}")


def compose(session: Session, subject: Subject, letterhead: Letterhead, _typed: Mapping[str, str]) -> Sheet:
    panel = session.get_one(CutPanel, subject.id)
    return sheet_of(
        Letterhead(letterhead.organisation, panel.place),
        minutes_blocks(session, panel),
        symbol=SYMBOL,
        type_name="BIÊN BẢN",
        subject="Xác định ngưỡng đạt",
        body="HỘI ĐỒNG XÁC ĐỊNH NGƯỠNG ĐẠT",
        receivers=RECEIVERS,
    )


KIND = Kind(
    CODE,
    title=N_("Biên bản xác định ngưỡng đạt"),
    symbol=SYMBOL,
    scope=of_periods.in_period(list_subjects, find_subject),
    compose=compose,
    is_expected=False,
)
