"""Violations with their consequence, incidents, messages, identity, seats and who may see what."""

from datetime import timedelta
from decimal import Decimal

import pytest
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Actor, Role
from exam_service.attempts.models import Attempt, ResponseHistory
from exam_service.attempts.room_models import AttemptSignal
from exam_service.audit import AuditRow
from exam_service.errors import Forbidden, Invalid, NotFound
from exam_service.invigilation import answer_log, messages, naming, records, seats, service
from exam_service.invigilation.board import load_board
from exam_service.invigilation.models import SeatOrder
from exam_service.invigilation.record_models import Violation
from exam_service.invigilation.schemas import (
    IdentityInput,
    IncidentInput,
    MessageInput,
    ReasonInput,
    SeatInput,
    SeatPlanInput,
    ViolationInput,
)
from exam_service.invigilation.seats import Grid
from exam_service.invigilation.signs import Trouble
from exam_service.marking.service import score_period
from exam_service.results.models import ResultKind
from exam_service.results.standings import compute_standings
from exam_service.settings import Settings
from tests.fixtures.attempts import Room, attempt_of, make_room, name_invigilator, set_attempt
from tests.fixtures.auth import make_account
from tests.fixtures.periods import actor_with
from tests.fixtures.results import attempts_of, make_sat_period

WHY = ReasonInput(reason="Ghi nhầm người")


def violation(level: str = "reprimand", **values: str) -> ViolationInput:
    return ViolationInput.model_validate(
        {"level": level, "description": "Trao đổi sau khi đã nhắc", "signature": "violator", **values}
    )


@pytest.fixture
def room(session: Session, settings: Settings) -> Room:
    return make_room(session, settings, people=4)


@pytest.fixture
def officer(room: Room) -> Actor:
    return room.world.officer


@pytest.mark.parametrize("level", ["suspension", "annulment"])
def test_suspension_and_annulment_end_the_test_with_the_reason_of_the_result(
    room: Room, officer: Actor, session: Session, level: str
) -> None:
    seat = room.seats[0]
    records.record_violation(session, officer, seat.attempt_id, data=violation(level))
    session.commit()
    assert attempt_of(session, seat).state == "void"
    decision = service.decisions_of(session, officer, seat.attempt_id)[0]
    assert (decision.kind, "Trao đổi sau khi đã nhắc" in decision.reason) == ("void", True)
    act = session.scalars(select(AuditRow).where(AuditRow.action == "attempt.violation")).one()
    assert (act.detail["level"], act.detail["signature"]) == (level, "violator")


def test_after_the_hand_in_nobody_is_suspended_but_the_result_may_be_annulled(
    room: Room, officer: Actor, session: Session
) -> None:
    seat = room.seats[0]
    set_attempt(session, seat, state="submitted")
    with pytest.raises(service.AttemptIsOver):
        records.record_violation(session, officer, seat.attempt_id, data=violation("suspension"))
    records.record_violation(session, officer, seat.attempt_id, data=violation("annulment"))
    assert session.get_one(Attempt, seat.attempt_id).state == "void"


def test_who_refuses_to_sign_is_replaced_by_two_other_candidates_of_the_room(
    room: Room, officer: Actor, session: Session
) -> None:
    own, first, second, _last = (seat.number for seat in room.seats)
    attempt_id = room.seats[0].attempt_id
    for pair in ((own, first), (first, first), (first, ""), (first, "9999")):
        signed = {"signature": "witnesses", "witness_1": pair[0], "witness_2": pair[1]}
        with pytest.raises(Invalid):
            records.record_violation(session, officer, attempt_id, data=violation(**signed))
    signed = {"signature": "witnesses", "witness_1": first, "witness_2": second}
    assert records.record_violation(session, officer, attempt_id, data=violation(**signed)).witnesses == [
        first,
        second,
    ]
    alone = records.record_violation(session, officer, attempt_id, data=violation(signature="nobody"))
    assert alone.witnesses == []


@pytest.mark.parametrize(
    ("levels", "withdrawn", "expected"),
    [
        (["reprimand"], 0, Decimal("4.8")),
        (["warning"], 0, Decimal("3.6")),
        (["reprimand", "warning"], 0, Decimal("3.6")),
        (["reprimand", "warning"], 1, Decimal("4.8")),
        (["reprimand"], 1, Decimal(6)),
    ],
)
def test_a_reprimand_and_a_warning_cost_what_the_exam_says_the_greater_one_counts(
    session: Session, levels: list[str], withdrawn: int, expected: Decimal
) -> None:
    world = make_sat_period(
        session, right=(6, 6), exam_rules={"reprimand_percent": 20, "warning_percent": 40}
    )
    attempt, _other = attempts_of(session, world)
    made = [
        records.record_violation(session, world.officer, attempt.id, data=violation(level))
        for level in levels
    ]
    for one in made[len(made) - withdrawn :]:
        records.withdraw_violation(session, world.officer, one.id, sitting_id=one.sitting_id, data=WHY)
    score_period(session, world.officer, period_id=world.period.id)
    punished, other = compute_standings(session, world.period.id)
    assert (punished.points, other.points) == (expected, Decimal(6))
    assert punished.kind is ResultKind.RELEASED
    assert bool(punished.reason) == (expected < 6)


