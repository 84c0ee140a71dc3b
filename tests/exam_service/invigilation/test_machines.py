"""What the room sees of computers in trouble, and of pauses that did not reach one."""

from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Role
from exam_service.attempts.answer_files import receive_file
from exam_service.attempts.keys import AttemptKeys
from exam_service.attempts.leases import HOLDER
from exam_service.attempts.room_models import AttemptSignal, SignalKind
from exam_service.attempts.signal_retention import delete_old_signals
from exam_service.attempts.signals import CarriedSignals, keep_carried
from exam_service.documents.pause_facts import pause_facts_of
from exam_service.invigilation import clocks
from exam_service.invigilation.board import BoardRow, load_board
from exam_service.invigilation.board_states import BoardState, shows
from exam_service.invigilation.cut_off import SERVICE
from exam_service.invigilation.halls import load_halls
from exam_service.invigilation.schemas import ReasonInput
from exam_service.invigilation.signs import Trouble
from exam_service.periods.models import Sitting
from exam_service.settings import Settings
from tests.fixtures.attempts import Room, Seat, attempt_of, make_room, set_attempt, sign_in, stored
from tests.fixtures.auth import SignIn
from tests.fixtures.documents import issue, printed
from tests.fixtures.journals import Journal

WHY = ReasonInput(reason="Mất điện cả dãy")


@pytest.fixture
def room(session: Session, settings: Settings) -> Room:
    """Three at work, the fourth has not opened the test."""
    room = make_room(session, settings, people=4)
    now = clock.now()
    for seat in room.seats[:3]:
        set_attempt(session, seat, state="started", started_at=now, last_seen_at=now, lease_holder="page")
    return room


def tell(
    session: Session,
    seat: Seat,
    kind: SignalKind,
    value: int,
    *,
    page: str = "page",
    ago: timedelta = timedelta(0),
    lasted_ms: int = 0,
) -> None:
    number = len(session.scalars(select(AttemptSignal.number)).all()) + 1
    row = AttemptSignal(attempt_id=seat.attempt_id, page=page, number=number, kind=kind.value)
    row.at, row.lasted_ms, row.value = clock.now() - ago, lasted_ms, value
    session.add(row)
    session.commit()


def rows(session: Session, room: Room) -> dict[str, BoardRow]:
    return {row.number: row for row in load_board(session, room.world.officer, room.sitting_id).rows}


def test_trouble_of_a_computer_stands_below_lost_answers_and_above_attention(
    session: Session, room: Room
) -> None:
    failing, unsaved, away, waiting = room.seats
    tell(session, failing, SignalKind.BATTERY, 12)
    tell(session, failing, SignalKind.CLOCK_OFF, -7)
    set_attempt(session, unsaved, unsent_count=2)
    tell(session, away, SignalKind.FOCUS_LOST, 0)
    board = load_board(session, room.world.officer, room.sitting_id)
    order = [row.number for row in board.troubled if row.number != waiting.number]
    assert order == [seat.number for seat in (unsaved, failing, away)]
    row = rows(session, room)[failing.number]
    assert row.signs == (Trouble.MACHINE,)
    assert [(one.kind, one.value) for one in row.signals.machine] == [("battery", 12), ("clock_off", -7)]
    assert shows(row.signs, BoardState.MACHINE)
    assert load_halls(session, room.world.officer).total(BoardState.MACHINE) == 1


def test_the_newest_of_a_kind_holds_and_only_of_the_computer_that_has_the_test(
    session: Session, room: Room
) -> None:
    mended, moved, _third, waiting = room.seats
    minute = timedelta(minutes=1)
    tell(session, mended, SignalKind.BATTERY, 12, ago=minute)
    tell(session, mended, SignalKind.BATTERY, 0)
    tell(session, moved, SignalKind.NOT_KEPT, 1, page="the machine before", ago=minute)
    tell(session, mended, SignalKind.LINE_BAD, 1)  # found in the waiting room, before the test was opened
    tell(session, waiting, SignalKind.LINE_BAD, 1)
    found = {number: [one.kind for one in row.signals.machine] for number, row in rows(session, room).items()}
    assert [found[seat.number] for seat in (mended, moved, waiting)] == [[], [], [SignalKind.LINE_BAD]]


