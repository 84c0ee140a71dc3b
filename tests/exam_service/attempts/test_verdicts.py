"""Deciding about delivered answers: nothing that the candidate answered later is lost, and what was entered when."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Role
from exam_service.analysis.packing import SAVE, SAVES
from exam_service.attempts.answer_files import open_file, receive_file
from exam_service.attempts.deliveries import NothingProven
from exam_service.attempts.evidence_models import AnswerDelivery, Verdict
from exam_service.attempts.handing_in import collect_due_attempts
from exam_service.attempts.keys import AttemptKeys
from exam_service.attempts.models import Response, ResponseHistory
from exam_service.attempts.refusals import AttemptVoid
from exam_service.attempts.starting import start_attempt
from exam_service.attempts.verdicts import StillAtWork, VerdictInput, decide_delivery
from exam_service.attempts.window import Span
from exam_service.audit import AuditRow
from exam_service.documents.kinds.room_minutes import _decided
from exam_service.i18n import format_moment
from exam_service.invigilation import answer_log, on_behalf, service
from exam_service.invigilation.handover import deliveries_of, take_file
from exam_service.invigilation.models import DecisionKind, RoomDecision
from exam_service.invigilation.schemas import ReasonInput, ReopenInput
from exam_service.settings import Settings
from tests.fixtures.attempts import Room, attempt_of, make_room, move_sitting, set_attempt, stored
from tests.fixtures.auth import SignIn
from tests.fixtures.journals import Journal

ACCEPT = VerdictInput(verdict=Verdict.ACCEPTED, reason="Mất mạng cả phòng")
WHY = ReasonInput(reason="Thí sinh ngất, đưa đi cấp cứu")
Write = Callable[..., Journal]


@pytest.fixture
def room(session: Session, settings: Settings) -> Room:
    room = make_room(session, settings)
    start_attempt(session, room.seats[0].claims)
    move_sitting(session, room, started_ago=timedelta(minutes=30))
    return room


@pytest.fixture
def officer(room: Room) -> Actor:
    return room.world.officer


@pytest.fixture
def keys(settings: Settings) -> AttemptKeys:
    return AttemptKeys(settings.signing_secret())


@pytest.fixture
def write(session: Session, room: Room, keys: AttemptKeys) -> Write:
    """A journal whose entries were made so many minutes after the start: `write((slot, choice, minute), …)`."""
    starts_at = attempt_of(session, room.seats[0]).starts_at

    def write(*entries: tuple[int, str, float], steady: bool = True) -> Journal:
        journal = Journal(keys, room.seats[0].attempt_id, starts_at)
        for slot, choice, minute in entries:
            journal.enter(slot, {"choice": choice}, at=starts_at + timedelta(minutes=minute), steady=steady)
        return journal

    return write


def now_of(session: Session) -> datetime:
    now: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return now


def receive(
    session: Session, room: Room, journal: Journal, *, stopped: Sequence[Span] = ()
) -> AnswerDelivery:
    data = journal.file(room.seats[0].number)
    attempt_id = room.seats[0].attempt_id
    return receive_file(session, room.world.officer, attempt_id, data, keys=journal.keys, stopped=stopped)


def save(session: Session, room: Room, slot: int, choice: str) -> None:
    """The candidate saves over what is stored."""
    attempt_id = room.seats[0].attempt_id
    standing = session.get(Response, (attempt_id, slot), populate_existing=True)
    row = Response(
        attempt_id=attempt_id,
        slot=slot,
        sequence=standing.sequence + 1 if standing else 1,
        response={"choice": choice},
        is_flagged=False,
        saved_at=now_of(session),
    )
    session.merge(row)
    session.flush()


def collect(session: Session, room: Room) -> None:
    began: datetime = session.execute(select(func.now())).scalar_one()  # what the sweep compares with
    set_attempt(session, room.seats[0], deadline_at=began - timedelta(seconds=3))
    assert collect_due_attempts(session) == 1
    session.flush()


def choices(session: Session, room: Room) -> dict[int, str]:
    session.expire_all()
    return {slot: response["choice"] for slot, (_, response) in stored(session, room.seats[0]).items()}


def test_answers_that_wait_are_decided_after_the_end_and_replace_nothing_newer(
    session: Session, room: Room, officer: Actor, write: Write, signed_in: SignIn
) -> None:
    began = attempt_of(session, room.seats[0]).starts_at
    pause = (began + timedelta(minutes=5), began + timedelta(minutes=15))
    delivery = receive(session, room, write((1, "in-pause", 10), (2, "in-pause", 11)), stopped=[pause])
    assert choices(session, room) == {}
    save(session, room, 1, "final")
    with pytest.raises(StillAtWork):
        decide_delivery(session, officer, delivery.id, sitting_id=room.sitting_id, data=ACCEPT)
    page = f"/rooms/{room.sitting_id}/deliveries"
    staff = signed_in(roles={Role.OFFICER})
    shown = staff.get(page).text
    assert "quyết định được sau khi bài đã nộp hoặc đã thu" in shown
    assert 'name="verdict"' not in shown
    collect(session, room)
    session.commit()
    form = {"verdict": "accepted", "reason": "Mất mạng cả phòng"}
    answer = staff.post(f"{page}/{delivery.id}", data=form)
    assert "Câu 1 đã có câu trả lời mới hơn" in staff.get(answer.headers["location"]).text
    assert choices(session, room) == {1: "final", 2: "in-pause"}
    (line,) = deliveries_of(session, room.sitting_id)
    told = [(one.slot, one.verdict, "mới hơn" in one.reason) for one in line.delivery.responses]
    assert told == [(1, "refused", True), (2, "accepted", False)]
    act = session.scalars(select(AuditRow).where(AuditRow.action == "delivery.accepted")).one()
    assert (act.detail["slots"], act.detail["newer"]) == ([2], [1])


def test_answers_of_a_test_that_was_opened_again_are_decided_after_its_new_end(
    session: Session, room: Room, officer: Actor, write: Write
) -> None:
    collect(session, room)
    delivery = receive(session, room, write((1, "late", 20)))
    session.commit()
    again = ReopenInput(minutes=30, reason="Mất mạng cả phòng")
    on_behalf.reopen(session, officer, room.seats[0].attempt_id, data=again)
    with pytest.raises(StillAtWork):
        decide_delivery(session, officer, delivery.id, sitting_id=room.sitting_id, data=ACCEPT)


def test_nothing_is_decided_of_a_test_that_is_void_and_nobody_is_asked_to(
    session: Session, room: Room, officer: Actor, write: Write, signed_in: SignIn
) -> None:
    collect(session, room)
    delivery = receive(session, room, write((1, "late", 20)))
    service.void_attempt(session, officer, room.seats[0].attempt_id, data=ReasonInput(reason="Thi hộ"))
    session.commit()
    with pytest.raises(AttemptVoid):
        decide_delivery(session, officer, delivery.id, sitting_id=room.sitting_id, data=ACCEPT)
    page = signed_in(roles={Role.OFFICER}).get(f"/rooms/{room.sitting_id}/deliveries").text
    assert "Bài làm đã bị hủy" in page
    assert 'name="verdict"' not in page
    (line,) = deliveries_of(session, room.sitting_id)
    assert _decided(line) == "câu 1: không xét, bài bị hủy"


def test_an_accepted_answer_takes_no_time_of_the_candidate(
    session: Session, room: Room, officer: Actor, write: Write, signed_in: SignIn
) -> None:
    """It was stored when the council decided, hours after it was entered."""
    save(session, room, 2, "own")
    seat, began = room.seats[0].attempt_id, attempt_of(session, room.seats[0]).starts_at
    own = ResponseHistory(
        attempt_id=seat,
        slot=2,
        sequence=1,
        response={},
        is_flagged=False,
        saved_at=began + timedelta(minutes=1),
    )
    session.add(own)
    collect(session, room)
    delivery = receive(session, room, write((1, "late", 20)))
    decide_delivery(session, officer, delivery.id, sitting_id=room.sitting_id, data=ACCEPT)
    session.commit()
    log = answer_log.load_log(session, officer, sitting_id=room.sitting_id, attempt_id=seat)
    assert [one.slot for one in log.slots if one.saves] == [2]
    assert (log.accepted, log.slots[0].spent) == ([1], timedelta(0))
    page = f"/rooms/{room.sitting_id}/attempts/{seat}/log"
    assert "câu 1; không tính vào thời gian" in signed_in(roles={Role.OFFICER}).get(page).text
    wanted = {"attempts": [seat], "first": seat, "last": seat}
    with session.connection().connection.cursor() as cursor:
        (_, _, packed) = cursor.execute(SAVES, wanted).fetchone()
    assert len(packed) == SAVE.itemsize, "the candidate's own save only"


@pytest.mark.parametrize(("first", "second", "stands"), [(20, 25, "second"), (25, 20, "first")])
def test_of_two_deliveries_the_answer_entered_last_stands_whichever_is_decided_last(
    session: Session, room: Room, officer: Actor, write: Write, first: int, second: int, stands: str
) -> None:
    collect(session, room)
    deliveries = [
        receive(session, room, write((1, "first", first))),
        receive(session, room, write((1, "second", second))),
    ]
    for delivery in deliveries:
        decide_delivery(session, officer, delivery.id, sitting_id=room.sitting_id, data=ACCEPT)
    assert choices(session, room) == {1: stands}


def test_a_delivery_after_a_decision_is_compared_with_when_the_accepted_answer_was_entered(
    session: Session, room: Room, officer: Actor, write: Write
) -> None:
    collect(session, room)
    delivery = receive(session, room, write((1, "first", 20)))
    decide_delivery(session, officer, delivery.id, sitting_id=room.sitting_id, data=ACCEPT)
    later = receive(session, room, write((1, "later", 25)))
    assert [one.slot for one in later.responses] == [1], "the first was accepted after this was entered"
    assert receive(session, room, write((1, "earlier", 10))).responses == []


def test_what_is_entered_after_the_room_has_handed_in_does_not_count(
    session: Session, room: Room, officer: Actor, write: Write, keys: AttemptKeys, signed_in: SignIn
) -> None:
    on_behalf.hand_in_for(session, officer, room.seats[0].attempt_id, data=WHY)
    attempt = attempt_of(session, room.seats[0])
    handed_in = (attempt.submitted_at - attempt.starts_at) / timedelta(minutes=1)
    assert handed_in == pytest.approx(30, abs=1)
    before = write((1, "before", handed_in - 1), (2, "after", handed_in + 0.1))
    opened = open_file(session, attempt, before.file(room.seats[0].number), keys=keys)
    assert ([one.slot for one in opened.examined.differences], opened.examined.late_slots) == ([1], [2])
    only_after = write((2, "after", handed_in + 0.1))
    with pytest.raises(NothingProven):
        open_file(session, attempt, only_after.file(room.seats[0].number), keys=keys)
    session.commit()
    restarted = write((3, "by the computer's clock", handed_in + 10), steady=False)
    file = {"file": ("bai-lam.sathach", restarted.file(room.seats[0].number))}
    staff = signed_in(roles={Role.OFFICER})
    shown = staff.post(f"/rooms/{room.sitting_id}/attempts/{room.seats[0].attempt_id}/file", files=file).text
    assert shown.count("sau giờ thu bài, nếu đồng hồ máy đúng") == 1
    assert f"Bài đã nộp hoặc đã thu lúc {format_moment(attempt.submitted_at, seconds=True)}" in shown
    assert [one.slot for one in receive(session, room, restarted).responses] == [3]
    session.commit()
    (line,) = deliveries_of(session, room.sitting_id)
    assert _decided(line) == "câu 3 (sau giờ thu bài theo đồng hồ máy): chờ quyết định"
    page = staff.get(f"/rooms/{room.sitting_id}/deliveries").text
    assert page.count("sau giờ thu bài, nếu đồng hồ máy đúng") == 1, "the deadline is half an hour away"
    assert format_moment(attempt_of(session, room.seats[0]).submitted_at, seconds=True) in page


def test_an_answer_by_a_computers_clock_that_is_ahead_is_taken_and_marked_for_the_council(
    session: Session, room: Room, write: Write, signed_in: SignIn
) -> None:
    collect(session, room)
    session.commit()
    ahead = write((1, "before the restart", 20))
    ahead.enter(2, {"choice": "by the wrong clock"}, at=now_of(session) + timedelta(days=400), steady=False)
    delivery = receive(session, room, ahead)
    session.commit()
    assert [(one.slot, one.is_steady) for one in delivery.responses] == [(1, True), (2, False)]
    page = signed_in(roles={Role.OFFICER}).get(f"/rooms/{room.sitting_id}/deliveries").text
    assert page.count("theo đồng hồ máy thí sinh") == 1
    assert page.count("sau giờ thu bài, nếu đồng hồ máy đúng") == 1


def test_a_computers_clock_that_is_slow_takes_no_answer_of_a_pause_past_the_council(
    session: Session, room: Room, officer: Actor, write: Write, keys: AttemptKeys, signed_in: SignIn
) -> None:
    """Restarted without network an hour slow, in a pause: dated before it, though nothing proves that."""
    seat, began = room.seats[0], attempt_of(session, room.seats[0]).starts_at
    pause_for_all(session, room, officer, minutes=(10, 20))
    journal = write((1, "before", 1), (2, "restarted at once", 1), steady=False)
    for slot, choice, minute, steady in (
        (3, "back in network", 5, True),
        (4, "slow", -45, False),
        (5, "after the pause", 25, True),
        (6, "restarted again", -30, False),
    ):
        journal.enter(slot, {"choice": choice}, at=began + timedelta(minutes=minute), steady=steady)
    ids = {"sitting_id": room.sitting_id, "attempt_id": seat.attempt_id}
    delivery = take_file(session, officer, **ids, data=journal.file(seat.number), keys=keys)
    assert sorted(choices(session, room)) == [1, 2, 3, 5, 6]
    before, slow, after = delivery.responses[2:5]
    assert (slow.made_at, slow.earliest_at, slow.latest_at) == (before.made_at, before.made_at, after.made_at)
    session.commit()
    page = signed_in(roles={Role.OFFICER}).get(f"/rooms/{room.sitting_id}/deliveries").text
    assert page.count("có thể khi đồng hồ đang dừng") == 1
    (line,) = deliveries_of(session, room.sitting_id)
    assert "; câu 4 (có thể nhập khi tạm dừng): chờ quyết định; câu 5: " in _decided(line)
    assert f"đến {format_moment(slow.latest_at, seconds=True)}" in page


def pause_for_all(session: Session, room: Room, officer: Actor, *, minutes: tuple[int, int]) -> None:
    """The clocks of the room stood still between these minutes after the start, which is in the past."""
    began = attempt_of(session, room.seats[0]).starts_at
    for kind, minute in zip((DecisionKind.PAUSE, DecisionKind.RESUME), minutes, strict=True):
        made = RoomDecision(sitting_id=room.sitting_id, kind=kind.value, reason="Mất điện")
        made.decided_by, made.decided_by_name = officer.id, officer.display_name
        made.at = began + timedelta(minutes=minute)
        session.add(made)
    session.commit()


def test_an_unsteady_answer_behind_one_that_is_late_for_certain_is_late_as_well(
    session: Session, room: Room, write: Write, keys: AttemptKeys
) -> None:
    collect(session, room)
    attempt = attempt_of(session, room.seats[0])
    end = (attempt.deadline_at - attempt.starts_at) / timedelta(minutes=1)
    journal = write((1, "in time", end - 5), (2, "late", end + 0.045))
    journal.enter(3, {"choice": "after it"}, at=attempt.starts_at, steady=False)
    opened = open_file(session, attempt, journal.file(room.seats[0].number), keys=keys)
    assert opened.examined.late_slots == [2, 3]
    assert [one.slot for one in opened.examined.differences] == [1]


def test_the_pauses_of_a_test_are_read_under_its_lock(
    session: Session, room: Room, officer: Actor, write: Write, keys: AttemptKeys
) -> None:
    """A pause that ends while the file is on its way must not be missed: no decision is read before the lock."""
    data, attempt_id = write((1, "a", 10)).file(room.seats[0].number), room.seats[0].attempt_id
    session.expire_all()
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    take_file(session, officer, sitting_id=room.sitting_id, attempt_id=attempt_id, data=data, keys=keys)
    event.remove(connection, "before_cursor_execute", note)
    locked = next(place for place, statement in enumerate(said) if "FOR UPDATE OF attempt" in statement)
    read = next(place for place, statement in enumerate(said) if "FROM room_decision" in statement)
    assert locked < read
