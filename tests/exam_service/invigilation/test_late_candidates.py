"""Somebody is added after the seal: with a paper as fair and as provable as the others, or with a reason why not."""

import json
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from psycopg.errors import RestrictViolation
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Role
from exam_service.attempts.models import Attempt
from exam_service.audit import AuditRow
from exam_service.errors import Forbidden, NotFound
from exam_service.invigilation import clocks, seats
from exam_service.invigilation.late_candidates import add_late_candidate
from exam_service.invigilation.models import Seat, SeatOrder
from exam_service.invigilation.schemas import ReasonInput, SeatPlanInput, ShiftInput
from exam_service.invigilation.sealing import draw_period, seal_period
from exam_service.people.models import Person
from exam_service.periods import ceremony, late, late_drawing, lifecycle, revealing
from exam_service.periods.models import (
    Candidate,
    DrawCeremony,
    DrawCommitment,
    FormSlot,
    LateDraw,
    PeriodState,
    SealedForm,
)
from exam_service.periods.schemas import LateCandidateInput
from exam_service.periods.vault import Vault
from exam_service.settings import Settings
from question_bank.draw_bundle import verify_bundle
from question_bank.draw_extract import verify_extract
from tests.fixtures.auth import SignIn
from tests.fixtures.periods import (
    DICE,
    World,
    actor_with,
    draw_by_hand,
    make_person,
    make_position,
    make_world,
)

VAULT = Vault("a signing secret of the tests, long enough")
REASON = "Bổ nhiệm theo Quyết định 12/QĐ-UBND"


def roomy_world(session: Session, *, items_per_cell: int = 6, **rules: str) -> World:
    """A draft of three candidates with free seats; `rules` join the blueprint."""
    world = make_world(session, people=3, items_per_cell=items_per_cell)
    world.sitting.capacity = 10
    world.blueprint.body = world.blueprint.body | rules
    session.commit()
    return world


def sealed_world(session: Session, *, items_per_cell: int = 6) -> World:
    world = roomy_world(session, items_per_cell=items_per_cell)
    seal_period(session, world.officer, period_id=world.period.id)
    session.commit()
    return world


def drawn_world(session: Session, **rules: str) -> tuple[World, DrawCeremony]:
    """The same by ceremony."""
    world = roomy_world(session, **rules)
    period_id = world.period.id
    ceremony.commit_draw(session, world.officer, period_id=period_id, vault=VAULT)
    ceremony.enter_numbers(session, world.officer, period_id=period_id, text=DICE)
    witness = actor_with(session, Role.AUDITOR)
    made = ceremony.confirm_numbers(session, witness, period_id=period_id, text=DICE)
    draw_period(session, world.officer, ceremony=made, vault=VAULT)
    session.commit()
    return world, made


def newcomer(session: Session, world: World) -> Person:
    return make_person(session, unit=world.unit, position=world.position)


def add(
    session: Session, world: World, person: Person, *, vault: Vault | None = None, **values: object
) -> Attempt:
    given = {"person_id": person.id, "sitting_id": world.sitting.id, "reason": REASON} | values
    attempt = add_late_candidate(
        session,
        world.officer,
        period_id=world.period.id,
        data=LateCandidateInput.model_validate(given),
        vault=vault,
    )
    session.flush()
    session.expire_all()
    return attempt


def close(session: Session, world: World) -> None:
    for before, after in pairwise((PeriodState.SEALED, PeriodState.OPEN, PeriodState.CLOSED)):
        lifecycle.step(session, world.officer, period_id=world.period.id, before=before, after=after)
    session.commit()


def items_of(session: Session, candidate_id: UUID) -> set[UUID]:
    slots = select(FormSlot.version_id).join(SealedForm, SealedForm.id == FormSlot.form_id)
    return set(session.scalars(slots.where(SealedForm.candidate_id == candidate_id)))


