"""What a period's newest scores come to, candidate by candidate, before (and for) the release."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from sqlalchemy import String, Subquery, cast, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from exam_service.attempts.models import Attempt, AttemptState
from exam_service.bank.supply import competency_names
from exam_service.calibration.models import ExamConversion
from exam_service.invigilation.models import DecisionKind, RoomDecision
from exam_service.marking.models import ScoringRun, SlotScore
from exam_service.periods.models import Candidate, CandidateStatus, FormSlot
from exam_service.results.converting import Conversions, load_conversions
from exam_service.results.deductions import Deduction, find_deductions
from exam_service.results.grading import competency_profile, stored_points
from exam_service.results.models import Outcome, ResultKind
from exam_service.results.rules import PassRules, load_rules
from question_bank.pass_rules import Check

ABSENT_REASON = "Vắng thi"


@dataclass(frozen=True)
class Standing:
    """What a candidate's newest scores come to. `points` are the raw marks, cut to what is stored; the grade follows
    the exact sum, or the converted mark where there is one (`conversion` says how, or why not)."""

    candidate: Candidate
    attempt: Attempt
    run_id: UUID | None
    points: Decimal
    converted_points: Decimal | None
    conversion: ExamConversion | None
    max_points: Decimal
    cut_percent: Decimal
    item_count: int  # scored slots
    outcome: Outcome
    checks: tuple[Check, ...]
    band_code: str
    band_label: str
    competencies: list[dict[str, str]]
    was_absent: bool
    kind: ResultKind
    reason: str

    @property
    def exam_id(self) -> UUID:
        return self.candidate.exam_id

    @property
    def counted_points(self) -> Decimal:
        """The mark that is published and compared: the converted one where there is one."""
        return self.points if self.converted_points is None else self.converted_points


@dataclass(frozen=True)
class ScoreSum:
    """Equal shares of equally valued slots of one competency in one attempt."""

    competency: str
    points: Fraction
    max_points: Fraction
    count: int
    run_id: UUID


def compute_standings(session: Session, period_id: UUID) -> list[Standing]:
    """One standing per entered candidate, from the newest score of every slot, in the order of numbers.

    A handful of SELECTs, whatever the number of candidates.
    """
    newest = newest_scores(period_id)
    rules = load_rules(session, period_id, newest)
    conversions = load_conversions(session, period_id)
    names = competency_names(session)
    scores = _score_sums(session, newest)
    voids = _void_reasons(session, period_id)
    deductions = find_deductions(session, period_id)
    worth = (
        select(func.sum(FormSlot.points))
        .where(FormSlot.form_id == Attempt.form_id, ~FormSlot.is_pretest)
        .correlate(Attempt)
    ).scalar_subquery()
    rows = session.execute(
        select(Candidate, Attempt, worth)
        .join(Attempt, Attempt.candidate_id == Candidate.id)
        .where(Candidate.period_id == period_id, Candidate.status == CandidateStatus.ENTERED.value)
        .order_by(Candidate.number)
    )
    return [
        _standing(
            candidate,
            attempt,
            rules=rules,
            conversions=conversions,
            max_points=max_points,
            scores=scores.get(attempt.id, []),
            names=names,
            void_reason=voids.get(attempt.id, ""),
            deduction=deductions.get(attempt.id),
        )
        for candidate, attempt, max_points in rows
    ]


def newest_scores(period_id: UUID) -> Subquery:
    """The score that counts of every slot of the period: that of the newest run."""
    return (
        select(
            SlotScore.attempt_id,
            SlotScore.slot,
            SlotScore.version_id,
            SlotScore.competency,
            SlotScore.points,
            SlotScore.max_points,
            SlotScore.detail["share"].astext.label("share"),
            SlotScore.run_id,
        )
        .join(ScoringRun, ScoringRun.id == SlotScore.run_id)
        .join(Attempt, Attempt.id == SlotScore.attempt_id)
        .join(FormSlot, (FormSlot.form_id == Attempt.form_id) & (FormSlot.slot == SlotScore.slot))
        .where(ScoringRun.period_id == period_id, ~FormSlot.is_pretest)
        .order_by(SlotScore.attempt_id, SlotScore.slot, SlotScore.id.desc())
        .ext(distinct_on(SlotScore.attempt_id, SlotScore.slot))
        .subquery()
    )


def _score_sums(session: Session, newest: Subquery) -> dict[UUID, list[ScoreSum]]:
    """Attempt → sums of the scores that count, exact: thirds of a mark add up to whole marks again."""
    same = (newest.c.attempt_id, newest.c.competency, newest.c.share, newest.c.max_points)
    rows = session.execute(
        select(
            *same,
            func.sum(newest.c.points),
            func.count(),
            # Run ids are UUIDv7: the greatest text is the newest run.
            func.max(cast(newest.c.run_id, String)),
        ).group_by(*same)
    )
    scores: dict[UUID, list[ScoreSum]] = {}
    for attempt_id, competency, share, max_points, points, count, run_id in rows:
        possible = Fraction(max_points) * count
        gained = Fraction(points) if share is None else Fraction(share) * possible
        scores.setdefault(attempt_id, []).append(ScoreSum(competency, gained, possible, count, UUID(run_id)))
    return scores


def _void_reasons(session: Session, period_id: UUID) -> dict[UUID, str]:
    rows = session.execute(
        select(Attempt.id, RoomDecision.reason)
        .join(Attempt, Attempt.id == RoomDecision.attempt_id)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .where(Candidate.period_id == period_id, RoomDecision.kind == DecisionKind.VOID.value)
        .order_by(RoomDecision.at)
    )
    return dict(rows.all())


def _standing(
    candidate: Candidate,
    attempt: Attempt,
    *,
    rules: PassRules,
    conversions: Conversions,
    max_points: Decimal,
    scores: list[ScoreSum],
    names: dict[str, str],
    void_reason: str,
    deduction: Deduction | None,
) -> Standing:
    is_void = attempt.state == AttemptState.VOID
    was_absent = attempt.started_at is None and not is_void
    own_scores = [] if is_void else scores
    gained = sum((score.points for score in own_scores), Fraction(0))
    kept = Fraction(100 - deduction.percent, 100) if deduction else Fraction(1)
    worst = rules.exams[candidate.exam_id].bands[-1]
    is_graded = not is_void and not was_absent
    exam = rules.exams[candidate.exam_id]
    # What a violation costs is taken off the mark that counts: a paper's table knows nothing of violations.
    points = gained * kept
    converted = conversions.mark(exam, attempt.form_id, gained, max_points=max_points) if is_graded else None
    if converted is not None and deduction:
        converted = converted * (100 - deduction.percent) / 100
    counted = points if converted is None else converted
    graded = rules.grade(candidate, attempt, counted, max_points) if is_graded else None
    return Standing(
        candidate=candidate,
        attempt=attempt,
        run_id=max((score.run_id for score in scores), key=str, default=None),
        points=stored_points(points),
        converted_points=converted,
        conversion=conversions.of(exam.id),
        max_points=max_points,
        cut_percent=rules.cut_of(candidate.exam_id, candidate.position_id),
        item_count=sum(score.count for score in scores),
        checks=graded.checks if graded else (),
        outcome=graded.outcome if graded else Outcome.FAIL,
        band_code=graded.band_code if graded else worst["code"],
        band_label=graded.band_label if graded else worst["label"],
        competencies=competency_profile(((s.competency, s.points, s.max_points) for s in own_scores), names),
        was_absent=was_absent,
        kind=ResultKind.ANNULLED if is_void else ResultKind.RELEASED,
        reason=_reason(void_reason if is_void else "", was_absent=was_absent, deduction=deduction),
    )


def _reason(void_reason: str, *, was_absent: bool, deduction: Deduction | None) -> str:
    if void_reason:
        return void_reason
    if was_absent:
        return ABSENT_REASON
    return deduction.reason if deduction else ""