def test_without_percents_a_violation_costs_nothing(session: Session) -> None:
    world = make_sat_period(session, right=(6,))
    records.record_violation(
        session, world.officer, attempts_of(session, world)[0].id, data=violation("warning")
    )
    score_period(session, world.officer, period_id=world.period.id)
    (standing,) = compute_standings(session, world.period.id)
    assert (standing.points, standing.reason) == (Decimal(6), "")


def test_only_an_officer_withdraws_and_only_what_can_be_undone_once(
    room: Room, officer: Actor, session: Session
) -> None:
    attempt_id, sitting_id = room.seats[0].attempt_id, room.sitting_id
    mild = records.record_violation(session, officer, attempt_id, data=violation())
    invigilator = actor_with(session, Role.INVIGILATOR)
    name_invigilator(session, room, invigilator.id)
    with pytest.raises(Forbidden):
        records.withdraw_violation(session, invigilator, mild.id, sitting_id=sitting_id, data=WHY)
    records.withdraw_violation(session, officer, mild.id, sitting_id=sitting_id, data=WHY)
    with pytest.raises(records.AlreadyWithdrawn):
        records.withdraw_violation(session, officer, mild.id, sitting_id=sitting_id, data=WHY)


def test_an_incident_keeps_time_and_people_and_comes_from_the_past(
    room: Room, officer: Actor, session: Session
) -> None:
    affected = [room.seats[1].attempt_id, room.seats[2].attempt_id]
    values = {"kind": "power", "description": "Mất điện dãy bên trái", "affected": affected}
    records.record_incident(session, officer, room.sitting_id, data=IncidentInput.model_validate(values))
    (incident,) = records.incidents_of(session, officer, room.sitting_id)
    assert {one.attempt_id for one in incident.affected} == set(affected)
    later = {**values, "happened_at": clock.now() + timedelta(hours=1)}
    with pytest.raises(Invalid):
        records.record_incident(session, officer, room.sitting_id, data=IncidentInput.model_validate(later))
    foreign = {**values, "affected": [room.exam_id]}
    with pytest.raises(NotFound):
        records.record_incident(session, officer, room.sitting_id, data=IncidentInput.model_validate(foreign))


def test_a_message_needs_somebody_who_can_read_it(room: Room, officer: Actor, session: Session) -> None:
    data = MessageInput(body="Còn 10 phút")
    seat = room.seats[0]
    set_attempt(session, seat, state="void")
    with pytest.raises(service.AttemptIsOver):
        messages.send_message(session, officer, room.sitting_id, data=data, attempt_id=seat.attempt_id)
    messages.send_message(session, officer, room.sitting_id, data=data)
    (sent,) = messages.messages_of(session, officer, room.sitting_id)
    assert (sent.message.body, sent.to, sent.readers) == ("Còn 10 phút", "", [])
    unread = {row.number: row.signals.unread for row in load_board(session, officer, room.sitting_id).rows}
    assert set(unread.values()) == {1}


def test_the_document_seen_is_on_the_board_and_its_number_nowhere(
    room: Room, officer: Actor, session: Session
) -> None:
    seat = room.seats[0]
    service.confirm_identity(
        session, officer, seat.attempt_id, data=IdentityInput.model_validate({"document": "vneid"})
    )
    rows = {row.number: row.signals.identity for row in load_board(session, officer, room.sitting_id).rows}
    assert (rows[seat.number], rows[room.seats[1].number]) == ("vneid", "")
    with pytest.raises(ValidationError):
        IdentityInput.model_validate({"document": "other"})


def test_what_was_noticed_floats_a_row_up_and_is_all_shown(
    room: Room, officer: Actor, session: Session
) -> None:
    now = clock.now()
    for seat in room.seats:
        set_attempt(session, seat, state="started", started_at=now, last_seen_at=now)
    set_attempt(session, room.seats[2], unsent_count=3)
    for kind in ("focus_lost", "taken_over"):
        session.add(
            AttemptSignal(
                attempt_id=room.seats[1].attempt_id, page=kind, number=1, kind=kind, at=now, lasted_ms=0
            )
        )
    records.record_violation(session, officer, room.seats[3].attempt_id, data=violation())
    session.commit()
    rows = load_board(session, officer, room.sitting_id).rows
    assert [(row.number, row.signs) for row in rows] == [
        (room.seats[2].number, (Trouble.UNSAVED,)),
        (room.seats[1].number, (Trouble.TAKEN_OVER, Trouble.FOCUS_LOST)),
        (room.seats[3].number, (Trouble.VIOLATION,)),
        (room.seats[0].number, (Trouble.NONE,)),
    ]


