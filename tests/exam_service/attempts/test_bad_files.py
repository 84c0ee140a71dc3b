"""Files made by somebody who has the keys and knows the format: every one has a defined answer."""

import base64
from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.attempts.answer_files import LARGEST_CONTENT
from exam_service.attempts.answer_shape import LARGEST_SEQUENCE
from exam_service.attempts.evidence_models import AnswerDelivery
from exam_service.attempts.keys import AttemptKeys
from exam_service.attempts.models import Response, ResponseHistory
from exam_service.settings import Settings
from tests.fixtures.attempts import Player, Room, make_room, stored
from tests.fixtures.auth import SignIn
from tests.fixtures.journals import Journal


@pytest.fixture
def room(session: Session, settings: Settings) -> Room:
    return make_room(session, settings)


@pytest.fixture
def journal(session: Session, room: Room, settings: Settings, browser: TestClient) -> Journal:
    """Of the first candidate, who has started and entered one answer."""
    assert Player(browser, room.seats[0], settings).start().status_code == 200
    now: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    written = Journal(AttemptKeys(settings.signing_secret()), room.seats[0].attempt_id, now)
    written.enter(1, {"choice": "a"})
    return written


def test_a_file_that_only_looks_like_one_is_refused_with_a_sentence(
    session: Session, room: Room, journal: Journal, signed_in: SignIn
) -> None:
    number = room.seats[0].number
    dateless = Journal(journal.keys, journal.attempt_id, journal.now)
    dateless.enter(1, {"choice": "a"}, at_ms=2**53)
    staff = signed_in(roles={Role.OFFICER})
    address = f"/rooms/{room.sitting_id}/attempts/{room.seats[0].attempt_id}/file"
    for data, sentence in (
        (journal.file(number, box="ộ" * 40), "không phải tệp bài làm"),
        (journal.file(number, box="AAAAA"), "không phải tệp bài làm"),
        (journal.file(number, box="AAAA"), "đã bị sửa"),
        (journal.file(number).replace(b'"candidate"', b'"candidate\\ud800"'), "không phải tệp bài làm"),
        (b'{"format": ' + b"[" * 100_000, "không phải tệp bài làm"),
        (b"\xff\xfe" * 50, "không phải tệp bài làm"),
        (b"", "không phải tệp bài làm"),
        (journal.file(number, content=b" " * (LARGEST_CONTENT + 1)), "lớn hơn mức cho phép"),
        (journal.file(number, content=b"[" * 100_000), "không đúng dạng"),
        (dateless.file(number), "không nguyên vẹn"),
    ):
        for path, answer in (
            ("shown", staff.post(address, files={"file": ("bai-lam.sathach", data)})),
            ("confirmed", staff.post(f"{address}/confirm", data={"data": base64.b64encode(data).decode()})),
        ):
            assert answer.status_code in (413, 422), (path, data[:40])
            assert sentence in answer.text
    assert session.scalars(select(AnswerDelivery)).all() == []


def test_an_answer_of_the_highest_number_can_still_be_followed_by_a_decision(
    session: Session, room: Room, journal: Journal, signed_in: SignIn
) -> None:
    seat = room.seats[0]
    kept = {
        "attempt_id": seat.attempt_id,
        "slot": 1,
        "sequence": LARGEST_SEQUENCE,
        "response": {"choice": "b"},
    }
    for table in (Response, ResponseHistory):
        session.add(table(**kept, is_flagged=False, saved_at=journal.now - timedelta(minutes=5)))
    session.commit()
    staff = signed_in(roles={Role.OFFICER})
    address = f"/rooms/{room.sitting_id}/attempts/{seat.attempt_id}/file"
    shown = staff.post(address, files={"file": ("bai-lam.sathach", journal.file(seat.number))})
    spelled = shown.text.split('name="data" value="')[1].split('"', maxsplit=1)[0]
    assert staff.post(f"{address}/confirm", data={"data": spelled}).status_code == 303
    assert stored(session, seat) == {1: (LARGEST_SEQUENCE + 1, {"choice": "a"})}
