"""Reading packed blocks gives what a plain loop over the stored rows gives."""

import json
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import delete, func, insert, null, select, update
from sqlalchemy.orm import Session

from exam_service.analysis import packing
from exam_service.analysis.packing import TUNING
from exam_service.analysis.patterns import categories_of
from exam_service.analysis.reading import AmbiguousVersions, VersionIndex, read_responses
from exam_service.attempts.models import Attempt, AttemptState, Response, ResponseHistory
from exam_service.bank.models import ItemVersion
from exam_service.marking.decisions import decide_key
from exam_service.marking.models import KeyVerdict, ScoringRun, SlotScore
from question_bank.items import ItemDraft
from question_bank.statistics.responses import ResponseData
from tests.fixtures.analysis import SECONDS, Sat, make_sat

Row = tuple[UUID, float, str | None, tuple[str, ...], float]  # version, share, answer, categories, seconds
SHARES = (Decimal(0), Decimal(1), Decimal("0.333333"), Decimal("0.5"), Decimal(2))


def scored_anew(session: Session, sat: Sat) -> ScoringRun:
    """A run of the same slots, stored in no order, of 2 points each, of which some are given in part."""
    at = session.scalars(select(ScoringRun.started_at)).one() + timedelta(hours=1)
    run = ScoringRun(
        period_id=sat.period_id, started_at=at, finished_at=at, attempt_count=sat.people, reason=""
    )
    session.add(run)
    session.flush()
    rng = np.random.default_rng(4)
    old = list(session.scalars(select(SlotScore).order_by(SlotScore.id)))
    rows = []
    for place in rng.permutation(len(old)):
        same = {
            name: getattr(old[place], name) for name in ("attempt_id", "slot", "version_id", "competency")
        }
        points = {"points": SHARES[rng.integers(len(SHARES))], "max_points": Decimal(2)}
        rows.append({"run_id": run.id, "detail": {}, **points, **same})
    session.execute(insert(SlotScore), rows)
    return run


def with_all_kinds_of_saves(session: Session, attempts: list[Attempt]) -> None:
    """Answers are changed, cleared, saved at one moment, saved before the start, and saved in slots that do not count;
    one attempt is void, one has no answers at all."""
    changed, cleared, together, early, void, empty = attempts[2:8]
    again = ResponseHistory(
        attempt_id=changed.id, slot=1, sequence=2, response={"choice": "x"}, is_flagged=False
    )
    again.saved_at = changed.started_at + timedelta(seconds=7.25)  # type: ignore[operator]  # it has started
    far = Response(
        attempt_id=changed.id, slot=99, sequence=1, response={"choice": "x"}, saved_at=again.saved_at
    )
    session.add_all([again, far])
    session.flush()
    mine = Response.attempt_id == cleared.id
    session.execute(update(Response).where(mine, Response.slot == 2).values(response=None))
    session.execute(update(Response).where(mine, Response.slot == 3).values(response=null()))
    for attempt, moment in ((together, 30), (early, -5)):
        at = attempt.started_at + timedelta(seconds=moment)  # type: ignore[operator]  # it has started
        for slot in (2, 3):
            session.add(
                ResponseHistory(
                    attempt_id=attempt.id, slot=slot, sequence=2, response=None, is_flagged=False, saved_at=at
                )
            )
    void.state = AttemptState.VOID.value
    session.execute(delete(Response).where(Response.attempt_id == empty.id))
    session.flush()


def plain_rows(session: Session, run: ScoringRun, *, cancelled: UUID) -> dict[tuple[UUID, int], Row]:
    """By (attempt, slot), one row after the other."""
    takers = {
        attempt.id: attempt
        for attempt in session.scalars(select(Attempt).where(Attempt.state == AttemptState.SCORED.value))
    }
    answers = {
        (row.attempt_id, row.slot): row.response
        for row in session.scalars(select(Response))
        if row.response is not None
    }
    bodies = {version.id: version.body for version in session.scalars(select(ItemVersion))}
    seconds = plain_seconds(session, takers)
    found = {}
    for score in session.scalars(select(SlotScore).where(SlotScore.run_id == run.id)):
        place = (score.attempt_id, score.slot)
        if score.attempt_id in takers and score.version_id != cancelled:
            content = ItemDraft.model_validate(bodies[score.version_id]).content
            found[place] = (
                score.version_id,
                float(score.points / score.max_points),
                json.dumps(answers[place], sort_keys=True) if place in answers else None,
                categories_of(content, answers.get(place)),
                seconds.get(place, np.nan),
            )
    return found


