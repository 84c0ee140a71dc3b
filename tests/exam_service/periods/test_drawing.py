"""How papers were drawn: secret until the period is closed, then provable by anybody."""

from itertools import pairwise

import pytest
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.errors import Forbidden
from exam_service.periods import drawing, lifecycle, sealing
from exam_service.periods.models import PeriodState
from question_bank.draw_bundle import verify_bundle
from tests.fixtures.periods import actor_with, make_world


def test_the_published_bundle_proves_every_paper_once_the_period_is_closed(session: Session) -> None:
    world = make_world(session, people=6)
    sealing.seal_forms(session, world.officer, period_id=world.period.id, public_entropy="4 1 6 3 3 2 5 6")
    with pytest.raises(drawing.StillSecret):
        drawing.draw_bundle(session, world.officer, exam_id=world.exam.id)
    for before, after in pairwise((PeriodState.SEALED, PeriodState.OPEN, PeriodState.CLOSED)):
        lifecycle.step(session, world.officer, period_id=world.period.id, before=before, after=after)
    bundle = drawing.draw_bundle(session, world.officer, exam_id=world.exam.id)
    assert verify_bundle(bundle) == ()
    assert verify_bundle(bundle.replace(b"4 1 6 3 3 2 5 6", b"4 1 6 3 3 2 5 5")) != ()


def test_a_stranger_cannot_see_how_papers_were_drawn(session: Session) -> None:
    world = make_world(session)
    sealing.seal_forms(session, world.officer, period_id=world.period.id)
    with pytest.raises(Forbidden):
        drawing.draw_bundle(session, actor_with(session, Role.INVIGILATOR), exam_id=world.exam.id)
