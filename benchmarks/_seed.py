"""Attempts to measure on: rows as sealing leaves them, made in bulk."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update
from uuid_utils.compat import uuid7

from exam_service.attempts.codes import CodeHasher
from exam_service.attempts.models import Attempt, AttemptState
from exam_service.attempts.opening import draw_opening_delay
from exam_service.db import Database
from exam_service.people.models import Person, Position, Unit
from exam_service.periods.models import (
    Candidate,
    Exam,
    Period,
    PeriodState,
    SealedForm,
    Sitting,
    StoredBlueprint,
)

SLOTS = 60
CODE = "K7MQ2XWP"
"""The login code of every candidate; only with the number it opens a test."""

STEM = (
    "Công chức tiếp nhận hồ sơ đề nghị chứng thực bản sao từ bản chính vào buổi chiều, sau khi đã hết giờ trả kết quả "
    "trong ngày. Cách xử lý nào dưới đây đúng quy định về thời hạn giải quyết và về phiếu hẹn trả kết quả?"
)
OPTIONS = (
    "Tiếp nhận, ghi phiếu hẹn và trả kết quả trong ngày làm việc tiếp theo",
    "Từ chối tiếp nhận và hướng dẫn người dân quay lại vào buổi sáng hôm sau",
    "Tiếp nhận, không cần ghi phiếu hẹn vì việc sẽ làm xong trong ngày",
    "Chuyển hồ sơ cho bộ phận khác giải quyết theo thẩm quyền",
)


@dataclass(frozen=True)
class Place:
    """A candidate ready to be measured."""

    attempt_id: UUID
    candidate_id: UUID
    number: str = ""


def paper() -> dict[str, Any]:
    """A paper of the usual size: 60 questions of four options."""
    options = [{"id": f"o{place}", "text": text} for place, text in enumerate(OPTIONS)]
    slots = [
        {
            "slot": slot,
            "points": "1",
            "view": {"type": "single_choice", "stem": f"Câu {slot}. {STEM}", "options": options},
        }
        for slot in range(1, SLOTS + 1)
    ]
    return {"sections": [{"title": "Chuyên môn", "slots": slots}]}


def make_places(
    database: Database, count: int, *, state: AttemptState, hasher: CodeHasher | None = None
) -> list[Place]:
    """`count` attempts in a sitting that began a minute ago and lasts an hour; with `hasher` they can sign in."""
    at = datetime.now(UTC)
    starts_at = at - timedelta(minutes=1)
    ids = {name: uuid7() for name in ("unit", "position", "blueprint", "period", "exam", "sitting")}
    with database.transaction() as session:
        _make_frame(session, count, ids=ids, at=at, starts_at=starts_at)
        return _make_attempts(session, count, ids=ids, state=state, starts_at=starts_at, hasher=hasher)


def begin_in(database: Database, seconds: float, *, places: list[Place]) -> None:
    """The attempts wait for their start: `seconds` from now, each with the delay that sealing draws for it."""
    begins_at = datetime.now(UTC) + timedelta(seconds=seconds)
    rows = []
    for place in places:
        delay = draw_opening_delay(len(places))
        starts_at = begins_at + delay
        times = {
            "late_until": starts_at + timedelta(minutes=30),
            "deadline_at": starts_at + timedelta(minutes=60),
        }
        delay_ms = delay // timedelta(milliseconds=1)
        rows.append({"id": place.attempt_id, "opening_delay_ms": delay_ms, "starts_at": starts_at, **times})
    with database.transaction() as session:
        session.execute(update(Sitting).values(starts_at=begins_at))
        session.execute(update(Attempt), rows)


def _make_frame(session: Any, count: int, *, ids: dict[str, UUID], at: datetime, starts_at: datetime) -> None:
    """Everything that an attempt hangs on, each row before those that refer to it."""
    unit = {"code": "U", "type": "ward", "name": "U", "sort_key": "u"}
    position = {"code": "P", "title": "P", "regime": "job_position", "group": "professional"}
    blueprint = {"code": "B", "version": 1, "name": "B", "body": {}, "body_hash": "", "created_at": at}
    period = {"code": "K", "name": "K", "reference_date": date(2026, 1, 1), "created_at": at}
    limits = {"duration_min": 60, "late_limit_min": 30, "unseen_periods": 0, "cut_percent": Decimal(50)}
    exam = {"code": "E", "title": "E", "bank_ids": [], "bands": [], **limits}
    sitting = {"name": "Ca 1", "room": "1", "capacity": count, "duration_min": 60, "starts_at": starts_at}
    session.execute(insert(Unit), {"id": ids["unit"], **unit})
    session.execute(insert(Position), {"id": ids["position"], **position})
    session.execute(insert(StoredBlueprint), {"id": ids["blueprint"], **blueprint})
    session.execute(insert(Period), {"id": ids["period"], "state": PeriodState.OPEN.value, **period})
    references = {"period_id": ids["period"], "blueprint_id": ids["blueprint"]}
    session.execute(insert(Exam), {"id": ids["exam"], **references, **exam})
    session.execute(insert(Sitting), {"id": ids["sitting"], "exam_id": ids["exam"], **sitting})


def _make_attempts(
    session: Any,
    count: int,
    *,
    ids: dict[str, UUID],
    state: AttemptState,
    starts_at: datetime,
    hasher: CodeHasher | None,
) -> list[Place]:
    rows: dict[type[Any], list[dict[str, Any]]] = {Person: [], Candidate: [], SealedForm: [], Attempt: []}
    body, places = paper(), []
    for number in range(count):
        person_id, candidate_id, form_id, attempt_id = uuid7(), uuid7(), uuid7(), uuid7()
        text = f"{number:05d}"
        names = {"family_names": "Nguyễn Văn", "given_name": text, "sort_key": text, "search_text": text}
        rows[Person].append({"id": person_id, "staff_code": text, "updated_at": starts_at, **names})
        code = (
            {}
            if hasher is None
            else {"code_hash": hasher.hash(candidate_id, CODE), "code_issued_at": starts_at}
        )
        rows[Candidate].append({"id": candidate_id, "person_id": person_id, **_candidate(text, ids), **code})
        form = {"body": {}, "paper": body, "form_hash": text, "sealed_at": starts_at}
        rows[SealedForm].append({"id": form_id, "candidate_id": candidate_id, **form})
        owner = {"candidate_id": candidate_id, "form_id": form_id, "sitting_id": ids["sitting"]}
        times = {
            "starts_at": starts_at,
            "late_until": starts_at + timedelta(minutes=30),
            "deadline_at": starts_at + timedelta(minutes=60),
        }
        rows[Attempt].append({"id": attempt_id, "state": state.value, "slot_count": SLOTS, **owner, **times})
        places.append(Place(attempt_id, candidate_id, text))
    for table, values in rows.items():
        session.execute(insert(table), values)
    return places


def _candidate(number: str, ids: dict[str, UUID]) -> dict[str, Any]:
    names = {"full_name": f"Nguyễn Văn {number}", "sort_key": number, "unit_name": "U", "position_title": "P"}
    references = {f"{name}_id": ids[name] for name in ("period", "exam", "unit", "position", "sitting")}
    return {"number": number, **names, **references}
