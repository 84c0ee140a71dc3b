import json
from collections import Counter
from itertools import pairwise

import pytest
from psycopg.errors import RestrictViolation
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.audit import AuditRow
from exam_service.bank.models import ItemVersion, ReviewStep
from exam_service.errors import Forbidden
from exam_service.periods import drawing, lifecycle, sealing, service
from exam_service.periods.models import FormSlot, Period, PeriodState, SealedForm
from exam_service.periods.schemas import PeriodInput
from question_bank.draw_bundle import verify_bundle
from tests.fixtures.periods import actor_with, make_world


def test_sealing_gives_every_candidate_a_paper_that_follows_the_blueprint(session: Session) -> None:
    world = make_world(session, people=7)
    sealed = sealing.seal_forms(session, world.officer, period_id=world.period.id)
    session.commit()
    assert len(sealed) == 7
    levels = dict(session.execute(select(ItemVersion.id, ItemVersion.level)).all())
    for form in session.scalars(select(SealedForm)):
        versions = session.scalars(select(FormSlot.version_id).where(FormSlot.form_id == form.id)).all()
        assert len(set(versions)) == 6
        assert Counter(levels[v] for v in versions) == {"remember": 3, "understand": 3}
    period = session.get_one(Period, world.period.id)
    assert (period.state, period.sealed_at is not None) == ("sealed", True)


def test_a_paper_holds_neither_key_nor_rationale(session: Session) -> None:
    world = make_world(session)
    sealing.seal_forms(session, world.officer, period_id=world.period.id)
    papers = json.dumps([form.paper for form in session.scalars(select(SealedForm))], ensure_ascii=False)
    assert "phương án một" in papers
    for secret in ("key", "BÍ MẬT", "rationale", "citation", "level", "competency"):
        assert secret not in papers


def test_drawn_versions_become_operational_with_a_step_that_names_the_period(session: Session) -> None:
    world = make_world(session, people=1)
    sealing.seal_forms(session, world.officer, period_id=world.period.id)
    states = Counter(session.scalars(select(ItemVersion.state)))
    assert states == {"operational": 6, "approved": 4}
    assert set(session.scalars(select(ReviewStep.reason))) == {f"Kỳ {world.period.code}"}


def test_papers_differ_between_candidates(session: Session) -> None:
    world = make_world(session, people=5)
    sealing.seal_forms(session, world.officer, period_id=world.period.id)
    assert session.scalar(select(func.count(SealedForm.form_hash.distinct()))) == 5


def test_a_period_with_gaps_is_not_sealed_and_every_gap_is_named(session: Session) -> None:
    world = make_world(session, items_per_cell=2, is_entered=False)
    with pytest.raises(sealing.NotReady) as refused:
        sealing.seal_forms(session, world.officer, period_id=world.period.id)
    sentence = str(refused.value)
    assert "thiếu 1 câu" in sentence
    assert "chưa có thí sinh" in sentence
    session.rollback()
    assert session.scalar(select(func.count()).select_from(SealedForm)) == 0


def test_a_stranger_cannot_seal(session: Session) -> None:
    world = make_world(session)
    for role in (Role.AUTHOR, Role.REVIEWER, Role.INVIGILATOR, Role.AUDITOR, Role.HR, Role.ADMIN):
        with pytest.raises(Forbidden):
            sealing.seal_forms(session, actor_with(session, role), period_id=world.period.id)


def test_a_sealed_period_refuses_changes_by_service_and_by_sql(session: Session) -> None:
    world = make_world(session)
    sealing.seal_forms(session, world.officer, period_id=world.period.id)
    session.commit()
    data = PeriodInput(code="X", name="Tên khác", reference_date=world.period.reference_date)
    with pytest.raises(service.PeriodIsSealed):
        service.update_period(session, world.officer, period_id=world.period.id, revision=1, data=data)
    for statement in (
        "UPDATE sealed_form SET form_hash = 'x'",
        "DELETE FROM form_slot",
        "UPDATE period SET state = 'draft'",
        "UPDATE exam SET cut_percent = 40",
        "UPDATE item_version SET body = '{}'",
    ):
        with pytest.raises(IntegrityError) as refused, session.begin_nested():
            session.execute(text(statement))
        assert isinstance(refused.value.orig, RestrictViolation), statement


def test_sealing_twice_is_refused_and_leaves_one_set_of_papers(session: Session) -> None:
    world = make_world(session)
    sealing.seal_forms(session, world.officer, period_id=world.period.id)
    session.commit()
    with pytest.raises(service.PeriodIsSealed):
        sealing.seal_forms(session, world.officer, period_id=world.period.id)
    assert session.scalar(select(func.count()).select_from(SealedForm)) == 3


def test_sealing_is_in_the_audit_trail(session: Session) -> None:
    world = make_world(session)
    sealing.seal_forms(session, world.officer, period_id=world.period.id)
    session.commit()
    actions = set(session.scalars(select(AuditRow.action).where(AuditRow.subject_id == str(world.period.id))))
    assert {"period.create", "candidates.enter", "candidates.seat", "period.sealed", "period.draw"} <= actions


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
