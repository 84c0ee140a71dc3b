import json
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from psycopg.errors import RestrictViolation
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.audit import AuditRow
from exam_service.bank.models import ItemVersion, ReviewStep
from exam_service.errors import Forbidden
from exam_service.periods import candidates, drawing, lifecycle, revealing, sealing, service
from exam_service.periods.models import Candidate, FormSlot, Period, PeriodState, SealedForm
from exam_service.periods.schemas import ExamInput, PeriodInput, SittingInput
from question_bank.draw_bundle import verify_bundle
from tests.fixtures.periods import World, actor_with, make_world


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
    with pytest.raises(drawing.NotReady) as refused:
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


def seal(session: Session, world: World, period: Period) -> None:
    candidates.enter_candidates(session, world.officer, period_id=period.id)
    candidates.seat_candidates(session, world.officer, period_id=period.id)
    session.commit()
    session.expire_all()
    sealing.seal_forms(session, world.officer, period_id=period.id)
    session.commit()
    session.expire_all()


def next_period(session: Session, world: World, *, unseen_periods: int, code: str) -> Period:
    """Another period with the same exam for the same people, some days later."""
    data = PeriodInput(code=code, name=code, reference_date=world.period.reference_date)
    period = service.create_period(session, world.officer, data=data)
    old = world.exam
    exam = service.save_exam(
        session,
        world.officer,
        period_id=period.id,
        data=ExamInput(
            code=old.code,
            title=old.title,
            position_ids=[world.position.id],
            bank_ids=[world.bank.id],
            blueprint_id=old.blueprint_id,
            duration_min=60,
            late_limit_min=10,
            unseen_periods=unseen_periods,
            cut_percent=old.cut_percent,
            bands=old.bands,
        ),
    )
    start = world.sitting.starts_at + timedelta(days=30)
    sitting = SittingInput(name="Ca 1", room="Phòng 1", capacity=50, starts_at=start)
    service.save_sitting(session, world.officer, period_id=period.id, exam_id=exam.id, data=sitting)
    return period


def items_of(session: Session, period: Period) -> dict[UUID, set[UUID]]:
    """Person → items of the person's paper in the period."""
    rows = session.execute(
        select(Candidate.person_id, ItemVersion.item_id)
        .join(SealedForm, SealedForm.candidate_id == Candidate.id)
        .join(FormSlot, FormSlot.form_id == SealedForm.id)
        .join(ItemVersion, ItemVersion.id == FormSlot.version_id)
        .where(Candidate.period_id == period.id)
    )
    found: dict[UUID, set[UUID]] = {}
    for person_id, item_id in rows:
        found.setdefault(person_id, set()).add(item_id)
    return found


def test_the_second_paper_of_a_person_is_exactly_the_items_not_seen_before(session: Session) -> None:
    world = make_world(session, people=4, items_per_cell=6, per_cell=3)
    every = {version.item_id for version in world.versions}
    sealing.seal_forms(session, world.officer, period_id=world.period.id)
    session.commit()
    second = next_period(session, world, unseen_periods=1, code="KY-LAN-2")
    seal(session, world, second)
    before, after = items_of(session, world.period), items_of(session, second)
    assert len(before) == len(after) == 4
    for person_id, seen in before.items():
        assert after[person_id] == every - seen


def test_items_of_an_older_paper_come_back_when_only_the_last_one_counts(session: Session) -> None:
    world = make_world(session, people=3, items_per_cell=6, per_cell=3)
    sealing.seal_forms(session, world.officer, period_id=world.period.id)
    session.commit()
    second = next_period(session, world, unseen_periods=1, code="KY-LAN-2")
    seal(session, world, second)
    third = next_period(session, world, unseen_periods=1, code="KY-LAN-3")
    third.exams[0].sittings[0].starts_at += timedelta(days=30)
    seal(session, world, third)
    assert items_of(session, third) == items_of(session, world.period)


def test_a_period_of_other_people_in_between_does_not_use_up_the_rest(session: Session) -> None:
    world = make_world(session, people=2, items_per_cell=6, per_cell=3)
    sealing.seal_forms(session, world.officer, period_id=world.period.id)
    session.commit()
    strangers = make_world(session, people=2)
    sealing.seal_forms(session, strangers.officer, period_id=strangers.period.id)
    session.commit()
    second = next_period(session, world, unseen_periods=1, code="KY-LAN-2")
    seal(session, world, second)
    after = items_of(session, second)
    assert all(not seen & after[person_id] for person_id, seen in items_of(session, world.period).items())


def test_a_bank_too_small_for_fresh_papers_refuses_the_seal_and_says_so(session: Session) -> None:
    world = make_world(session, people=2, items_per_cell=5, per_cell=3)
    sealing.seal_forms(session, world.officer, period_id=world.period.id)
    session.commit()
    second = next_period(session, world, unseen_periods=1, code="KY-LAN-2")
    with pytest.raises(drawing.NotReady) as refused:
        seal(session, world, second)
    assert refused.value.params["gaps"]
    session.rollback()
    assert items_of(session, second) == {}
    seal_again = next_period(session, world, unseen_periods=0, code="KY-LAN-3")
    seal_again.exams[0].sittings[0].room = "Phòng 9"
    seal(session, world, seal_again)
    assert len(items_of(session, seal_again)) == 2


def test_the_published_bundle_proves_every_paper_once_the_period_is_closed(session: Session) -> None:
    world = make_world(session, people=6)
    sealing.seal_forms(session, world.officer, period_id=world.period.id, public_entropy="4 1 6 3 3 2 5 6")
    with pytest.raises(revealing.StillSecret):
        revealing.draw_bundle(session, world.officer, exam_id=world.exam.id)
    for before, after in pairwise((PeriodState.SEALED, PeriodState.OPEN, PeriodState.CLOSED)):
        lifecycle.step(session, world.officer, period_id=world.period.id, before=before, after=after)
    bundle = revealing.draw_bundle(session, world.officer, exam_id=world.exam.id)
    assert verify_bundle(bundle) == ()
    assert verify_bundle(bundle.replace(b"4 1 6 3 3 2 5 6", b"4 1 6 3 3 2 5 5")) != ()


def test_a_stranger_cannot_see_how_papers_were_drawn(session: Session) -> None:
    world = make_world(session)
    sealing.seal_forms(session, world.officer, period_id=world.period.id)
    with pytest.raises(Forbidden):
        revealing.draw_bundle(session, actor_with(session, Role.INVIGILATOR), exam_id=world.exam.id)
