"""Deciding about flags before the release: which are open, what was decided, and what still stands in the way."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Actor, Permission
from exam_service.analysis.models import FlagDecision, FlagVerdict, ItemFlag, StatisticsRun
from exam_service.analysis.service import newest_statistics
from exam_service.attempts.models import Attempt, AttemptState
from exam_service.audit import record
from exam_service.errors import Forbidden, Invalid, NotFound, Refusal
from exam_service.i18n import gettext as _
from exam_service.marking.decisions import NotDecidable, decide_key, needs_rescoring
from exam_service.marking.models import KeyVerdict
from exam_service.marking.service import newest_run_id
from exam_service.periods.models import Candidate, Period, PeriodState
from question_bank.statistics.flags import MINIMUM_N

SHORTEST_REASON = 3
KEYS = {FlagVerdict.KEEP: KeyVerdict.AS_KEYED, FlagVerdict.FULL_MARKS: KeyVerdict.FULL_MARKS}


class StatisticsPending(Refusal):
    code = "statistics_pending"
    message = (
        "Thống kê câu hỏi của lượt chấm mới nhất chưa tính xong. Hãy đợi vài phút, hoặc bấm “Tính thống kê”."
    )


class UndecidedFlags(Refusal):
    code = "undecided_flags"
    message = (
        "Còn %(count)s cảnh báo nghiêm trọng về câu hỏi chưa có quyết định. Xem trang “Thống kê câu hỏi”."
    )


class RescoringNeeded(Refusal):
    code = "rescoring_needed"
    message = "Có quyết định về câu hỏi sau lượt chấm mới nhất. Hãy chấm lại trước khi công bố."


@dataclass(frozen=True)
class Readiness:
    """What stands between a marked period and its release, as far as its items go.

    Statistics are not needed where so few people sat that nothing can be said of any item.
    """

    is_needed: bool
    run: StatisticsRun | None
    is_current: bool
    serious: int
    undecided: int  # serious ones
    minor: int  # not serious and not decided
    needs_rescoring: bool

    @property
    def is_ready(self) -> bool:
        return not self.needs_rescoring and (not self.is_needed or (self.is_current and not self.undecided))


def readiness_of(session: Session, period_id: UUID) -> Readiness:
    """The readiness of the period; statistics are needed once MINIMUM_N people sat."""
    run = newest_statistics(session, period_id)
    sat = session.scalar(
        select(func.count(Attempt.id))
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .where(
            Candidate.period_id == period_id,
            Attempt.state == AttemptState.SCORED.value,
            Attempt.started_at.is_not(None),
        )
    )
    serious = undecided = minor = 0
    if run is not None:
        decided = decisions_of(session, period_id)
        flags = session.execute(
            select(ItemFlag.version_id, ItemFlag.code, ItemFlag.is_serious).where(ItemFlag.run_id == run.id)
        ).all()
        serious = sum(is_serious for _version_id, _code, is_serious in flags)
        is_open = [row.is_serious for row in flags if (row.version_id, row.code) not in decided]
        undecided, minor = sum(is_open), len(is_open) - sum(is_open)
    return Readiness(
        is_needed=(sat or 0) >= MINIMUM_N,
        run=run,
        is_current=run is not None and run.scoring_run_id == newest_run_id(session, period_id),
        serious=serious,
        undecided=undecided,
        minor=minor,
        needs_rescoring=needs_rescoring(session, period_id),
    )


def refuse_unreviewed(session: Session, period_id: UUID) -> None:
    """Return when the items of the period stand in the way of no release.

    Raises RescoringNeeded, StatisticsPending, UndecidedFlags.
    """
    ready = readiness_of(session, period_id)
    if ready.needs_rescoring:
        raise RescoringNeeded
    if ready.is_needed and not ready.is_current:
        raise StatisticsPending
    if ready.is_needed and ready.undecided:
        raise UndecidedFlags(count=ready.undecided)


def decisions_of(session: Session, period_id: UUID) -> dict[tuple[UUID, str], FlagDecision]:
    """(version, code) → the decision that counts."""
    statement: Select[FlagDecision] = (
        select(FlagDecision)
        .where(FlagDecision.period_id == period_id)
        .order_by(FlagDecision.version_id, FlagDecision.code, FlagDecision.id.desc())
        .ext(distinct_on(FlagDecision.version_id, FlagDecision.code))
    )
    return {(row.version_id, row.code): row for row in session.scalars(statement)}


def decide_flag(
    session: Session,
    actor: Actor,
    *,
    period_id: UUID,
    version_id: UUID,
    verdict: FlagVerdict,
    reason: str,
) -> int:
    """Every flag that the newest statistics raise for the version is decided; returns how many.

    Full marks count from the next scoring run on. Raises Forbidden, NotFound (no such flag), NotDecidable, Invalid.
    """
    if not actor.can(Permission.MARKING_RUN):
        raise Forbidden
    run = newest_statistics(session, period_id)
    codes = _codes(session, run, version_id) if run else []
    if not codes:
        raise NotFound
    decide_key(
        session, actor, period_id=period_id, version_id=version_id, verdict=KEYS[verdict], reason=reason
    )
    _decide(
        session,
        actor,
        period_id=period_id,
        flags=[(version_id, code) for code in codes],
        verdict=verdict,
        reason=reason,
    )
    return len(codes)


def keep_minor_flags(session: Session, actor: Actor, *, period_id: UUID, reason: str) -> int:
    """Every flag that is not serious and not decided is kept, for one reason; returns how many.

    Raises Forbidden, NotFound, NotDecidable, Invalid.
    """
    if not actor.can(Permission.MARKING_RUN):
        raise Forbidden
    period = session.scalar(select(Period).where(Period.id == period_id).with_for_update())
    run = newest_statistics(session, period_id)
    if period is None or run is None:
        raise NotFound
    if period.state != PeriodState.MARKED:
        raise NotDecidable
    decided = decisions_of(session, period_id)
    rows = session.execute(
        select(ItemFlag.version_id, ItemFlag.code).where(ItemFlag.run_id == run.id, ~ItemFlag.is_serious)
    )
    flags = [(version_id, code) for version_id, code in rows if (version_id, code) not in decided]
    _decide(session, actor, period_id=period_id, flags=flags, verdict=FlagVerdict.KEEP, reason=reason)
    return len(flags)


def _codes(session: Session, run: StatisticsRun, version_id: UUID) -> list[str]:
    return list(
        session.scalars(
            select(ItemFlag.code)
            .where(ItemFlag.run_id == run.id, ItemFlag.version_id == version_id)
            .order_by(ItemFlag.code)
        )
    )


def _decide(
    session: Session,
    actor: Actor,
    *,
    period_id: UUID,
    flags: list[tuple[UUID, str]],
    verdict: FlagVerdict,
    reason: str,
) -> None:
    if len(reason.strip()) < SHORTEST_REASON:
        raise Invalid(field="reason", reason=_("Hãy ghi lý do của quyết định."))
    at = clock.now()
    for version_id, code in flags:
        session.add(
            FlagDecision(
                period_id=period_id,
                version_id=version_id,
                code=code,
                verdict=verdict.value,
                reason=reason.strip(),
                decided_by=actor.id,
                decided_at=at,
            )
        )
        record(
            session,
            actor,
            "flag.decide",
            ("period", period_id),
            version=version_id,
            code=code,
            verdict=verdict.value,
            reason=reason.strip(),
        )
    session.flush()  # what is decided next must see it
