"""Where an item was used, and what the answers to it say. Only of periods that are over: a paper that is still to be
sat must not be known by those who write questions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.analysis.models import ItemFigures, StatisticsRun
from exam_service.analysis.service import STORED, newest_runs
from exam_service.bank.access import get_item
from exam_service.bank.head import trusted_draft
from exam_service.bank.models import ItemVersion
from exam_service.periods.drawing import REVEALED
from exam_service.periods.models import Candidate, Exam, FormSlot, Period, SealedForm
from exam_service.results.service import RELEASED
from question_bank.items import AnyContent
from question_bank.statistics.analysis import ItemStatistics


@dataclass(frozen=True)
class Use:
    """A version in the papers of one exam of a period; `share` is how many of the exam's papers held it, in [0, 1]."""

    number: int
    period: str
    exam: str
    sealed_at: datetime | None
    papers: int
    of_papers: int

    @property
    def share(self) -> float:
        return self.papers / self.of_papers


@dataclass(frozen=True)
class VersionFigures:
    """What the answers in one released period say of a version."""

    version: ItemVersion
    content: AnyContent
    period: str
    statistics: ItemStatistics


def uses_of_item(session: Session, actor: Actor, *, item_id: UUID) -> Sequence[Use]:
    """Every use of the item in periods that are over, newest first. Raises NotFound."""
    get_item(session, actor, item_id)
    papers = (
        select(Candidate.exam_id, func.count().label("count"))
        .join(SealedForm, SealedForm.candidate_id == Candidate.id)
        .group_by(Candidate.exam_id)
        .subquery()
    )
    rows = session.execute(
        select(
            ItemVersion.number,
            Period.name,
            Exam.title,
            Period.sealed_at,
            func.count(),
            papers.c.count,
        )
        .join(FormSlot, FormSlot.version_id == ItemVersion.id)
        .join(SealedForm, SealedForm.id == FormSlot.form_id)
        .join(Candidate, Candidate.id == SealedForm.candidate_id)
        .join(Exam, Exam.id == Candidate.exam_id)
        .join(Period, Period.id == Exam.period_id)
        .join(papers, papers.c.exam_id == Exam.id)
        .where(ItemVersion.item_id == item_id, Period.state.in_([state.value for state in REVEALED]))
        .group_by(ItemVersion.number, Period.id, Exam.id, papers.c.count)
        .order_by(Period.sealed_at.desc(), Exam.title, ItemVersion.number.desc())
    )
    return [Use(*row) for row in rows]


def figures_of_item(session: Session, actor: Actor, *, item_id: UUID) -> Sequence[VersionFigures]:
    """The figures of every version of the item in each released period, newest version and period first.

    Raises NotFound.
    """
    get_item(session, actor, item_id)
    rows = session.execute(
        select(ItemVersion, Period.name, ItemFigures)
        .join(ItemFigures, ItemFigures.version_id == ItemVersion.id)
        .join(StatisticsRun, StatisticsRun.id == ItemFigures.run_id)
        .join(Period, Period.id == StatisticsRun.period_id)
        .where(
            ItemVersion.item_id == item_id,
            StatisticsRun.id.in_(newest_runs()),
            Period.state.in_(RELEASED),
        )
        .order_by(ItemVersion.number.desc(), Period.closed_at.desc())
    )
    return [
        VersionFigures(
            version, trusted_draft(version.body).content, period, STORED.validate_python(figures.body)
        )
        for version, period, figures in rows
    ]