def test_late_papers_are_derived_again_from_the_exported_bundle(session: Session) -> None:
    world, made = drawn_world(session, max_unit_exposure_percent="100")
    first = add(session, world, newcomer(session, world), vault=VAULT)
    second = add(session, world, newcomer(session, world), vault=VAULT)
    rows = [late for _exam, late in revealing.late_draws_of(session, world.period.id)]
    assert [(row.number, row.candidate_id) for row in rows] == [
        (1, first.candidate_id),
        (2, second.candidate_id),
    ]
    committed = session.scalars(select(DrawCommitment.commitment)).one()
    assert (rows[0].previous, rows[1].previous) == (committed, rows[0].chain)
    assert [row.candidate.number for row in rows] == ["0004", "0005"], "the next numbers, chosen by nobody"
    close(session, world)
    bundle = revealing.draw_bundle(session, world.officer, exam_id=world.exam.id, vault=VAULT)
    assert len(json.loads(bundle)["late"]) == 2
    assert verify_bundle(bundle, published_commitment=committed, published_chain=rows[1].chain) == ()
    start = bundle.index(b'"late":[')
    for place in range(start + 10, bundle.index(b'"manifest"') - 2, 997):
        changed = bytearray(bundle)
        changed[place] ^= 1
        assert verify_bundle(bytes(changed)), place
    for row in rows:
        number = row.candidate.number
        extract = revealing.draw_extract(
            session, world.officer, period_id=world.period.id, number=number, vault=VAULT
        )
        assert verify_extract(extract, published_commitment=committed, published_root=row.chain) == ()
        assert {f.code for f in verify_extract(extract, published_root=made.papers_root)} == {
            "not_among_papers"
        }
        forged = extract.replace(f'"number":{row.number},'.encode(), b'"number":7,')
        assert verify_extract(forged, published_root=row.chain)
    extract = revealing.draw_extract(
        session, world.officer, period_id=world.period.id, number="0001", vault=VAULT
    )
    assert verify_extract(extract, published_root=made.papers_root) == (), "the root is that of the batch"


def test_the_newcomer_gets_attempt_audit_and_place_like_everybody_in_the_room(session: Session) -> None:
    world = sealed_world(session)
    plan = SeatPlanInput(rows=2, columns=2, numbering=SeatOrder.ROWS)
    seats.arrange_seats(session, world.officer, world.sitting.id, data=plan)
    attempt = add(session, world, newcomer(session, world))
    assert (attempt.state, attempt.slot_count, attempt.sitting_id) == ("assigned", 6, world.sitting.id)
    assert attempt.deadline_at - attempt.starts_at == timedelta(minutes=60)
    assert session.get_one(Seat, attempt.id).place == 4
    session.commit()
    row = session.scalars(select(AuditRow).where(AuditRow.action == "candidate.late")).one()
    assert (row.subject_id, row.detail["reason"]) == (str(attempt.candidate_id), REASON)
    add(session, world, newcomer(session, world))  # the plan is full: the room gives a place by hand
    assert session.scalar(select(func.count()).select_from(Seat)) == 4


def test_exposure_goes_on_from_the_papers_that_are_there_and_no_row_is_rewritten(session: Session) -> None:
    world = sealed_world(session)
    for _person in range(3):
        add(session, world, newcomer(session, world))
    uses = session.scalars(select(func.count()).select_from(FormSlot).group_by(FormSlot.version_id)).all()
    assert sorted(uses) == [3] * 12, "six papers of 6 from 12 items: each stands in three"
    for change in ("UPDATE late_draw SET chain = 'x'", "DELETE FROM late_draw"):
        with pytest.raises(IntegrityError) as refused, session.begin_nested():
            session.execute(text(change))
        assert isinstance(refused.value.orig, RestrictViolation)


