"""Answers that come after the end or as a file: what is taken, what is refused and why, and when it counts."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.attempts.answer_files import LARGEST_FILE, receive_file
from exam_service.attempts.evidence_limits import LIMITS, Limit
from exam_service.attempts.evidence_models import AnswerDelivery, DeliveredResponse, EvidenceKind
from exam_service.attempts.handing_in import collect_due_attempts
from exam_service.attempts.keys import AttemptKeys
from exam_service.attempts.models import Response, ResponseHistory
from exam_service.attempts.room_models import AttemptSignal
from exam_service.attempts.signals import MOST_SIGNALS
from exam_service.audit import AuditRow
from exam_service.documents.kinds.room_minutes import _decided
from exam_service.invigilation.handover import deliveries_of
from exam_service.invigilation.models import DecisionKind, RoomDecision
from exam_service.periods.models import Period, PeriodState
from exam_service.settings import Settings
from tests.fixtures.attempts import (
    Player,
    Room,
    attempt_of,
    history,
    make_room,
    move_sitting,
    name_invigilator,
    set_attempt,
    stored,
)
from tests.fixtures.auth import SignedIn, SignIn
from tests.fixtures.journals import Journal

LONG_AGO = timedelta(minutes=62)


@pytest.fixture
def room(session: Session, settings: Settings) -> Room:
    return make_room(session, settings)


@pytest.fixture
def player(browser: TestClient, room: Room, settings: Settings) -> Player:
    player = Player(browser, room.seats[0], settings)
    assert player.start().status_code == 200
    return player


@pytest.fixture
def journal(session: Session, room: Room, settings: Settings, player: Player) -> Journal:
    """Two answers of the first candidate, entered now."""
    now: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    journal = Journal(AttemptKeys(settings.signing_secret()), room.seats[0].attempt_id, now)
    journal.enter(1, {"choice": "a"})
    journal.enter(2, {"text": "ộ “trả lời”"})
    return journal


def end(session: Session, room: Room, *, ago: timedelta = LONG_AGO - timedelta(minutes=60)) -> None:
    """The sitting has been over since `ago` and is collected; what was entered now was entered in time."""
    now = session.execute(select(func.clock_timestamp())).scalar_one()
    move_sitting(session, room, started_ago=timedelta(minutes=60) + ago)
    collect_due_attempts(session)
    session.commit()
    assert attempt_of(session, room.seats[0]).submitted_at >= now


def in_time(journal: Journal, session: Session, room: Room) -> None:
    """Date the entries anew, within the sitting as it lies after `end`."""
    answers = [(answer["slot"], json.loads(answer["text"])) for answer in journal.answers.values()]
    journal.entries.clear()
    moment = attempt_of(session, room.seats[0]).deadline_at - timedelta(minutes=5)
    for slot, response in answers:
        journal.enter(slot, response, at=moment)


def save_early(session: Session, room: Room) -> None:
    """The first answer of the first candidate was saved long ago, with another choice."""
    kept = {"attempt_id": room.seats[0].attempt_id, "slot": 1, "sequence": 1, "response": {"choice": "b"}}
    saved_at = attempt_of(session, room.seats[0]).starts_at - timedelta(minutes=90)
    for table in (Response, ResponseHistory):
        session.add(table(**kept, is_flagged=False, saved_at=saved_at))
    session.commit()


def deliver(player: Player, content: bytes) -> Any:
    return player.client.post(player.url("late"), content=content, headers=player.headers)


def test_late_answers_are_recorded_count_only_once_accepted_and_leave_their_trace(
    session: Session, room: Room, player: Player, journal: Journal, signed_in: SignIn
) -> None:
    seat = room.seats[0]
    save_early(session, room)
    end(session, room)
    in_time(journal, session, room)
    assert deliver(player, journal.carried()).json()["slots"] == [1, 2]
    assert deliver(player, journal.carried()).json()["slots"] == [1, 2], "sent again after a lost answer"
    assert stored(session, seat) == {1: (1, {"choice": "b"})}
    delivery = session.scalars(select(AnswerDelivery)).one()
    assert delivery.content == journal.carried()
    page = f"/rooms/{room.sitting_id}/deliveries"
    officer = signed_in(roles={Role.OFFICER})
    assert "“trả lời”" in officer.get(page).text
    assert (
        officer.post(f"{page}/{delivery.id}", data={"verdict": "accepted", "reason": ""}).status_code == 422
    )
    form = {"verdict": "accepted", "reason": "Mất mạng cả phòng"}
    assert officer.post(f"{page}/{delivery.id}", data=form).status_code == 303
    assert officer.post(f"{page}/{delivery.id}", data=form).status_code == 409
    now_stored = stored(session, seat)
    assert {slot: response for slot, (_, response) in now_stored.items()} == {
        1: {"choice": "a"},
        2: {"text": "ộ “trả lời”"},
    }
    assert [slot for slot, _, _ in history(session, seat)] == [1, 1, 2]
    actions = session.scalars(select(AuditRow.action)).all()
    assert {"attempt.deliver_late", "delivery.accepted"} <= set(actions)
    assert "Mất mạng cả phòng" in officer.get(page).text


def test_refused_answers_stay_evidence_and_change_nothing(
    session: Session, room: Room, player: Player, journal: Journal, signed_in: SignIn
) -> None:
    end(session, room)
    in_time(journal, session, room)
    deliver(player, journal.carried())
    delivery = session.scalars(select(AnswerDelivery)).one()
    form = {"verdict": "refused", "reason": "Không có sự cố nào được ghi nhận"}
    address = f"/rooms/{room.sitting_id}/deliveries/{delivery.id}"
    assert signed_in(roles={Role.INVIGILATOR}).post(address, data=form).status_code == 403
    assert signed_in(roles={Role.OFFICER}).post(address, data=form).status_code == 303
    assert stored(session, room.seats[0]) == {}
    verdicts = session.scalars(select(DeliveredResponse.verdict).execution_options(populate_existing=True))
    assert set(verdicts) == {"refused"}


def test_a_late_delivery_is_refused_with_the_reason(
    session: Session, room: Room, player: Player, journal: Journal
) -> None:
    def code(content: bytes) -> str:
        return str(deliver(player, content).json()["code"])

    assert code(journal.carried()) == "not_over"
    end(session, room)
    assert code(journal.carried()) == "nothing_proven", "entered after the end"
    in_time(journal, session, room)
    edited = [dict(journal.entries[0]), journal.entries[1]]
    edited[0]["body"] = edited[0]["body"].replace('"slot":1', '"slot":3')
    assert code(journal.carried(chain=edited)) == "broken_chain"
    assert code(journal.carried(chain=journal.entries[::-1])) == "broken_chain"
    assert code(journal.carried(chain=journal.entries[:1])) == "invalid", "an answer without its entry"
    other = {**journal.answers[1], "text": '{"choice":"c"}'}
    assert code(journal.carried(answers=[other])) == "invalid", "an answer that is not the entry's"
    assert code(journal.carried(answers=[journal.answers[1]] * 2)) == "invalid"
    assert code(journal.carried()[:-9]) == "invalid"
    assert code(b"x" * 300_000) == "body_too_large"
    foreign = Journal(journal.keys, room.seats[1].attempt_id, journal.now)
    foreign.enter(1, {"choice": "a"})
    assert code(foreign.carried()) == "broken_chain"
    move_sitting_back(session, room, timedelta(minutes=11))
    assert code(journal.carried()) == "grace_over"
    assert session.scalar(select(func.count()).select_from(AnswerDelivery)) == 0


def move_sitting_back(session: Session, room: Room, by: timedelta) -> None:
    """The deadline was longer ago; an attempt that was handed in can be changed only past its trigger."""
    session.connection().exec_driver_sql("ALTER TABLE attempt DISABLE TRIGGER attempt_handed_in")
    attempt = attempt_of(session, room.seats[0])
    values = {name: getattr(attempt, name) - by for name in ("starts_at", "deadline_at", "submitted_at")}
    set_attempt(session, room.seats[0], **values)
    session.connection().exec_driver_sql("ALTER TABLE attempt ENABLE TRIGGER attempt_handed_in")


def test_the_order_of_the_journal_tells_that_an_answer_is_newer_than_a_save_that_came_slowly(
    session: Session, room: Room, player: Player, journal: Journal
) -> None:
    seat = room.seats[0]
    end(session, room)
    ends_at = attempt_of(session, seat).deadline_at
    stored_at = ends_at - timedelta(seconds=3)
    values = {"attempt_id": seat.attempt_id, "slot": 1, "sequence": 1024, "response": {"choice": "b"}}
    for table in (Response, ResponseHistory):
        session.add(table(**values, is_flagged=False, saved_at=stored_at))
    session.commit()
    journal.entries.clear()
    journal.answers.clear()
    journal.enter(1, {"choice": "b"}, at=ends_at - timedelta(seconds=8), sequence=1024)
    journal.enter(1, {"choice": "a"}, at=ends_at - timedelta(seconds=6), sequence=2048)
    assert deliver(player, journal.carried()).json()["slots"] == [1]
    foreign = Journal(journal.keys, seat.attempt_id, journal.now)
    foreign.enter(1, {"choice": "c"}, at=ends_at - timedelta(seconds=8), sequence=512)
    foreign.enter(1, {"choice": "d"}, at=ends_at - timedelta(seconds=6), sequence=1536)
    answer = deliver(player, foreign.carried()).json()
    assert answer["slots"] == [], "what is stored came from another page, and later"


def test_whoever_delivers_is_told_what_was_entered_after_the_end(
    session: Session, room: Room, player: Player, journal: Journal
) -> None:
    end(session, room)
    ends_at = attempt_of(session, room.seats[0]).deadline_at
    journal.entries.clear()
    journal.enter(1, {"choice": "a"}, at=ends_at - timedelta(minutes=5))
    journal.enter(2, {"text": "muộn"}, at=ends_at + timedelta(seconds=5))
    for _again in range(2):
        answer = deliver(player, journal.carried()).json()
        assert (answer["slots"], answer["late"]) == ([1], [2])


def test_the_grace_counts_from_the_hand_in_where_the_room_ended_a_pause(
    session: Session, room: Room, player: Player, journal: Journal
) -> None:
    seat = room.seats[0]
    end(session, room)
    in_time(journal, session, room)
    now = attempt_of(session, seat).submitted_at
    session.connection().exec_driver_sql("ALTER TABLE attempt DISABLE TRIGGER attempt_handed_in")
    set_attempt(session, seat, deadline_at=now - timedelta(minutes=20))
    session.connection().exec_driver_sql("ALTER TABLE attempt ENABLE TRIGGER attempt_handed_in")
    journal.entries.clear()
    for slot, response in ((1, {"choice": "a"}), (2, {"text": "đúng giờ"})):
        journal.enter(slot, response, at=now - timedelta(minutes=25))
    assert deliver(player, journal.carried()).status_code == 200


def test_late_deliveries_beyond_the_limit_are_refused_and_counted(
    session: Session,
    room: Room,
    player: Player,
    journal: Journal,
    staff: SignedIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    end(session, room)
    in_time(journal, session, room)
    monkeypatch.setitem(LIMITS, EvidenceKind.LATE, Limit(1, 4 * 2**20))
    assert deliver(player, journal.carried(answers=[journal.answers[1], "x"])).status_code == 422, "garbage"
    assert deliver(player, journal.carried()).status_code == 200
    for _again in range(2):
        refused = deliver(player, journal.carried(answers=[journal.answers[1]]))
        assert (refused.status_code, refused.json()["code"]) == (409, "deliveries_full")
    assert deliver(player, journal.carried()).status_code == 200, "sent again after a lost answer"
    assert session.scalar(select(func.count()).select_from(AnswerDelivery)) == 1
    page = staff.get(f"/rooms/{room.sitting_id}/attempts/{room.seats[0].attempt_id}/pin").text
    assert "Thêm 2 lần gửi sau giờ thu bài" in page


def test_nobody_delivers_to_a_foreign_attempt_or_after_handing_in(
    session: Session, room: Room, player: Player, journal: Journal
) -> None:
    other = room.seats[1].attempt_id
    answer = player.client.post(
        f"/api/attempts/{other}/late", content=journal.carried(), headers=player.headers
    )
    assert answer.status_code == 404
    assert player.client.post(player.url("late"), content=journal.carried()).status_code == 401
    player.submit()
    assert deliver(player, journal.carried()).json()["code"] == "already_submitted"


@pytest.fixture
def staff(signed_in: SignIn, journal: Journal, room: Room, session: Session) -> SignedIn:
    staff = signed_in(roles={Role.INVIGILATOR})
    name_invigilator(session, room, staff.account.id)
    return staff


def upload(staff: SignedIn, room: Room, data: bytes, *, seat: int = 0) -> Any:
    address = f"/rooms/{room.sitting_id}/attempts/{room.seats[seat].attempt_id}/file"
    return staff.post(address, files={"file": ("bai-lam.sathach", data)})


def confirm(staff: SignedIn, room: Room, page: str) -> Any:
    spelled = page.split('name="data" value="')[1].split('"', maxsplit=1)[0]
    address = f"/rooms/{room.sitting_id}/attempts/{room.seats[0].attempt_id}/file/confirm"
    return staff.post(address, data={"data": spelled})


def test_a_file_is_shown_before_it_is_taken_and_stored_at_once_while_the_test_runs(
    session: Session, room: Room, staff: SignedIn, journal: Journal
) -> None:
    seat = room.seats[0]
    save_early(session, room)
    data = journal.file(seat.number)
    shown = upload(staff, room, data)
    assert shown.status_code == 200
    assert "“trả lời”" in shown.text
    assert stored(session, seat) == {1: (1, {"choice": "b"})}
    taken = confirm(staff, room, shown.text)
    assert taken.status_code == 303
    assert "tải lại trang trước khi làm tiếp" in staff.get(taken.headers["location"]).text
    assert stored(session, seat)[2][1] == {"text": "ộ “trả lời”"}
    assert session.scalars(select(AnswerDelivery)).one().content == data
    again = upload(staff, room, data)
    assert (again.status_code, "đã được nhận lúc" in again.text) == (409, True)
    assert "đã được nhận lúc" in upload(staff, room, data + b"\n ").text


def test_what_was_entered_in_a_pause_waits_for_the_council_and_is_told_so(
    session: Session, room: Room, staff: SignedIn, journal: Journal, signed_in: SignIn
) -> None:
    move_sitting(session, room, started_ago=timedelta(minutes=30))
    now = session.execute(select(func.clock_timestamp())).scalar_one()
    for minutes_ago, kind in ((20, DecisionKind.PAUSE), (10, DecisionKind.RESUME)):
        decision = RoomDecision(
            sitting_id=room.sitting_id, kind=kind.value, minutes=0, reason="Mất điện", detail={}
        )
        decision.decided_by, decision.decided_by_name = room.world.officer.id, "Officer"
        decision.at = now - timedelta(minutes=minutes_ago)
        session.add(decision)
    session.commit()
    journal.entries.clear()
    for slot, ago in ((1, 25), (2, 15), (3, 5)):
        journal.enter(slot, {"choice": "a"}, at=now - timedelta(minutes=ago))
    shown = upload(staff, room, journal.file(room.seats[0].number))
    assert shown.text.count('<span class="hint">khi đồng hồ đang dừng') == 1
    assert "được lưu ngay vào bài làm, trừ câu 2 chờ hội đồng quyết định" in shown.text
    answer = confirm(staff, room, shown.text)
    assert answer.headers["location"] == f"/rooms/{room.sitting_id}/deliveries"
    assert sorted(stored(session, room.seats[0])) == [1, 3], (
        "the time of the pause is given back, not given twice"
    )
    page = signed_in(roles={Role.OFFICER}).get(f"/rooms/{room.sitting_id}/deliveries").text
    assert page.count("khi đồng hồ đang dừng") == 1
    (line,) = deliveries_of(session, room.sitting_id)
    assert _decided(line) == "câu 1: chấp nhận; câu 2 (nhập khi tạm dừng): chờ quyết định; câu 3: chấp nhận"


def test_a_file_that_comes_after_the_end_waits_for_the_council(
    session: Session, room: Room, staff: SignedIn, journal: Journal
) -> None:
    end(session, room, ago=timedelta(days=1))
    in_time(journal, session, room)
    shown = upload(staff, room, journal.file(room.seats[0].number))
    answer = confirm(staff, room, shown.text)
    assert answer.headers["location"] == f"/rooms/{room.sitting_id}/deliveries"
    assert stored(session, room.seats[0]) == {}
    session.get_one(Period, room.period_id).state = PeriodState.CLOSED.value
    session.commit()
    session.get_one(Period, room.period_id).state = PeriodState.MARKED.value
    session.commit()
    delivery = session.scalars(select(AnswerDelivery)).one()
    form = {"verdict": "accepted", "reason": "Mất mạng cả phòng"}
    address = f"/rooms/{room.sitting_id}/deliveries/{delivery.id}"
    assert staff.post(address, data=form).status_code == 403


@pytest.mark.parametrize("watches_focus", [True, False])
def test_a_file_brings_the_signals_that_had_not_been_sent_where_the_exam_asks_for_them(
    session: Session, settings: Settings, browser: TestClient, watches_focus: bool
) -> None:
    room = make_room(session, settings, exam_rules={"watches_focus": watches_focus})
    seat, keys = room.seats[0], AttemptKeys(settings.signing_secret())
    assert Player(browser, seat, settings).start().status_code == 200
    end(session, room, ago=timedelta(days=1))
    now = attempt_of(session, seat).deadline_at
    journal = Journal(keys, seat.attempt_id, now - timedelta(minutes=5))
    journal.enter(1, {"choice": "a"})
    away = {"number": 7, "kind": "focus_lost", "at_ms": round(journal.now.timestamp() * 1000), "lasted_ms": 9}
    content = {**json.loads(journal.carried()), "signals": {"page": "of-the-journal", "signals": [away]}}
    data = journal.file(seat.number, content=json.dumps(content).encode())
    receive_file(session, room.world.officer, seat.attempt_id, data, keys=keys)
    kept = session.scalars(select(AttemptSignal)).all()
    expected = [("of-the-journal", 7, "focus_lost", 9)] if watches_focus else []
    assert [(one.page, one.number, one.kind, one.lasted_ms) for one in kept] == expected


@pytest.mark.parametrize(
    ("carried", "kept"),
    [
        ({"page": "p", "signals": [{"kind": "taken_over"}, {}]}, 1),
        ({"page": "p", "signals": [{"kind": "battery", "value": 101}, {"number": "x"}, {}]}, 1),
        ({"page": "p", "signals": [{} for _ in range(MOST_SIGNALS + 1)]}, MOST_SIGNALS),
        ({"page": "p", "signals": [{"kind": "taken_over"}]}, 0),
        ({"page": "x\x00", "signals": [{}]}, 0),
        ({"page": "p", "signals": "many"}, 0),
        ("nothing that can be read", 0),
    ],
)
def test_answers_of_a_file_are_taken_whatever_is_wrong_with_the_signals_beside_them(
    session: Session, settings: Settings, browser: TestClient, carried: Any, kept: int
) -> None:
    room = make_room(session, settings, exam_rules={"watches_focus": True})
    seat, keys = room.seats[0], AttemptKeys(settings.signing_secret())
    assert Player(browser, seat, settings).start().status_code == 200
    journal = Journal(keys, seat.attempt_id, attempt_of(session, seat).starts_at)
    journal.enter(1, {"choice": "a"})
    if isinstance(carried, dict) and isinstance(carried["signals"], list):
        usual = {"kind": "copied", "at_ms": round(journal.now.timestamp() * 1000)}
        numbered = [{"number": n, **usual, **one} for n, one in enumerate(carried["signals"], start=1)]
        carried = {**carried, "signals": numbered}
    content = {**json.loads(journal.carried()), "signals": carried}
    data = journal.file(seat.number, content=json.dumps(content).encode())
    receive_file(session, room.world.officer, seat.attempt_id, data, keys=keys)
    assert stored(session, seat) == {1: (1, {"choice": "a"})}
    assert session.scalar(select(func.count()).select_from(AttemptSignal)) == kept


def test_a_file_with_anything_wrong_is_refused_with_the_reason(
    session: Session, room: Room, staff: SignedIn, journal: Journal
) -> None:
    number, other = room.seats[0].number, room.seats[1]
    good = journal.file(number)
    cut = json.loads(good)
    cut["box"] = cut["box"][:-8]
    foreign = Journal(journal.keys, other.attempt_id, journal.now)
    foreign.enter(1, {"choice": "a"})
    reordered = journal.carried(chain=journal.entries[::-1])
    for data, sentence in (
        (good[:-20], "tệp bị cụt"),
        (json.dumps(cut).encode(), "đã bị sửa"),
        (b"%PDF-1.7", "không phải tệp bài làm"),
        (good.replace(b'"made_at": "1', b'"made_at": "2'), "đã bị sửa"),
        (journal.file(number, candidate=other.number), "đã bị sửa"),
        (foreign.file(other.number), f"số báo danh {other.number}"),
        (foreign.file(number, attempt=str(journal.attempt_id)), "đã bị sửa"),
        (journal.file(other.number), "đã bị sửa"),
        (journal.file(number, content=reordered), "không nguyên vẹn"),
        (b"x" * (LARGEST_FILE + 1), "lớn hơn mức cho phép"),
    ):
        answer = upload(staff, room, data)
        assert answer.status_code in (413, 422), sentence
        assert sentence in answer.text
    assert session.scalar(select(func.count()).select_from(AnswerDelivery)) == 0


@pytest.mark.parametrize("path", ["deliveries", "attempts/{attempt}/pin", "attempts/{attempt}/file"])
def test_a_stranger_opens_no_page_about_machines(signed_in: SignIn, room: Room, path: str) -> None:
    address = f"/rooms/{room.sitting_id}/" + path.format(attempt=room.seats[0].attempt_id)
    author = signed_in(roles={Role.AUTHOR})
    assert author.get(address).status_code == 403
    assert author.post(f"{address}/confirm" if "file" in path else address).status_code in (403, 405)
