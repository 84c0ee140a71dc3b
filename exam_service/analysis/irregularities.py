"""Signs of irregularities in a scored period, by the rules of `question_bank.irregularities`, for people to judge."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.analysis.models import ItemFigures, ItemFlag, SignKind, StatisticsRun
from exam_service.analysis.reading import PeriodResponses
from exam_service.attempts.models import Attempt
from exam_service.marking.models import SlotScore
from exam_service.periods.models import Candidate, Period
from question_bank.irregularities.gains import gains
from question_bank.irregularities.likelihood import Likelihood, maximum_likelihood
from question_bank.irregularities.pairs import NO_ANSWER, PairSearch, find_alike
from question_bank.irregularities.person_fit import person_fit
from question_bank.irregularities.preknowledge import preknowledge
from question_bank.irregularities.response_times import (
    FEWEST_ITEMS,
    LEAST_EFFORT,
    exposed_speed,
    response_times,
)
from question_bank.irregularities.similarity import needed_z, power_of
from question_bank.statistics.ability import estimate_abilities
from question_bank.statistics.analysis import Analysis
from question_bank.statistics.figures import Floats
from question_bank.statistics.responses import ResponseData, totals_of
from question_bank.statistics.timing import response_time_effort

UNUSUAL_Z = 3.0
"""One innocent person in 740 is further out: in a city of 1,697 officials two or three, which people can look at."""
PEOPLE = 20_000  # looked at together: bounds the memory
LARGEST_SITTING = 3000


@dataclass(frozen=True)
class Sign:
    """Something out of pattern about a person (or a pair), as numbers among the takers."""

    kind: SignKind
    person: int
    strength: float
    detail: dict[str, Any] = field(default_factory=dict)
    other: int | None = None


@dataclass(frozen=True)
class Part:
    """The responses of some consecutive people to sound items; `person` counts from `first`."""

    first: int
    people: int
    person: NDArray[np.int32]
    item: NDArray[np.int32]
    share: Floats
    seconds: Floats
    is_answered: NDArray[np.bool_]


@dataclass(frozen=True)
class Signs:
    """What was found, and what a comparison of neighbours could have found."""

    signs: list[Sign]
    similarity: dict[str, Any]


def find_signs(session: Session, responses: PeriodResponses, analysis: Analysis, *, run_id: UUID) -> Signs:
    """The signs of all rules, each beyond UNUSUAL_Z (or the bound of the rule itself).

    Exposed items are those that were scored in earlier periods. Items that the statistics run `run_id` flags seriously
    say nothing about people and are left out.
    """
    data = responses.data
    exposed = _exposed(session, responses)
    signs = list(_effort(data, analysis))
    thetas = np.full(data.people, np.nan)
    difficulties = _rasch_difficulties(data, analysis)
    for part in _parts(data, _sound(session, run_id, responses)):
        difficulty = difficulties[part.item]
        found = maximum_likelihood(part.person, part.share, difficulty=difficulty, people=part.people)
        thetas[part.first : part.first + part.people] = found.theta
        signs += _fit(part, found, difficulty)
        if exposed.any():
            signs += _preknowledge(part, difficulty, exposed[part.item])
    signs += _gains(session, responses)
    alike, power = _similarity(responses, thetas, difficulties)
    return Signs(signs + alike, power)


def _rasch_difficulties(data: ResponseData, analysis: Analysis) -> Floats:
    """The rules are those of the Rasch model and need every item: where the calibration found slopes, or left items
    out, the difficulties are the quick estimates.
    """
    known = analysis.abilities
    if known.slope is None and not np.isnan(known.difficulty).any():
        return known.difficulty
    return estimate_abilities(data, totals_of(data)).difficulty


def _sound(session: Session, run_id: UUID, responses: PeriodResponses) -> NDArray[np.bool_]:
    """Per version whether it is right or wrong and not seriously flagged."""
    flagged = set(
        session.scalars(
            select(ItemFlag.version_id).where(ItemFlag.run_id == run_id, ItemFlag.is_serious).distinct()
        )
    )
    is_kept = np.array([version_id not in flagged for version_id in responses.versions], bool)
    return is_kept & totals_of(responses.data).is_dichotomous


def _parts(data: ResponseData, is_sound: NDArray[np.bool_]) -> Iterator[Part]:
    for first in range(0, data.people, PEOPLE):
        last = min(first + PEOPLE, data.people)
        start, end = np.searchsorted(data.person, (first, last))
        place = np.arange(start, end)[is_sound[data.item[start:end]]]
        yield Part(
            first,
            last - first,
            (data.person[place] - first).astype(np.int32),
            data.item[place],
            data.share[place].astype(np.float64),
            data.seconds[place].astype(np.float64),
            data.is_answered[place],
        )


def _effort(data: ResponseData, analysis: Analysis) -> Iterator[Sign]:
    effort = response_time_effort(data, [item.time for item in analysis.items])
    timed = np.bincount(data.person[~np.isnan(data.seconds)], minlength=data.people)
    for person in np.flatnonzero((effort < LEAST_EFFORT) & (timed >= FEWEST_ITEMS)):
        share = float(effort[person])
        detail = {"rapid": round((1 - share) * 100, 1), "n": int(timed[person])}
        yield Sign(SignKind.RAPID_GUESSING, int(person), (1 - share) * 10, detail)


def _fit(part: Part, found: Likelihood, difficulty: Floats) -> Iterator[Sign]:
    fit = person_fit(part.person, part.share, theta=found.theta, difficulty=difficulty)
    for person in np.flatnonzero(fit.lz_star < -UNUSUAL_Z):
        value = float(fit.lz_star[person])
        yield Sign(
            SignKind.PERSON_FIT,
            part.first + int(person),
            -value,
            {"z": round(value, 2), "n": int(fit.n[person])},
        )


def _preknowledge(part: Part, difficulty: Floats, is_exposed: NDArray[np.bool_]) -> Iterator[Sign]:
    found = preknowledge(
        part.person, part.share, difficulty=difficulty, is_exposed=is_exposed, people=part.people
    )
    for person in np.flatnonzero(found.signed_ratio > UNUSUAL_Z):
        value = float(found.signed_ratio[person])
        detail = {
            "z": round(value, 2),
            "exposed": int(found.exposed_n[person]),
            "other": int(found.other_n[person]),
        }
        yield Sign(SignKind.PREKNOWLEDGE, part.first + int(person), value, detail)
    timed = ~np.isnan(part.seconds) & part.is_answered
    who, what = part.person[timed], part.item[timed]
    items = int(part.item.max(initial=0)) + 1
    times = response_times(who, what, seconds=part.seconds[timed], people=part.people, items=items)
    speed = exposed_speed(times, who, is_exposed=is_exposed[timed], people=part.people)
    for person in np.flatnonzero(speed < -UNUSUAL_Z):
        value = float(speed[person])
        yield Sign(SignKind.EXPOSED_SPEED, part.first + int(person), -value, {"z": round(value, 2)})


def _exposed(session: Session, responses: PeriodResponses) -> NDArray[np.bool_]:
    """Per version whether it was scored in a period that was sealed before this one."""
    sealed_at = select(Period.sealed_at).where(Period.id == responses.period_id).scalar_subquery()
    earlier = set(
        session.scalars(
            select(ItemFigures.version_id)
            .distinct()
            .join(StatisticsRun, StatisticsRun.id == ItemFigures.run_id)
            .join(Period, Period.id == StatisticsRun.period_id)
            .where(Period.sealed_at < sealed_at)
        )
    )
    return np.array([version_id in earlier for version_id in responses.versions], bool)


def _gains(session: Session, responses: PeriodResponses) -> Iterator[Sign]:
    """Gains in the logit of the share of points since the last scored period of the person."""
    data = responses.data
    n = np.bincount(data.person, minlength=data.people).astype(np.float64)
    now, now_error = _logits(np.bincount(data.person, data.share, data.people).astype(np.float64), n)
    before, before_error = np.full(data.people, np.nan), np.full(data.people, np.nan)
    known = _earlier_shares(session, responses)
    for place, taker in enumerate(responses.takers):
        if taker.person_id in known:
            share, slots = known[taker.person_id]
            value, error = _logits(np.array([share * slots]), np.array([float(slots)]))
            before[place], before_error[place] = value[0], error[0]
    found = gains(before, now, before_error=before_error, now_error=now_error)
    for person in np.flatnonzero(found.z > UNUSUAL_Z):
        detail = {
            "z": round(float(found.z[person]), 2),
            "logits": round(float(now[person] - before[person]), 2),
        }
        yield Sign(SignKind.GAIN, int(person), float(found.z[person]), detail)


def _logits(points: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Logit and standard error of shares, half a response kept away from none and all; NaN without responses."""
    is_known = n > 0
    kept = np.where(is_known, np.clip(points, 0.5, np.maximum(n - 0.5, 0.5)), 0.5)
    total = np.where(is_known, np.maximum(n, 1.0), 1.0)
    share = kept / total
    error = np.sqrt(1 / (total * np.maximum(share * (1 - share), 0.25 / total)))
    return np.where(is_known, np.log(share / np.maximum(1 - share, 1e-9)), np.nan), np.where(
        is_known, error, np.nan
    )