def test_the_clock_of_the_room_holds_for_the_newcomer_too(session: Session) -> None:
    world = sealed_world(session)
    sitting_id, now = world.sitting.id, clock.now()
    clocks.shift_sitting(session, world.officer, sitting_id, data=ShiftInput(minutes=30, reason="mất điện"))
    clocks.pause_sitting(session, world.officer, sitting_id, data=ReasonInput(reason="mất điện"))
    attempt = add(session, world, newcomer(session, world))
    assert attempt.starts_at == world.sitting.starts_at + timedelta(minutes=30) + attempt.opening_delay
    assert attempt.paused_at == attempt.starts_at
    with clock.fixed_at(now + timedelta(hours=2, minutes=39)):
        add(session, world, newcomer(session, world))
    with clock.fixed_at(now + timedelta(hours=2, minutes=41)), pytest.raises(late.SittingIsOver):
        add(session, world, newcomer(session, world))


def test_who_was_excused_before_the_seal_comes_back_under_the_old_number(session: Session) -> None:
    world = roomy_world(session)
    excused = session.scalars(select(Candidate).where(Candidate.number == "0002")).one()
    excused.status, excused.reason, excused.sitting_id = "postponed", "ốm", None
    session.commit()
    assert seal_period(session, world.officer, period_id=world.period.id) == 2
    other = add(session, world, newcomer(session, world))
    attempt = add(session, world, session.get_one(Person, excused.person_id))
    assert attempt.candidate_id == excused.id
    assert (excused.number, excused.status, excused.sitting_id) == ("0002", "entered", world.sitting.id)
    assert session.get_one(Candidate, other.candidate_id).number == "0004"
    close(session, world)
    assert verify_bundle(revealing.draw_bundle(session, world.officer, exam_id=world.exam.id)) == ()


def test_nobody_gets_what_stood_in_the_papers_before_and_too_few_items_are_named(session: Session) -> None:
    before = make_world(session, people=1, items_per_cell=8, per_cell=5)
    seal_period(session, before.officer, period_id=before.period.id)
    old = session.scalars(select(Candidate)).one()
    world = roomy_world(session)
    world.exam.bank_ids, world.exam.unseen_periods = [str(before.bank.id)], 1
    session.commit()
    person = session.get_one(Person, old.person_id)
    seal_period(session, world.officer, period_id=world.period.id)
    attempt = add(session, world, person, is_admitted=True)
    assert not items_of(session, attempt.candidate_id) & items_of(session, old.id)
    session.rollback()
    unseen = next(version for version in before.versions if version.id not in items_of(session, old.id))
    unseen.state = "retired"
    session.commit()
    seal_period(session, world.officer, period_id=world.period.id)
    with pytest.raises(late_drawing.NoLatePaper) as refused:
        add(session, world, person, is_admitted=True)
    assert "Tư pháp × nhận biết: 1 thí sinh đã gặp quá nhiều câu, thiếu đến 1 câu" in str(refused.value)


def test_a_limit_of_exposure_names_the_cells_that_it_empties(session: Session) -> None:
    world = make_world(session, people=2, items_per_cell=6)
    world.sitting.capacity = 10
    world.blueprint.body = world.blueprint.body | {"max_unit_exposure_percent": "50"}
    session.commit()
    seal_period(session, world.officer, period_id=world.period.id)
    with pytest.raises(late_drawing.NoLatePaper) as refused:
        add(session, world, newcomer(session, world))
    assert "12 câu đã xuất hiện" in str(refused.value)
    assert "Tư pháp × nhận biết, Tư pháp × thông hiểu" in str(refused.value)