def test_places_are_numbered_in_three_ways() -> None:
    assert Grid(2, 3, SeatOrder.ROWS).places() == [[1, 2, 3], [4, 5, 6]]
    assert Grid(2, 3, SeatOrder.SNAKE).places() == [[1, 2, 3], [6, 5, 4]]
    assert Grid(2, 3, SeatOrder.COLUMNS).places() == [[1, 3, 5], [2, 4, 6]]
    assert Grid(2, 3, SeatOrder.SNAKE).nearest(1, {1, 3, 4, 5, 6}) == [6, 5]


def test_people_are_seated_by_number_and_may_swap(room: Room, officer: Actor, session: Session) -> None:
    plan = SeatPlanInput(rows=2, columns=3, numbering=SeatOrder.ROWS)
    assert seats.arrange_seats(session, officer, room.sitting_id, data=plan) == 4
    session.commit()
    first, _second, third, last = (seat.attempt_id for seat in room.seats)
    seats.move_seat(session, officer, first, sitting_id=room.sitting_id, data=SeatInput(place=3))
    session.commit()
    found = seats.load_seats(session, officer, room.sitting_id)
    assert [found.places[seat.attempt_id] for seat in room.seats] == [3, 2, 1, 4]
    assert found.neighbours(third) == [room.seats[1].attempt_id, last]
    for place in (7, 2000):
        with pytest.raises(Invalid):
            seats.move_seat(session, officer, first, sitting_id=room.sitting_id, data=SeatInput(place=place))
    small = SeatPlanInput(rows=1, columns=3, numbering=SeatOrder.ROWS)
    with pytest.raises(Invalid):
        seats.arrange_seats(session, officer, room.sitting_id, data=small)


def test_an_officer_names_who_watches_and_nobody_else_is_let_in(
    room: Room, officer: Actor, session: Session
) -> None:
    named = make_account(session, roles={Role.INVIGILATOR})
    marker = make_account(session, roles={Role.MARKER})
    stranger = actor_with(session, Role.INVIGILATOR)
    naming.name_invigilators(session, officer, room.sitting_id, account_ids=[named.id])
    assert naming.named_for(session, room.sitting_id) == [(named.id, named.display_name)]
    with pytest.raises(NotFound):
        naming.name_invigilators(session, officer, room.sitting_id, account_ids=[marker.id])
    with pytest.raises(Forbidden):
        naming.name_invigilators(session, stranger, room.sitting_id, account_ids=[])
    for act in (
        lambda: load_board(session, stranger, room.sitting_id),
        lambda: seats.load_seats(session, stranger, room.sitting_id),
        lambda: records.incidents_of(session, stranger, room.sitting_id),
        lambda: messages.send_message(session, stranger, room.sitting_id, data=MessageInput(body="Chào")),
        lambda: records.record_violation(session, stranger, room.seats[0].attempt_id, data=violation()),
    ):
        with pytest.raises(NotFound):
            act()
    assert session.scalars(select(Violation)).all() == []


def test_the_log_tells_officers_changes_and_times_after_the_hand_in_only(
    room: Room, officer: Actor, session: Session
) -> None:
    seat, start = room.seats[0], clock.now() - timedelta(minutes=30)
    saves = [(1, 1, "a", 60), (2, 1, "b", 90), (1, 2, "c", 150), (1, 3, "c", 160)]
    for slot, sequence, choice, second in saves:
        session.add(
            ResponseHistory(
                attempt_id=seat.attempt_id,
                slot=slot,
                sequence=sequence,
                response={"choice": choice},
                is_flagged=False,
                saved_at=start + timedelta(seconds=second),
            )
        )
    set_attempt(session, seat, state="started", started_at=start)
    ids = {"sitting_id": room.sitting_id, "attempt_id": seat.attempt_id}
    with pytest.raises(answer_log.StillOpen):
        answer_log.load_log(session, officer, **ids)
    set_attempt(session, seat, state="submitted", submitted_at=clock.now())
    invigilator = actor_with(session, Role.INVIGILATOR)
    name_invigilator(session, room, invigilator.id)
    with pytest.raises(Forbidden):
        answer_log.load_log(session, invigilator, **ids)
    lines = answer_log.load_log(session, officer, **ids).slots
    assert [(line.saves, line.changes, line.spent.total_seconds()) for line in lines[:3]] == [
        (3, 1, 130),
        (1, 0, 30),
        (0, 0, 0),
    ]