def _earlier_shares(session: Session, responses: PeriodResponses) -> dict[UUID, tuple[float, int]]:
    """Person → mean share of the slots and their number in the latest earlier period with statistics."""
    closed_at = select(Period.closed_at).where(Period.id == responses.period_id).scalar_subquery()
    before = session.scalar(
        select(StatisticsRun.scoring_run_id)
        .join(Period, Period.id == StatisticsRun.period_id)
        .where(Period.closed_at < closed_at, Period.released_at.is_not(None))
        .order_by(Period.closed_at.desc(), StatisticsRun.scoring_run_id.desc())
        .limit(1)
    )
    if before is None:
        return {}
    rows = session.execute(
        select(
            Candidate.person_id,
            func.avg(SlotScore.points / func.nullif(SlotScore.max_points, 0)),
            func.count(),
        )
        .join(Attempt, Attempt.id == SlotScore.attempt_id)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .where(SlotScore.run_id == before, Attempt.started_at.is_not(None))
        .group_by(Candidate.person_id)
    )
    return {person_id: (float(share), count) for person_id, share, count in rows if share is not None}


def _similarity(
    responses: PeriodResponses, thetas: Floats, difficulty: Floats
) -> tuple[list[Sign], dict[str, Any]]:
    """Pairs of one sitting whose answers are alike beyond chance, over all pairs of all sittings together."""
    sittings: dict[UUID, list[int]] = {}
    for person, taker in enumerate(responses.takers):
        if not np.isnan(thetas[person]):
            sittings.setdefault(taker.sitting_id, []).append(person)
    rooms = [people for people in sittings.values() if 1 < len(people) <= LARGEST_SITTING]
    signs, largest, compared = [], 0, 0
    for people in rooms:
        found = _alike(responses.data, people, thetas, difficulty=difficulty, alpha=0.05 / len(rooms))
        largest, compared = max(largest, found.power.largest_shared), compared + found.compared
        for pair in found.pairs:
            detail = {"z": round(pair.omega, 2), "shared": pair.shared, "matches": pair.matches}
            first, second = people[pair.first], people[pair.second]
            signs.append(Sign(SignKind.SIMILARITY, first, pair.omega, detail, other=second))
    pairs = compared or sum(len(people) * (len(people) - 1) // 2 for people in rooms)
    power = power_of(pairs, largest_shared=largest)
    return signs, {
        "compared": compared,
        "largest_shared": largest,
        "needed": min(power.omega_items, power.gbt_items),
        "has_power": bool(compared) and power.has_power,
        "z": round(needed_z(pairs), 2),
        "left_out": sum(len(people) > LARGEST_SITTING for people in sittings.values()),
    }


def _alike(
    data: ResponseData, people: Sequence[int], thetas: Floats, *, difficulty: Floats, alpha: float
) -> PairSearch:
    """The search among the people of one room."""
    starts, ends = np.searchsorted(data.person, people), np.searchsorted(data.person, people, side="right")
    place = np.concatenate([np.arange(start, end) for start, end in zip(starts, ends, strict=True)])
    items, item = np.unique(data.item[place], return_inverse=True)
    return find_alike(
        np.repeat(np.arange(len(people)), ends - starts).astype(np.int32),
        item.astype(np.int32),
        answer=np.where(data.is_answered[place], data.pattern[place], NO_ANSWER).astype(np.int32),
        is_right=data.share[place] == 1,
        theta=thetas[list(people)],
        difficulty=difficulty[items],
        alpha=alpha,
    )
