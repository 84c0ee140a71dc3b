"""How often a draw uses each item is noted once, so that a late paper need not read those of everybody."""

import pytest
from psycopg.errors import RestrictViolation
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from exam_service.invigilation.sealing import seal_period
from exam_service.periods.models import DrawnUse, ExamDraw, FormSlot
from tests.fixtures.periods import make_world


def test_the_uses_noted_are_those_of_the_papers_and_are_never_rewritten(session: Session) -> None:
    world = make_world(session, people=7)
    seal_period(session, world.officer, period_id=world.period.id)
    counted = select(FormSlot.version_id, func.count()).group_by(FormSlot.version_id)
    noted = select(DrawnUse.version_id, DrawnUse.papers).where(DrawnUse.exam_id == world.exam.id)
    assert dict(session.execute(noted).all()) == dict(session.execute(counted).all())
    assert session.get_one(ExamDraw, world.exam.id).report["forms"] == 7
    for change in ("UPDATE drawn_use SET papers = 0", "DELETE FROM drawn_use"):
        with pytest.raises(IntegrityError) as refused, session.begin_nested():
            session.execute(text(change))
        assert isinstance(refused.value.orig, RestrictViolation)
