"""Two officers add somebody at the same moment: two numbers, two papers, one chain."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from sqlalchemy import select

from exam_service.attempts.sealing import seal_period
from exam_service.db import Database
from exam_service.invigilation.late_candidates import add_late_candidate
from exam_service.periods import lifecycle, revealing
from exam_service.periods.models import Candidate, LateDraw, PeriodState
from exam_service.periods.schemas import LateCandidateInput
from question_bank.draw_bundle import verify_bundle
from tests.fixtures.periods import make_person, make_world

AT_ONCE = 4


def test_late_papers_drawn_at_once_stand_in_one_chain(own_database_url: str) -> None:
    database = Database(own_database_url, pool_size=AT_ONCE)
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
    database.dispose()
