"""Periods, exams and sittings in preparation."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Role
from exam_service.audit import AuditRow
from exam_service.auth.models import Account
from exam_service.errors import Forbidden, Invalid, NotFound, Stale
from exam_service.i18n import HOME
from exam_service.invigilation.sealing import seal_period
from exam_service.periods import lifecycle, readiness, service, sittings
from exam_service.periods.models import Candidate, Exam, PeriodState, Sitting
from exam_service.periods.schemas import ExamInput, PeriodInput, SittingInput, SittingsInput
from question_bank.citations import Citation
from question_bank.taxonomy import CognitiveLevel
from tests.fixtures.periods import World, actor_with, make_draft, make_position, make_version, make_world


def exam_input(world: World, **changes: Any) -> ExamInput:
    values: dict[str, Any] = {
        "code": world.exam.code,
        "title": world.exam.title,
        "position_ids": [world.position.id],
        "bank_ids": [world.bank.id],
        "blueprint_id": world.blueprint.id,
        "duration_min": 60,
        "late_limit_min": 10,
        "unseen_periods": 0,
        "cut_percent": Decimal(50),
        "bands": world.exam.bands,
    }
    return ExamInput(**{**values, **changes})


def sitting_input(world: World, **changes: Any) -> SittingInput:
    values = {"name": "Ca 2", "room": "Phòng 1", "capacity": 10, "starts_at": world.sitting.starts_at}
    return SittingInput(**{**values, **changes})


def save_sitting(session: Session, world: World, *, exam_id: UUID | None = None, **changes: Any) -> Sitting:
    return service.save_sitting(
        session,
        world.officer,
        period_id=world.period.id,
        exam_id=exam_id or world.exam.id,
        data=sitting_input(world, **changes),
    )


@pytest.mark.parametrize(
    ("limits", "cut", "problem"),
    [
        ([90, 70, 50, 0], 50, ""),
        ([90, 70, "62,5", 0], "62,5", ""),
        ([50, 0], 50, ""),
        ([70, 90, 50, 0], 50, "bands_fall"),
        ([90, 90, 50, 0], 50, "bands_fall"),
        ([90, 70, 50, 1], 50, "bands_end"),
        ([90, 70, 50, 0], 40, "bands_cut"),
        ([90, 70, 50, 0], 0, "bands_cut"),
        ([101, 70, 50, 0], 50, "less_than_equal"),
    ],
)
def test_bands_fall_to_zero_and_one_starts_at_the_cut_score(
    session: Session, limits: list[Any], cut: Any, problem: str
) -> None:
    world = make_world(session)
    bands = [{"code": f"b_{'x' * at}", "label": "Mức", "from_percent": v} for at, v in enumerate(limits)]
    if not problem:
        assert exam_input(world, bands=bands, cut_percent=cut).bands[-1].from_percent == 0
        return
    with pytest.raises(ValidationError) as refused:
        exam_input(world, bands=bands, cut_percent=cut)
    assert [entry["type"] for entry in refused.value.errors()] == [problem]


def test_a_position_stands_in_one_exam_of_a_period(session: Session) -> None:
    world = make_world(session)
    with pytest.raises(service.PositionTaken) as refused:
        service.save_exam(
            session, world.officer, period_id=world.period.id, data=exam_input(world, code="KHAC")
        )
    assert refused.value.field == "position_ids"
    other = make_world(session)
    data = exam_input(world, code="OK")
    assert service.save_exam(session, world.officer, period_id=other.period.id, data=data).code == "OK"


@pytest.mark.parametrize("field", ["position_ids", "bank_ids", "blueprint_id"])
def test_what_does_not_exist_cannot_be_chosen(session: Session, field: str) -> None:
    world = make_world(session)
    unknown: Any = uuid4() if field == "blueprint_id" else [uuid4()]
    with pytest.raises(Invalid) as refused:
        service.save_exam(
            session,
            world.officer,
            period_id=world.period.id,
            exam_id=world.exam.id,
            data=exam_input(world, **{field: unknown}),
        )
    assert refused.value.field == field


def test_positions_can_be_changed_and_codes_are_unique_in_the_period(session: Session) -> None:
    world = make_world(session)
    new = make_position(session, "Kế toán")
    data = exam_input(world, position_ids=[new.id])
    exam = service.save_exam(
        session, world.officer, period_id=world.period.id, data=data, exam_id=world.exam.id
    )
    assert service.position_titles(session, exam) == ["Kế toán"]
    with pytest.raises(service.CodeTaken):
        service.save_exam(session, world.officer, period_id=world.period.id, data=exam_input(world))


def test_a_longer_exam_must_not_run_into_the_next_sitting_of_its_room(session: Session) -> None:
    world = make_world(session)
    save_sitting(session, world, starts_at=world.sitting.starts_at + timedelta(minutes=60))
    longer = exam_input(world, duration_min=61)
    with pytest.raises(service.RoomTaken):
        service.save_exam(
            session, world.officer, period_id=world.period.id, data=longer, exam_id=world.exam.id
        )


def test_the_duration_of_an_exam_is_that_of_its_sittings(session: Session) -> None:
    world = make_world(session)
    data = exam_input(world, duration_min=90)
    service.save_exam(session, world.officer, period_id=world.period.id, data=data, exam_id=world.exam.id)
    assert session.get_one(Sitting, world.sitting.id).duration_min == 90


def test_deleting_an_exam_takes_its_sittings_and_candidates_along(session: Session) -> None:
    world = make_world(session)
    service.delete_exam(session, world.officer, period_id=world.period.id, exam_id=world.exam.id)
    session.commit()
    for table in (Exam, Sitting, Candidate):
        assert session.scalar(select(func.count()).select_from(table)) == 0
    assert "exam.delete" in session.scalars(select(AuditRow.action)).all()


@pytest.mark.parametrize(("minutes", "is_free"), [(-60, True), (-59, False), (59, False), (60, True)])
def test_a_room_holds_one_sitting_at_a_time(session: Session, minutes: int, is_free: bool) -> None:
    world = make_world(session)
    starts_at = world.sitting.starts_at + timedelta(minutes=minutes)
    if is_free:
        assert save_sitting(session, world, starts_at=starts_at).starts_at == starts_at
        return
    with pytest.raises(service.RoomTaken) as refused:
        save_sitting(session, world, starts_at=starts_at)
    assert refused.value.field == "room"


def test_two_exams_may_share_a_room_and_a_start_but_not_overlap(session: Session) -> None:
    world = make_world(session)
    other = service.save_exam(
        session,
        world.officer,
        period_id=world.period.id,
        data=exam_input(world, code="KT", position_ids=[make_position(session).id]),
    )
    shared = save_sitting(session, world, exam_id=other.id)
    assert (shared.room, shared.starts_at) == (world.sitting.room, world.sitting.starts_at)
    late = world.sitting.starts_at + timedelta(minutes=5)
    with pytest.raises(service.RoomTaken):
        save_sitting(session, world, exam_id=other.id, name="Ca 3", starts_at=late)


def test_a_sitting_is_known_by_name_and_room(session: Session) -> None:
    world = make_world(session)
    later = world.sitting.starts_at + timedelta(days=1)
    with pytest.raises(service.SittingTaken):
        save_sitting(session, world, name=world.sitting.name, starts_at=later)


def test_a_sitting_starts_in_the_future_in_vietnamese_time_and_keeps_its_people(session: Session) -> None:
    world = make_world(session, people=3)
    with pytest.raises(Invalid) as refused:
        save_sitting(session, world, starts_at=clock.now() - timedelta(minutes=1))
    assert refused.value.field == "starts_at"
    typed = (world.sitting.starts_at + timedelta(days=2)).astimezone(HOME).replace(tzinfo=None)
    saved = save_sitting(session, world, starts_at=typed)
    assert saved.starts_at == typed.replace(tzinfo=HOME)
    with pytest.raises(Invalid) as refused:
        service.save_sitting(
            session,
            world.officer,
            period_id=world.period.id,
            exam_id=world.exam.id,
            sitting_id=world.sitting.id,
            data=sitting_input(world, name="Ca 1", capacity=2),
        )
    assert refused.value.field == "capacity"
    with pytest.raises(service.SittingInUse) as used:
        service.delete_sitting(
            session,
            world.officer,
            period_id=world.period.id,
            exam_id=world.exam.id,
            sitting_id=world.sitting.id,
        )
    assert used.value.params == {"count": 3}
    service.delete_sitting(
        session, world.officer, period_id=world.period.id, exam_id=world.exam.id, sitting_id=saved.id
    )


def test_room_names_count_on_from_the_first() -> None:
    assert sittings.room_names("Phòng 9", 3) == ["Phòng 9", "Phòng 10", "Phòng 11"]
    assert sittings.room_names("P09", 2) == ["P09", "P10"]
    assert sittings.room_names("Hội trường", 2) == ["Hội trường 1", "Hội trường 2"]
    assert sittings.room_names("Hội trường", 1) == ["Hội trường"]


def test_many_rooms_are_made_with_one_verb(session: Session) -> None:
    world = make_world(session)
    start = world.sitting.starts_at + timedelta(days=1)
    data = SittingsInput(name="Ca 5", room="P1", capacity=20, starts_at=start, count=4)
    made = sittings.add_sittings(
        session, world.officer, period_id=world.period.id, exam_id=world.exam.id, data=data
    )
    assert [one.room for one in made] == ["P1", "P2", "P3", "P4"]


def test_a_stale_revision_writes_nothing(session: Session) -> None:
    world = make_world(session)
    data = PeriodInput(code="MOI", name="Mới", reference_date=world.period.reference_date)
    revision = world.period.revision
    service.update_period(session, world.officer, period_id=world.period.id, revision=revision, data=data)
    with pytest.raises(Stale):
        service.update_period(session, world.officer, period_id=world.period.id, revision=revision, data=data)


def test_strangers_neither_see_nor_change_periods(session: Session) -> None:
    world = make_world(session)
    for role in (Role.AUTHOR, Role.REVIEWER, Role.INVIGILATOR, Role.HR, Role.ADMIN, Role.MARKER):
        with pytest.raises(NotFound):
            service.get_period(session, actor_with(session, role), world.period.id)
    auditor = actor_with(session, Role.AUDITOR)
    assert service.get_period(session, auditor, world.period.id).id == world.period.id
    for role in (Role.AUDITOR, Role.AUTHOR):
        stranger = actor_with(session, role)
        with pytest.raises(Forbidden):
            service.save_exam(
                session, stranger, period_id=world.period.id, data=exam_input(world), exam_id=world.exam.id
            )
        for verb in (lifecycle.open_period, lifecycle.close_period):
            with pytest.raises(Forbidden):
                verb(session, stranger, period_id=world.period.id)


def test_a_question_that_is_in_force_on_one_of_two_days_only_is_not_counted(session: Session) -> None:
    world = make_world(session, items_per_cell=3)
    first_day = world.sitting.starts_at.astimezone(HOME).date()
    assert readiness.missing_for_sealing(session, world.period) == []
    version = world.versions[0]
    version.state = "retired"
    draft = make_draft("Sắp hết hiệu lực", competency="TP", level=CognitiveLevel.REMEMBER)
    until = Citation(document_number="30/2020/NĐ-CP", in_force_to=first_day + timedelta(days=1))
    make_version(
        session,
        world.bank,
        draft.model_copy(update={"citations": (until,)}),
        author=session.get_one(Account, version.author_id),
    )
    assert readiness.missing_for_sealing(session, world.period) == []
    save_sitting(session, world, starts_at=world.sitting.starts_at + timedelta(days=2))
    session.expire_all()
    assert [gap.code for gap in readiness.missing_for_sealing(session, world.period)] == ["cell_short"]


def test_due_periods_open_an_hour_before_and_close_after_the_last_collection(session: Session) -> None:
    world = make_world(session)
    seal_period(session, world.officer, period_id=world.period.id)
    session.commit()
    start = world.sitting.starts_at
    with clock.fixed_at(start - timedelta(minutes=61)):
        assert lifecycle.open_due_periods(session) == 0
    with clock.fixed_at(start - timedelta(minutes=60)):
        assert (lifecycle.open_due_periods(session), lifecycle.open_due_periods(session)) == (1, 0)
    assert lifecycle.close_finished_periods(session) == 0
    session.get_one(Sitting, world.sitting.id).collected_at = start
    assert (lifecycle.close_finished_periods(session), lifecycle.close_finished_periods(session)) == (1, 0)
    session.refresh(world.period)
    assert world.period.state == PeriodState.CLOSED
