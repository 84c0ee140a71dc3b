"""Automatic scoring: from the sealed form and the final responses to append-only scores."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Actor, Permission
from exam_service.attempts.models import Attempt, AttemptState, Response
from exam_service.audit import record
from exam_service.bank.models import ItemVersion
from exam_service.errors import Forbidden, Invalid, NotFound, Refusal
from exam_service.i18n import gettext as _
from exam_service.marking.decisions import verdicts_of
from exam_service.marking.models import KeyVerdict, ScoringRun, SlotScore
from exam_service.periods.lifecycle import step
from exam_service.periods.models import Candidate, FormSlot, Period, PeriodState
from question_bank.items import ItemDraft
from question_bank.scoring import score_share
from question_bank.types.content import InvalidResponse

BATCH = 200  # attempts whose responses are in memory at once
HANDED_IN = (AttemptState.SUBMITTED.value, AttemptState.EXPIRED.value)
COUNTED = (*HANDED_IN, AttemptState.SCORED.value)
SHORTEST_REASON = 3

CANCELLED = "cancelled"  # in the detail of a score: the points were given whatever was answered

Contents = dict[UUID, tuple[ItemDraft, str]]


class NotClosed(Refusal):
    code = "not_closed"
    message = "Chỉ chấm được khi kỳ sát hạch đã đóng và chưa công bố kết quả."


class NeedsPeople(Refusal):
    code = "needs_people"
    message = "Đề của kỳ có câu tự luận cần người chấm; hệ thống chưa có chấm tay nên chưa chấm được kỳ này."


def score_period(session: Session, actor: Actor, *, period_id: UUID, reason: str = "") -> ScoringRun:
    """Every handed-in attempt of the period has a score for every slot, in one new run, and the period is marked.

    Earlier runs stay: the newest run that scored a slot counts. A response that does not fit its item scores 0 and
    says so in its detail; a cancelled item (`marking.decisions`) gives everybody its points. To score again needs a
    `reason`. Raises Forbidden, NotFound, NotClosed, Invalid, NeedsPeople.
    """
    if not actor.can(Permission.MARKING_RUN):
        raise Forbidden
    period = session.scalar(select(Period).where(Period.id == period_id).with_for_update())
    if period is None:
        raise NotFound
    if period.state not in (PeriodState.CLOSED, PeriodState.MARKED):
        raise NotClosed
    if period.state == PeriodState.MARKED and len(reason.strip()) < SHORTEST_REASON:
        raise Invalid(field="reason", reason=_("Hãy ghi lý do chấm lại."))
    run = ScoringRun(period_id=period_id, started_by=actor.id, started_at=clock.now(), reason=reason.strip())
    session.add(run)
    session.flush()  # scores refer to it
    attempt_ids = _attempts_to_score(session, period_id)
    contents = _contents(session, period_id)
    cancelled = {
        version_id
        for version_id, verdict in verdicts_of(session, period_id).items()
        if verdict is KeyVerdict.FULL_MARKS
    }
    if any(draft.content.needs_marker for draft, _competency in contents.values()):
        raise NeedsPeople
    for batch in _batches(attempt_ids):
        _score_batch(session, run, batch, contents=contents, cancelled=cancelled)
    run.attempt_count, run.finished_at = len(attempt_ids), clock.now()
    if period.state == PeriodState.CLOSED:
        step(session, actor, period_id=period_id, before=PeriodState.CLOSED, after=PeriodState.MARKED)
    record(
        session,
        actor,
        "period.score",
        ("period", period_id),
        run=run.id,
        attempts=len(attempt_ids),
        reason=run.reason,
    )
    return run


def newest_run_id(session: Session, period_id: UUID) -> UUID | None:
    """The latest scoring run of the period, or None before the first."""
    return session.scalar(
        select(ScoringRun.id)
        .where(ScoringRun.period_id == period_id)
        .order_by(ScoringRun.started_at.desc(), ScoringRun.id.desc())
        .limit(1)
    )


def _attempts_to_score(session: Session, period_id: UUID) -> list[UUID]:
    return list(
        session.scalars(
            select(Attempt.id)
            .join(Candidate, Candidate.id == Attempt.candidate_id)
            .where(Candidate.period_id == period_id, Attempt.state.in_(COUNTED))
            .order_by(Attempt.id)
        )
    )


def _contents(session: Session, period_id: UUID) -> Contents:
    """Version id → (what the version says, its competency), for every version in a form of the period."""
    used = (
        select(FormSlot.version_id)
        .join(Attempt, Attempt.form_id == FormSlot.form_id)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .where(Candidate.period_id == period_id)
        .distinct()
    )
    rows = session.execute(
        select(ItemVersion.id, ItemVersion.body, ItemVersion.competency).where(ItemVersion.id.in_(used))
    )
    return {
        version_id: (ItemDraft.model_validate(body, context={"trusted": True}), competency)
        for version_id, body, competency in rows
    }


def _batches(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def _score_batch(
    session: Session, run: ScoringRun, batch: Sequence[UUID], *, contents: Contents, cancelled: set[UUID]
) -> None:
    slots = session.execute(
        select(Attempt.id, FormSlot.slot, FormSlot.version_id, FormSlot.points, Response.response)
        .join(FormSlot, FormSlot.form_id == Attempt.form_id)
        .outerjoin(Response, (Response.attempt_id == Attempt.id) & (Response.slot == FormSlot.slot))
        .where(Attempt.id.in_(batch))
        .order_by(Attempt.id, FormSlot.slot)
    )
    session.execute(
        insert(SlotScore), list(_score_rows(run.id, slots, contents=contents, cancelled=cancelled))
    )
    # An attempt that was voided since it was read stays void.
    session.execute(
        update(Attempt)
        .where(Attempt.id.in_(batch), Attempt.state.in_(HANDED_IN))
        .values(state=AttemptState.SCORED.value)
        .execution_options(synchronize_session=False)
    )


def _score_rows(
    run_id: UUID, slots: Iterable[Any], *, contents: Contents, cancelled: set[UUID]
) -> Iterator[dict[str, Any]]:
    for attempt_id, slot, version_id, points, raw in slots:
        draft, competency = contents[version_id]
        detail: dict[str, Any] = {}
        try:
            response = None if raw is None else draft.content.parse_response(raw)
        except InvalidResponse as error:
            # Kept as the candidate sent it, counted as not answered: a marker sees the reason in the detail.
            response, detail = None, {"invalid_response": error.code}
        score = draft.content.score(response, points)
        if version_id in cancelled:
            score = score_share(Fraction(1), points, detail={**score.detail, CANCELLED: True})
        yield {
            "run_id": run_id,
            "attempt_id": attempt_id,
            "slot": slot,
            "version_id": version_id,
            "competency": competency,
            "points": score.points,
            "max_points": score.max_points,
            "detail": {**score.detail, **detail},
        }
