"""A room in the middle of its test, for pictures of the console: most work, some are in trouble, some are done.

Places count the candidates by their numbers, from 1. The first ones are left to the pictures of the player.
"""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.invigilation import clocks, messages, records, seats, service
from exam_service.invigilation.models import SeatOrder
from exam_service.invigilation.record_models import IncidentKind, Signature, ViolationLevel
from exam_service.invigilation.schemas import (
    Document,
    IdentityInput,
    IncidentInput,
    MessageInput,
    ReasonInput,
    SeatPlanInput,
    ViolationInput,
)

FIRST = 4
MISSING = (17, 28)
SILENT = 9
UNSAVED = 14
AWAY = 21
DONE = (6, 25)
PAUSED = 11
REPRIMANDED = 19

ROOM = text(
    "SELECT attempt.id FROM attempt JOIN candidate ON candidate.id = candidate_id "
    "WHERE attempt.sitting_id = :sitting_id ORDER BY number"
)
START = text(
    "UPDATE attempt SET state = 'started', started_at = starts_at + interval '9 s', last_seen_at = clock_timestamp() "
    "WHERE id = ANY(:ids) AND state = 'assigned'"
)
ANSWER = text(
    """
    INSERT INTO response (attempt_id, slot, sequence, response, is_flagged, saved_at)
    SELECT id, slot, slot, '{"choice": "a"}', slot % 6 = 5, clock_timestamp() - (place % 5) * interval '7 s'
    FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS seated (id, place),
        generate_series(1, 7 + (place * 5 % 11)) AS slot
    """
)
HEARD = text(
    "UPDATE attempt SET last_seen_at = clock_timestamp() "
    "WHERE sitting_id = :sitting_id AND state = 'started' AND id <> :silent"
)
SILENCE = text("UPDATE response SET saved_at = saved_at - interval '3 min' WHERE attempt_id = :silent")
LOST = text("UPDATE attempt SET last_seen_at = clock_timestamp() - interval '3 min' WHERE id = :silent")
WAITING_TO_SAVE = text("UPDATE attempt SET unsent_count = 3 WHERE id = :id")
LEFT_THE_PAGE = text(
    """
    INSERT INTO attempt_signal (attempt_id, page, number, kind, at, lasted_ms)
    SELECT :id, 'picture', number, 'focus_lost', clock_timestamp() - number * interval '40 s', 5200
    FROM generate_series(1, 2) AS number
    """
)
HAND_IN = text(
    """
    UPDATE attempt SET state = 'submitted', submitted_at = clock_timestamp(), collected_by = 'candidate',
        answered_count = 30
    WHERE id = ANY(:ids)
    """
)


def arrange_room(session: Session, watcher: Actor, sitting_id: UUID) -> None:
    """Seats, and one incident of the whole room."""
    plan = SeatPlanInput(rows=5, columns=6, numbering=SeatOrder.SNAKE)
    seats.arrange_seats(session, watcher, sitting_id, data=plan)
    incident = IncidentInput(
        kind=IncidentKind.POWER,
        description="Mất điện dãy máy phía cửa sổ trong hai phút.",
        handling="Chuyển sang máy phát điện, không ai mất câu trả lời.",
    )
    records.record_incident(session, watcher, sitting_id, data=incident)


def fill_room(session: Session, watcher: Actor, sitting_id: UUID) -> None:
    """Everybody from place FIRST on has come, but MISSING, and works; a few need somebody."""
    room = list(session.scalars(ROOM, {"sitting_id": sitting_id}))
    working = [one for place, one in enumerate(room, 1) if place >= FIRST and place not in MISSING]
    session.execute(START, {"ids": working})
    session.execute(ANSWER, {"ids": working})
    silent = room[SILENT - 1]
    session.execute(SILENCE, {"silent": silent})
    session.execute(LOST, {"silent": silent})
    session.execute(WAITING_TO_SAVE, {"id": room[UNSAVED - 1]})
    session.execute(LEFT_THE_PAGE, {"id": room[AWAY - 1]})
    for one in working:
        service.confirm_identity(session, watcher, one, data=IdentityInput(document=Document.CARD))
    power = ReasonInput(reason="Máy tắt đột ngột, đang đổi sang máy dự phòng.")
    clocks.pause_attempt(session, watcher, room[PAUSED - 1], data=power)
    talk = ViolationInput(
        level=ViolationLevel.REPRIMAND,
        description="Trao đổi với người ngồi bên cạnh sau khi đã được nhắc.",
        signature=Signature.VIOLATOR,
    )
    records.record_violation(session, watcher, room[REPRIMANDED - 1], data=talk)
    quiet = MessageInput(body="Đề nghị giữ trật tự, không trao đổi. Cần giúp, Ông/Bà giơ tay.")
    messages.send_message(session, watcher, sitting_id, data=quiet)
    session.execute(HAND_IN, {"ids": [room[place - 1] for place in DONE]})
    session.expire_all()


def keep_heard(session: Session, sitting_id: UUID) -> None:
    """All who work have just been heard of, but the silent one: pictures take longer than a player keeps quiet."""
    silent = list(session.scalars(ROOM, {"sitting_id": sitting_id}))[SILENT - 1]
    session.execute(HEARD, {"sitting_id": sitting_id, "silent": silent})
