"""Somebody is added while others are, and while the rooms decide: one chain, and nobody waits for each other."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.attempts.models import Attempt
from exam_service.db import Database
from exam_service.invigilation import endings, records, service
from exam_service.invigilation.late_candidates import add_late_candidate
from exam_service.invigilation.schemas import ViolationInput
from exam_service.invigilation.sealing import seal_period
from exam_service.periods import lifecycle, revealing
from exam_service.periods.models import Candidate, LateDraw, Period, PeriodState
from exam_service.periods.schemas import LateCandidateInput
from question_bank.draw_bundle import verify_bundle
from tests.fixtures.periods import make_person, make_world

AT_ONCE = 4
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@contextmanager
def closing_database(url: str) -> Iterator[Database]:
    database = Database(url, pool_size=AT_ONCE)
    try:
        yield database
    finally:
        database.dispose()


def test_late_papers_drawn_at_once_stand_in_one_chain(own_database_url: str) -> None:
    with closing_database(own_database_url) as database:
        _add_at_once(database)


def _add_at_once(database: Database) -> None:
    with database.transaction() as session:
        world = make_world(session, people=2, items_per_cell=8)
        world.sitting.capacity = 20
        seal_period(session, world.officer, period_id=world.period.id)
        people = [make_person(session, unit=world.unit, position=world.position).id for _ in range(AT_ONCE)]
        period_id, exam_id, sitting_id = world.period.id, world.exam.id, world.sitting.id

    def add(person_id: UUID) -> None:
        data = LateCandidateInput(person_id=person_id, sitting_id=sitting_id, reason="Bị sót trong danh sách")
        with database.transaction() as session:
            add_late_candidate(session, world.officer, period_id=period_id, data=data)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(add, people))
    with database.transaction() as session:
        rows = session.scalars(select(LateDraw).order_by(LateDraw.number)).all()
        assert [row.number for row in rows] == [1, 2, 3, 4]
        assert [row.previous for row in rows[1:]] == [row.chain for row in rows[:-1]]
        numbers = session.scalars(select(Candidate.number).order_by(Candidate.number)).all()
        assert numbers == ["0001", "0002", "0003", "0004", "0005", "0006"]
        for before, after in (
            (PeriodState.SEALED, PeriodState.OPEN),
            (PeriodState.OPEN, PeriodState.CLOSED),
        ):
            lifecycle.step(session, world.officer, period_id=period_id, before=before, after=after)
        assert verify_bundle(revealing.draw_bundle(session, world.officer, exam_id=exam_id)) == ()


@dataclass(frozen=True)
class Sealed:
    """A sealed period with one candidate and room for more."""

    officer: Actor
    period_id: UUID
    sitting_id: UUID
    attempt_id: UUID
    person_id: UUID

    def add(self, database: Database, person_id: UUID) -> str:
        """The state of the person's attempt once it is there."""
        why = "Bị sót trong danh sách"
        data = LateCandidateInput(
            person_id=person_id, sitting_id=self.sitting_id, reason=why, is_admitted=True
        )
        with database.transaction() as session:
            added = add_late_candidate(session, self.officer, period_id=self.period_id, data=data)
            session.refresh(added)
            return added.state

    def suspend(self, session: Session) -> None:
        form = {"level": "suspension", "description": "Dùng điện thoại chép bài", "signature": "violator"}
        data = ViolationInput.model_validate(form)
        records.record_violation(session, self.officer, self.attempt_id, data=data)


def sealed_world(session: Session) -> tuple[Sealed, UUID]:
    """And somebody who is to be added."""
    world = make_world(session, people=1, items_per_cell=8)
    world.sitting.capacity = 20
    seal_period(session, world.officer, period_id=world.period.id)
    attempt, candidate = session.execute(
        select(Attempt, Candidate)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .where(Candidate.period_id == world.period.id)
    ).one()
    made = Sealed(
        world.officer, world.period.id, attempt.sitting_id, attempt.id, person_id=candidate.person_id
    )
    return made, make_person(session, unit=world.unit, position=world.position).id


def wait_until_blocked(database: Database, added: "Future[Any]") -> None:
    end = time.monotonic() + 10
    while True:
        with database.reading() as session:  # a transaction sees the activity of its own beginning
            if session.scalar(text(WAITING)):
                return
        assert not added.done(), added.result()
        assert time.monotonic() < end, "nobody came"
        time.sleep(0.01)


def test_decisions_of_the_rooms_and_adding_somebody_follow_one_another(own_database_url: str) -> None:
    """A room that looks at the period, and one that suspends, while the same room and the same person get a paper."""
    with closing_database(own_database_url) as database, ThreadPoolExecutor(1) as pool:
        with database.transaction() as session:
            (own, newcomer), (other, _nobody) = sealed_world(session), sealed_world(session)
        with database.transaction() as session:
            attempt = service.lock_attempt(session, own.officer, own.attempt_id)
            added = pool.submit(own.add, database, newcomer)
            wait_until_blocked(database, added)
            service.refuse_after_release(session, attempt)
        assert added.result() == "assigned"
        with database.transaction() as session:
            endings.lock_round(session, own.officer, own.attempt_id)
            added = pool.submit(other.add, database, own.person_id)
            wait_until_blocked(database, added)
            own.suspend(session)
        assert added.result() == "void", "barred as it is added"


def test_who_suspends_waits_for_the_period_of_a_later_paper_before_holding_the_paper(
    own_database_url: str,
) -> None:
    """Whoever holds a period, as marking does, may go on to its papers."""

    def suspend() -> None:
        with database.transaction() as session:
            own.suspend(session)

    with closing_database(own_database_url) as database, ThreadPoolExecutor(1) as pool:
        with database.transaction() as session:
            (own, _newcomer), (other, _nobody) = sealed_world(session), sealed_world(session)
        assert other.add(database, own.person_id) == "assigned"
        with database.transaction() as session:
            later = select(Attempt.id).join(Candidate, Candidate.id == Attempt.candidate_id)
            of_person = Candidate.person_id == own.person_id
            paper = session.scalars(later.where(of_person, Candidate.period_id == other.period_id)).one()
            session.execute(select(Period.id).where(Period.id == other.period_id).with_for_update())
            suspended = pool.submit(suspend)
            wait_until_blocked(database, suspended)
            session.execute(select(Attempt.id).where(Attempt.id == paper).with_for_update(nowait=True))
        suspended.result(timeout=10)
        with database.reading() as session:
            assert session.get_one(Attempt, paper).state == "void"