def test_board_person_and_log_say_it_in_words_and_a_stranger_sees_none(
    session: Session, room: Room, signed_in: SignIn
) -> None:
    seat = room.seats[0]
    here = f"/rooms/{room.sitting_id}"
    told = {
        SignalKind.BATTERY: 9,
        SignalKind.CLOCK_OFF: 300,
        SignalKind.NOT_KEPT: 1,
        SignalKind.TYPED_IN_PAUSE: 3,
    }
    for kind, value in told.items():
        tell(session, seat, kind, value)
    stranger = signed_in(roles={Role.INVIGILATOR})
    assert stranger.get(here).status_code == 404
    assert stranger.get(f"{here}/attempts/{seat.attempt_id}").status_code == 404
    officer = signed_in(roles={Role.OFFICER})
    words = (
        "Pin yếu 9 %",
        "Đồng hồ máy lệch +5 giờ",
        "Máy không giữ được bài",
        "Trả lời 3 câu trong lúc tạm dừng",
    )
    for page in (officer.get(here), officer.get(f"{here}/attempts/{seat.attempt_id}")):
        assert all(one in page.text for one in words)
    assert "Máy trục trặc" in officer.get("/rooms/all").text
    tell(session, seat, SignalKind.BATTERY, 0)
    tell(session, seat, SignalKind.CUT_OFF_IN_PAUSE, 0, lasted_ms=60_000)
    now = clock.now()
    set_attempt(
        session, seat, state="submitted", submitted_at=now, collected_by="candidate", digest="a1" * 32
    )
    session.commit()
    assert "Đồng hồ máy lệch +5 giờ" not in officer.get(f"{here}/attempts/{seat.attempt_id}").text, (
        "nobody has to help now"
    )
    log = officer.get(f"{here}/attempts/{seat.attempt_id}/log").text
    assert all(one in log for one in (*words, "Pin đã được sạc", "Mất mạng suốt lúc tạm dừng"))


def test_a_test_that_was_silent_all_the_pause_has_it_noted_and_one_in_contact_has_not(
    session: Session, room: Room
) -> None:
    silent, alone, heard, _waiting = room.seats
    officer, before = room.world.officer, clock.now() - timedelta(minutes=5)
    for seat in (silent, alone):
        set_attempt(session, seat, last_seen_at=before, started_at=before)
    clocks.pause_sitting(session, officer, room.sitting_id, data=WHY)
    clocks.pause_attempt(session, officer, alone.attempt_id, data=WHY)
    clocks.resume_sitting(session, officer, room.sitting_id, data=WHY)
    session.commit()
    assert noted(session) == {silent.attempt_id}, "the clock of the other still stands"
    clocks.resume_attempt(session, officer, alone.attempt_id, data=WHY)
    session.commit()
    assert noted(session) == {silent.attempt_id, alone.attempt_id}
    assert rows(session, room)[silent.number].signals.cut_off_in_pause == 1
    assert heard.attempt_id not in noted(session)


def test_a_page_cannot_claim_the_place_of_the_note_before_the_service_writes_it(
    session: Session, room: Room
) -> None:
    seat, officer, before = room.seats[0], room.world.officer, clock.now() - timedelta(minutes=5)
    set_attempt(session, seat, last_seen_at=before, started_at=before)
    clocks.pause_sitting(session, officer, room.sitting_id, data=WHY)
    stopped_at = attempt_of(session, seat).paused_at
    assert stopped_at
    second = int(stopped_at.timestamp())
    signals = [{"number": second + more, "kind": "battery", "at_ms": 0, "value": 9} for more in (-1, 0, 1)]
    forged = CarriedSignals.model_validate({"page": "service", "signals": signals})
    keep_carried(session, attempt_of(session, seat), forged)
    assert len(session.scalars(select(AttemptSignal.number)).all()) == len(signals)
    clocks.resume_sitting(session, officer, room.sitting_id, data=WHY)
    assert noted(session) == {seat.attempt_id}


def test_no_page_can_be_named_as_the_service_is() -> None:
    assert not HOLDER.fullmatch(SERVICE)
    signals = [{"number": 1, "kind": "battery", "at_ms": 0, "value": 9}]
    with pytest.raises(ValidationError, match="page"):
        CarriedSignals.model_validate({"page": SERVICE, "signals": signals})


def noted(session: Session) -> set[object]:
    kind = AttemptSignal.kind == SignalKind.CUT_OFF_IN_PAUSE.value
    return set(session.scalars(select(AttemptSignal.attempt_id).where(kind)))


def test_the_minutes_lay_what_was_answered_in_a_pause_before_the_council(
    session: Session, room: Room
) -> None:
    typed, silent, other, _waiting = room.seats
    tell(session, typed, SignalKind.TYPED_IN_PAUSE, 4, lasted_ms=9000)
    at = clock.now() - timedelta(minutes=3)
    for seat in (silent, other):
        tell(session, seat, SignalKind.CUT_OFF_IN_PAUSE, 0, lasted_ms=60_000)
    for row in session.scalars(select(AttemptSignal).where(AttemptSignal.kind == "cut_off_in_pause")):
        row.at = at
    saved_after(session, silent, at + timedelta(seconds=70), slots=(1, 2))
    saved_after(session, silent, at + timedelta(seconds=170), slots=(3,))
    session.commit()
    told, quiet = pause_facts_of(session, room.sitting_id)
    assert told.people == ((f"{typed.number} – {typed.full_name}", 4),)
    assert [count for _person, count in quiet.people] == [2, 0]
    session.get_one(Sitting, room.sitting_id).collected_at = clock.now()
    session.commit()
    said = printed(session, room, issue(session, room, "room_minutes", room.sitting_id))
    assert "Trả lời 4 câu trong lúc tạm dừng (mất mạng)" in said
    assert f"Lưu trong phút đầu khi có mạng lại: {silent.number}: 2 câu." in said