def plain_seconds(session: Session, takers: dict[UUID, Attempt]) -> dict[tuple[UUID, int], float]:
    saves: dict[UUID, list[tuple[datetime, int]]] = defaultdict(list)
    for row in session.scalars(select(ResponseHistory)):
        saves[row.attempt_id].append((row.saved_at, row.slot))
    spent: dict[tuple[UUID, int], float] = defaultdict(float)
    for attempt_id, attempt in takers.items():
        before = attempt.started_at
        assert before is not None
        for at, slot in sorted(saves[attempt_id]):
            spent[attempt_id, slot] += max((at - before).total_seconds(), 0.0)
            before = at
    return spent


def columns(data: ResponseData) -> list[Any]:
    return [data.person, data.item, data.share, data.pattern, data.is_answered, data.place, data.seconds]


def test_blocks_hold_what_a_loop_over_the_rows_finds(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    sat = make_sat(session, people=12)
    with_all_kinds_of_saves(session, list(session.scalars(select(Attempt).order_by(Attempt.id))))
    cancelled = sat.wrong_key
    decide_key(
        session,
        sat.world.officer,
        period_id=sat.period_id,
        version_id=cancelled,
        verdict=KeyVerdict.FULL_MARKS,
        reason="Đáp án sai",
    )
    run = scored_anew(session, sat)
    run.started_at = max(run.started_at, session.scalar(select(func.now())) or run.started_at)
    session.commit()
    session.expire_all()
    plain = plain_rows(session, run, cancelled=cancelled)
    whole = read_responses(session, run)
    monkeypatch.setattr(packing, "BLOCK", 5)
    found = read_responses(session, run)
    data = found.data
    places = [
        (found.takers[person].attempt_id, int(slot))
        for person, slot in zip(data.person, data.place, strict=True)
    ]
    assert set(places) == set(plain)
    for at, place in enumerate(places):
        version, share, answer, categories, seconds = plain[place]
        pattern = data.patterns[data.pattern[at]]
        assert (found.versions[data.item[at]], bool(data.is_answered[at])) == (version, answer is not None)
        assert (pattern.item, pattern.categories) == (data.item[at], categories)
        assert (data.share[at], data.seconds[at]) == pytest.approx((share, seconds), abs=1e-5, nan_ok=True)
    assert len(data.patterns) == len({(row[0], row[2]) for row in plain.values()})
    for mine, other in zip(columns(data), columns(whole.data), strict=True):
        np.testing.assert_array_equal(mine, other)
    # What was prepared is there.
    assert (len(found.takers), cancelled in found.versions) == (11, False)
    assert {row[1] for row in plain.values()} > {0.0, 1.0, 0.25}
    assert {row[2] is None for row in plain.values()} == {True, False}
    seconds_spent = {round(row[4]) for row in plain.values() if row[4] == row[4]}
    assert seconds_spent > {SECONDS}, "not everybody saved each answer once"
    settings = {name: session.scalar(select(func.current_setting(name))) for name in TUNING}
    assert settings["enable_sort"] == "on", "the settings of reading end with it"


def test_two_versions_of_one_hash_are_refused_and_cancelled_ones_have_no_number() -> None:
    name = 8 << 20
    with pytest.raises(AmbiguousVersions):
        VersionIndex({name: [UUID(int=1), UUID(int=2)]}, set()).number(np.array([name]))
    assert VersionIndex({name: [UUID(int=1)]}, {UUID(int=1)}).number(np.array([name])).tolist() == [-1]