def test_what_stands_in_the_way_is_named_and_changes_nothing(session: Session) -> None:
    world = roomy_world(session)
    person = newcomer(session, world)
    with pytest.raises(late.NotSealedYet):
        add(session, world, person)
    session.rollback()
    seal_period(session, world.officer, period_id=world.period.id)
    session.commit()
    with pytest.raises(late.AlreadyCandidate) as refused:
        add(session, world, world.people[0])
    assert "0001" in str(refused.value)
    stranger = make_person(session, unit=world.unit, position=make_position(session, "Kế toán"))
    with pytest.raises(late.OtherPosition) as other:
        add(session, world, stranger)
    assert "Kế toán" in str(other.value)
    with pytest.raises(NotFound):
        add(session, world, person, sitting_id=UUID(int=5))
    with pytest.raises(NotFound):
        add(session, world, Person(id=UUID(int=6)))
    session.execute(text("DELETE FROM appointment WHERE person_id = :id"), {"id": stranger.id})
    with pytest.raises(late.NotAppointed):
        add(session, world, stranger, is_admitted=True)
    session.execute(text("UPDATE sitting SET capacity = 3"))
    with pytest.raises(late.SittingIsFull):
        add(session, world, person)
    session.execute(text("UPDATE sitting SET capacity = 9, collected_at = now()"))
    with pytest.raises(late.SittingIsOver):
        add(session, world, person)
    close(session, world)
    with pytest.raises(late.PeriodIsOver):
        add(session, world, person)
    assert session.scalar(select(func.count(Candidate.id))) == 3
    assert session.scalar(select(func.count()).select_from(LateDraw)) == 0


def test_a_stranger_cannot_add_anybody(session: Session, signed_in: SignIn) -> None:
    world = sealed_world(session)
    person = newcomer(session, world)
    session.commit()
    data = LateCandidateInput(person_id=person.id, sitting_id=world.sitting.id, reason=REASON)
    address = f"/periods/{world.period.id}/late"
    for role in (Role.AUTHOR, Role.REVIEWER, Role.INVIGILATOR, Role.AUDITOR, Role.HR, Role.ADMIN):
        with pytest.raises(Forbidden):
            add_late_candidate(session, actor_with(session, role), period_id=world.period.id, data=data)
        client = signed_in(roles={role})
        assert client.get(address).status_code == 403
        assert client.post(address, data=data.model_dump(mode="json")).status_code == 403
    assert session.scalar(select(func.count()).select_from(LateDraw)) == 0


def test_an_officer_adds_somebody_from_the_page_and_everybody_sees_the_chain(
    session: Session, signed_in: SignIn, browser: TestClient, settings: Settings
) -> None:
    world = roomy_world(session)
    officer, here = signed_in(roles={Role.OFFICER}), f"/periods/{world.period.id}"
    assert f"{here}/late" not in officer.get(f"{here}/candidates").text
    assert "Chỉ bổ sung được khi" in officer.get(f"{here}/late").text
    draw_by_hand(signed_in, officer, world)
    person = make_person(
        session, unit=world.unit, position=world.position, given_name="Ẩn", search_text="nguyen thi an cb9"
    )
    session.commit()
    assert f"{here}/late" in officer.get(f"{here}/candidates").text
    assert "Không tìm thấy ai" in officer.get(f"{here}/late", params={"q": "khong co ai"}).text
    found = officer.get(f"{here}/late", params={"q": "nguyễn thị ẩn"}).text
    assert str(person.id) in found
    assert "còn 7 chỗ" in found
    form = {"q": "an", "person_id": str(person.id), "sitting_id": str(world.sitting.id), "reason": ""}
    empty = officer.post(f"{here}/late", data=form)
    assert (empty.status_code, "không được để trống" in empty.text) == (422, True)
    done = officer.post(f"{here}/late", data=form | {"reason": REASON})
    row = session.scalars(select(LateDraw)).one()
    assert (done.status_code, done.headers["location"]) == (303, f"{here}/candidates/{row.candidate_id}")
    twice = officer.post(f"{here}/late", data=form | {"reason": REASON})
    assert (twice.status_code, "đã là thí sinh" in twice.text) == (409, True)
    for client, page in (
        (officer, f"{here}/candidates/{row.candidate_id}"),
        (officer, f"{here}/evidence"),
        (officer, f"{here}/log"),
        (browser, f"/draws/{world.period.id}"),
    ):
        assert row.chain in client.get(page).text, page
    assert REASON not in browser.get(f"/draws/{world.period.id}").text
    assert person.full_name not in browser.get(f"/draws/{world.period.id}").text
