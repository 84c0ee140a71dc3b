"""Where an item was used, and what the answers to it say. Only of periods that are over: a paper that is still to be
sat must not be known by those who write questions."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Select, Subquery, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.attempts.models import Attempt, AttemptState, Response
from exam_service.bank.access import get_item
from exam_service.bank.head import trusted_draft, versions_of
from exam_service.bank.models import ItemVersion
from exam_service.marking.models import SlotScore
from exam_service.periods.drawing import REVEALED
from exam_service.periods.models import Candidate, Exam, FormSlot, Period, PeriodState, SealedForm
from question_bank.item_analysis import Answered, ItemFigures, analyse_item
from question_bank.items import AnyContent
from question_bank.types.content import InvalidResponse

COUNTED = (PeriodState.RELEASED.value, PeriodState.ARCHIVED.value)
FEWEST = 2


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
    """What is known of a version: `n` answers of released results, and figures once there are enough."""

    version: ItemVersion
    content: AnyContent
    n: int
    figures: ItemFigures | None


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


def figures_of_item(session: Session, actor: Actor, *, item_id: UUID, least: int) -> Sequence[VersionFigures]:
    """The figures of every version of the item, newest first; none for a version with fewer than `least` answers.

    Answers of people who started and whose results are released, by the newest scores. Raises NotFound.
    """
    item = get_item(session, actor, item_id)
    versions = versions_of(session, item)
    contents = {version.id: trusted_draft(version.body).content for version in versions}
    answers = _answers(session, contents)
    return [
        VersionFigures(
            version,
            contents[version.id],
            len(answers[version.id]),
            analyse_item(answers[version.id]) if len(answers[version.id]) >= max(least, FEWEST) else None,
        )
        for version in reversed(versions)
    ]


def _attempts_with(version_ids: Sequence[UUID]) -> Select[UUID]:
    return (
        select(Attempt.id)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .join(Period, Period.id == Candidate.period_id)
        .join(FormSlot, FormSlot.form_id == Attempt.form_id)
        .where(
            FormSlot.version_id.in_(version_ids),
            Attempt.state == AttemptState.SCORED.value,
            Attempt.started_at.is_not(None),
            Period.state.in_(COUNTED),
        )
    )


def _newest_scores(version_ids: Iterable[UUID]) -> Subquery:
    """The score that counts of every slot of the papers that hold one of the versions."""
    return (
        select(
            SlotScore.attempt_id, SlotScore.slot, SlotScore.version_id, SlotScore.points, SlotScore.max_points
        )
        .where(SlotScore.attempt_id.in_(_attempts_with(list(version_ids))))
        .order_by(SlotScore.attempt_id, SlotScore.slot, SlotScore.id.desc())
        .ext(distinct_on(SlotScore.attempt_id, SlotScore.slot))
        .subquery()
    )


def _answers(session: Session, contents: dict[UUID, AnyContent]) -> dict[UUID, list[Answered]]:
    """Version → its answers, each with the share of the points on the other slots of the same paper."""
    scores = _newest_scores(contents)
    totals = (
        select(
            scores.c.attempt_id,
            func.sum(scores.c.points).label("points"),
            func.sum(scores.c.max_points).label("max_points"),
        )
        .group_by(scores.c.attempt_id)
        .subquery()
    )
    rows = session.execute(
        select(
            scores.c.version_id,
            scores.c.points,
            scores.c.max_points,
            totals.c.points - scores.c.points,
            totals.c.max_points - scores.c.max_points,
            Response.response,
        )
        .join(totals, totals.c.attempt_id == scores.c.attempt_id)
        .outerjoin(Response, (Response.attempt_id == scores.c.attempt_id) & (Response.slot == scores.c.slot))
        .where(scores.c.version_id.in_(list(contents)))
    )
    answers: dict[UUID, list[Answered]] = defaultdict(list)
    for version_id, points, max_points, rest, max_rest, raw in rows:
        answers[version_id].append(
            Answered(
                _share(points, max_points) or 0.0,
                _share(rest, max_rest),
                _categories(contents[version_id], raw),
            )
        )
    return answers


def _share(points: Decimal, of_points: Decimal) -> float | None:
    return float(points / of_points) if of_points else None


def _categories(content: AnyContent, raw: object) -> tuple[str, ...]:
    try:
        return content.categories(None if raw is None else content.parse_response(raw))
    except InvalidResponse:  # scored as not answered
        return content.categories(None)