def test_what_is_accepted_from_a_file_is_not_told_as_saved_by_the_computer(
    session: Session, room: Room, settings: Settings
) -> None:
    silent, officer = room.seats[0], room.world.officer
    moment = clock.now() - timedelta(minutes=5)
    set_attempt(session, silent, last_seen_at=moment, started_at=moment)
    clocks.pause_sitting(session, officer, room.sitting_id, data=WHY)
    clocks.resume_sitting(session, officer, room.sitting_id, data=WHY)
    set_attempt(session, silent, starts_at=moment)
    journal = Journal(AttemptKeys(settings.signing_secret()), silent.attempt_id, moment)
    journal.enter(1, {"choice": "a"})
    receive_file(session, officer, silent.attempt_id, journal.file(silent.number), keys=journal.keys)
    assert set(stored(session, silent)) == {1}
    session.get_one(Sitting, room.sitting_id).collected_at = clock.now()
    session.commit()
    said = printed(session, room, issue(session, room, "room_minutes", room.sitting_id))
    assert "Lưu trong phút đầu khi có mạng lại: không có." in said


def saved_after(session: Session, seat: Seat, at: datetime, *, slots: tuple[int, ...]) -> None:
    for slot in slots:
        session.connection().exec_driver_sql(
            "INSERT INTO response_history (attempt_id, slot, sequence, response, is_flagged, saved_at) "
            "VALUES (%s, %s, 1, NULL, false, %s)",
            (seat.attempt_id, slot, at),
        )


def test_what_could_not_be_sent_comes_with_the_answer_file(session: Session, room: Room) -> None:
    signals = [
        {"number": 1, "kind": "typed_in_pause", "at_ms": 0, "lasted_ms": 5000, "value": 2},
        {"number": 2, "kind": "not_kept", "at_ms": 0, "value": 1},
        {"number": 3, "kind": "copied", "at_ms": 0},
    ]
    carried = CarriedSignals.model_validate({"page": "page", "signals": signals})
    seat = room.seats[0]
    for _ in range(2):
        keep_carried(session, attempt_of(session, seat), carried)
    row = rows(session, room)[seat.number]
    assert (row.signals.typed_in_pause, row.signals.copied) == (2, 0), "this exam does not watch attention"
    assert row.signs == (Trouble.MACHINE, Trouble.TYPED_IN_PAUSE)


def test_trouble_is_forgotten_with_attention_and_what_the_council_needs_is_not(
    session: Session, room: Room
) -> None:
    for kind in (
        SignalKind.BATTERY,
        SignalKind.WINDOW_BAD,
        SignalKind.TYPED_IN_PAUSE,
        SignalKind.CUT_OFF_IN_PAUSE,
    ):
        tell(session, room.seats[0], kind, 1, ago=timedelta(days=31))
    assert delete_old_signals(session, keep_days=30) == 2
    assert set(session.scalars(select(AttemptSignal.kind))) == {"typed_in_pause", "cut_off_in_pause"}


def test_the_candidate_is_told_what_is_recorded_and_when_the_clock_stood_still(
    session: Session, room: Room, settings: Settings, browser: TestClient
) -> None:
    seat, other = room.seats[:2]
    officer = room.world.officer
    begun = clocks.pause_sitting(session, officer, room.sitting_id, data=WHY)
    clocks.resume_sitting(session, officer, room.sitting_id, data=WHY)
    clocks.pause_attempt(session, officer, seat.attempt_id, data=WHY)
    session.commit()
    assert begun == 4
    sign_in(browser, seat)
    current = browser.get("/api/attempts/current").json()
    rules = " ".join(current["rules"]["vi"])
    assert "máy bị pin yếu, lệch đồng hồ, không giữ được câu trả lời" in rules
    assert f"xóa sau {settings.signals_keep_days} ngày" in rules
    assert "số câu Ông/Bà trả lời trong lúc đó" in rules
    first, second = current["sitting"]["pauses"]
    assert first["begin_ms"] <= first["end_ms"] <= second["begin_ms"]
    assert second["end_ms"] is None
    sign_in(browser, other)
    assert len(browser.get("/api/attempts/current").json()["sitting"]["pauses"]) == 1, "not another's pause"
