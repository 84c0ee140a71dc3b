"""What a suspension ends beside the test itself, and what its withdrawal gives back."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Actor, Role
from exam_service.attempts.handing_in import collect_due_attempts
from exam_service.attempts.models import Attempt
from exam_service.attempts.refusals import AttemptVoid
from exam_service.attempts.schemas import CurrentAttemptOut
from exam_service.attempts.starting import current_attempt, start_attempt
from exam_service.attempts.tokens import AttemptTokens
from exam_service.documents import event_facts
from exam_service.errors import Forbidden
from exam_service.invigilation import clocks, records, service
from exam_service.invigilation.record_models import Violation
from exam_service.invigilation.schemas import ExtraTimeInput, ReasonInput, ViolationInput
from exam_service.invigilation.sealing import seal_period
from exam_service.periods import candidates, lifecycle
from exam_service.periods import service as periods
from exam_service.periods.models import Candidate, Period, PeriodState, Sitting
from exam_service.periods.schemas import PeriodInput, SittingInput
from exam_service.settings import Settings
from tests.fixtures.attempts import (
    Room,
    Seat,
    attempt_of,
    make_room,
    move_sitting,
    name_invigilator,
    set_attempt,
)
from tests.fixtures.periods import actor_with, exam_input

WHY = ReasonInput(reason="Lập nhầm người")
ROUND = date(2026, 10, 1)


@pytest.fixture
def room(session: Session, settings: Settings) -> Room:
    return make_room(session, settings, people=2)


@pytest.fixture
def officer(room: Room) -> Actor:
    return room.world.officer


def later_paper(session: Session, room: Room, *, reference_date: date) -> Seat:
    """A paper of the first person of the room in another period, which is open and has begun."""
    world = room.world
    made = session.scalar(select(func.count(Period.id)))
    code = f"{world.period.code}-{reference_date:%j}-{made}"
    period = periods.create_period(
        session, world.officer, data=PeriodInput(code=code, name="Bài sau", reference_date=reference_date)
    )
    data = exam_input(world.position, world.bank, world.blueprint, duration_min=60)
    exam = periods.save_exam(session, world.officer, period_id=period.id, data=data)
    place = SittingInput(
        name="Ca 2", room="Phòng 2", capacity=2, starts_at=clock.now() + timedelta(minutes=30)
    )
    periods.save_sitting(session, world.officer, period_id=period.id, exam_id=exam.id, data=place)
    candidates.enter_candidates(session, world.officer, period_id=period.id)
    candidates.seat_candidates(session, world.officer, period_id=period.id)
    session.commit()
    session.expire_all()
    seal_period(session, world.officer, period_id=period.id)
    lifecycle.open_period(session, world.officer, period_id=period.id)
    person_id = session.get_one(Candidate, room.seats[0].candidate_id).person_id
    attempt, candidate = session.execute(
        select(Attempt, Candidate)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .where(Candidate.period_id == period.id, Candidate.person_id == person_id)
    ).one()
    seat = Seat(attempt.id, candidate.id, candidate.number, candidate.full_name, "")
    move_sitting(
        session,
        Room(world, period.id, exam.id, attempt.sitting_id, [seat]),
        started_ago=timedelta(minutes=1),
    )
    return seat


def punish(session: Session, actor: Actor, seat: Seat, level: str = "suspension") -> Violation:
    data: dict[str, Any] = {
        "level": level,
        "description": "Dùng điện thoại chép bài",
        "signature": "violator",
    }
    made = records.record_violation(session, actor, seat.attempt_id, data=ViolationInput.model_validate(data))
    session.commit()
    return made


def shown_to(session: Session, settings: Settings, seat: Seat) -> CurrentAttemptOut:
    """What the player of this candidate is told."""
    tokens = AttemptTokens(settings.signing_secret())
    return current_attempt(session, seat.candidate_id, tokens=tokens, signals_keep_days=90)


def withdraw(session: Session, actor: Actor, made: Violation) -> None:
    records.withdraw_violation(session, actor, made.id, sitting_id=made.sitting_id, data=WHY)
    session.commit()


def test_who_is_suspended_sits_no_later_paper_of_the_round_until_it_is_withdrawn(
    session: Session, settings: Settings, room: Room, officer: Actor
) -> None:
    same, other = (
        later_paper(session, room, reference_date=day) for day in (ROUND, ROUND + timedelta(days=30))
    )
    made = punish(session, officer, room.seats[0])
    with pytest.raises(AttemptVoid):
        start_attempt(session, same.claims)
    reason = service.decisions_of(session, officer, same.attempt_id)[0].reason
    assert reason.startswith("Không được dự thi tiếp: đã bị đình chỉ ở Ca 1, Phòng 1")
    told_to_candidate = shown_to(session, settings, same)
    assert (told_to_candidate.state, told_to_candidate.void_reason) == ("void", reason)
    assert attempt_of(session, other).state == "assigned", "another round is another matter"
    barred_from = session.get_one(Attempt, same.attempt_id).sitting_id
    (told,) = event_facts.violations_of(session, barred_from)
    assert (told.number, told.description) == (same.number, reason)
    withdraw(session, officer, made)
    assert event_facts.violations_of(session, barred_from) == []
    assert start_attempt(session, same.claims).remaining_ms > 0
    assert shown_to(session, settings, same).void_reason == ""
    kinds = [one.kind for one in service.decisions_of(session, officer, same.attempt_id)]
    assert kinds == ["restore", "void"]


def test_a_paper_sealed_after_a_suspension_is_barred_as_it_is_sealed_and_a_withdrawal_lifts_it(
    session: Session, settings: Settings, room: Room, officer: Actor
) -> None:
    made = punish(session, officer, room.seats[0])
    same, other = (
        later_paper(session, room, reference_date=day) for day in (ROUND, ROUND + timedelta(days=30))
    )
    with pytest.raises(AttemptVoid):
        start_attempt(session, same.claims)
    assert attempt_of(session, other).state == "assigned", "another round is another matter"
    (decision,) = service.decisions_of(session, officer, same.attempt_id)
    assert decision.reason.startswith("Không được dự thi tiếp: đã bị đình chỉ ở Ca 1, Phòng 1")
    assert shown_to(session, settings, same).void_reason == decision.reason
    neighbours = select(Attempt.state).where(Attempt.sitting_id == attempt_of(session, same).sitting_id)
    assert sorted(session.scalars(neighbours)) == ["assigned", "void"], "nobody else is barred"
    withdraw(session, officer, made)
    assert start_attempt(session, same.claims).remaining_ms > 0


def test_a_paper_stays_barred_while_another_suspension_of_the_round_stands(
    session: Session, room: Room, officer: Actor
) -> None:
    begun = later_paper(session, room, reference_date=ROUND)
    start_attempt(session, begun.claims)
    session.commit()
    first, second = (punish(session, officer, seat) for seat in (room.seats[0], begun))
    third = later_paper(session, room, reference_date=ROUND)
    withdraw(session, officer, first)
    assert attempt_of(session, third).state == "void"
    withdraw(session, officer, second)
    assert attempt_of(session, third).state == "assigned"


def test_an_annulment_bars_nobody_from_later_papers(session: Session, room: Room, officer: Actor) -> None:
    same = later_paper(session, room, reference_date=ROUND)
    punish(session, officer, room.seats[0], "annulment")
    assert attempt_of(session, same).state == "assigned"


def test_a_paper_already_begun_is_for_its_own_room_to_end(
    session: Session, room: Room, officer: Actor
) -> None:
    same = later_paper(session, room, reference_date=ROUND)
    start_attempt(session, same.claims)
    punish(session, officer, room.seats[0])
    assert attempt_of(session, same).state == "started"


def test_a_withdrawn_ending_gives_the_test_back_with_the_time_since_it_and_what_was_decided_meanwhile(
    session: Session, room: Room, officer: Actor
) -> None:
    seat = room.seats[0]
    start_attempt(session, seat.claims)
    deadline_at = attempt_of(session, seat).deadline_at
    made = punish(session, officer, seat)
    more = ExtraTimeInput(minutes=15, reason="Mất điện cả phòng")
    clocks.extend_sitting(session, officer, room.sitting_id, data=more)
    withdraw(session, officer, made)
    attempt = attempt_of(session, seat)
    restore, _extended, void = service.decisions_of(session, officer, seat.attempt_id)
    assert (restore.kind, restore.detail["ended_at"]) == ("restore", void.at.isoformat())
    assert attempt.state == "started"
    assert attempt.deadline_at == deadline_at + timedelta(minutes=15) + (restore.at - void.at)
    set_attempt(
        session,
        seat,
        deadline_at=clock.now() - timedelta(minutes=1),
        starts_at=attempt.starts_at - timedelta(hours=2),
    )
    assert collect_due_attempts(session) == 1
    session.commit()
    assert attempt_of(session, seat).state == "expired"


def test_an_ending_withdrawn_after_the_deadline_leaves_what_was_left_of_the_time(
    session: Session, room: Room, officer: Actor
) -> None:
    seat = room.seats[0]
    start_attempt(session, seat.claims)
    made = punish(session, officer, seat)
    # Everything happened two hours earlier than it did: a decision can be changed only past its trigger.
    session.connection().exec_driver_sql("ALTER TABLE room_decision DISABLE TRIGGER USER")
    session.connection().exec_driver_sql("UPDATE room_decision SET at = at - interval '2 hours'")
    session.connection().exec_driver_sql("ALTER TABLE room_decision ENABLE TRIGGER USER")
    move_sitting(session, room, started_ago=timedelta(hours=2, minutes=10))
    session.get_one(Sitting, room.sitting_id).collected_at = clock.now()
    session.commit()
    withdraw(session, officer, made)
    assert session.get_one(Sitting, room.sitting_id).collected_at is None, "the room is collected again"
    left = attempt_of(session, seat).deadline_at - clock.now()
    assert timedelta(minutes=49) < left <= timedelta(minutes=50, seconds=1)
    collect_due_attempts(session)
    session.commit()
    assert attempt_of(session, seat).state == "started", "there is time left"


def test_an_annulled_paper_is_as_it_was_handed_in_after_the_withdrawal(
    session: Session, room: Room, officer: Actor
) -> None:
    seat = room.seats[0]
    set_attempt(session, seat, state="submitted", started_at=clock.now(), submitted_at=clock.now())
    made = punish(session, officer, seat, "annulment")
    assert attempt_of(session, seat).state == "void"
    withdraw(session, officer, made)
    assert attempt_of(session, seat).state == "submitted"


def test_an_ending_is_withdrawn_by_an_officer_and_only_while_the_period_is_open(
    session: Session, room: Room, officer: Actor
) -> None:
    made = punish(session, officer, room.seats[0])
    invigilator = actor_with(session, Role.INVIGILATOR)
    name_invigilator(session, room, invigilator.id)
    with pytest.raises(Forbidden):
        withdraw(session, invigilator, made)
    room.world.period.state = PeriodState.CLOSED.value
    session.commit()
    with pytest.raises(records.CannotWithdraw):
        withdraw(session, officer, made)


def test_a_withdrawal_opens_no_paper_of_a_period_that_is_closed(
    session: Session, room: Room, officer: Actor
) -> None:
    same = later_paper(session, room, reference_date=ROUND)
    made = punish(session, officer, room.seats[0])
    session.get_one(Period, session.get_one(Candidate, same.candidate_id).period_id).state = "closed"
    session.commit()
    withdraw(session, officer, made)
    assert attempt_of(session, room.seats[0]).state == "assigned"
    assert attempt_of(session, same).state == "void", "it would never be marked with the others"
