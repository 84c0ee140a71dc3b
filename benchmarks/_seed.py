"""Attempts to measure on: rows as sealing leaves them, made in bulk."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from uuid_utils.compat import uuid7

from exam_service.attempts.models import Attempt, AttemptState
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


def make_places(database: Database, count: int, *, state: AttemptState) -> list[Place]:
    """`count` attempts in a sitting that began a minute ago and lasts an hour."""
    at = datetime.now(UTC)
    ids = {name: uuid7() for name in ("unit", "position", "blueprint", "period", "exam", "sitting")}
    with database.transaction() as session:
        session.execute(
            insert(Unit), {"id": ids["unit"], "code": "U", "type": "ward", "name": "U", "sort_key": "u"}
        )
        session.execute(
            insert(Position),
            {
                "id": ids["position"],
                "code": "P",
                "title": "P",
                "regime": "job_position",
                "group": "professional",
            },
        )
        blueprint = {"code": "B", "version": 1, "name": "B", "body": {}, "body_hash": "", "created_at": at}
        session.execute(insert(StoredBlueprint), {"id": ids["blueprint"], **blueprint})
        session.add(
            Period(
                id=ids["period"],
                code="K",
                name="K",
                reference_date=date(2026, 1, 1),
                state=PeriodState.OPEN.value,
                created_at=at,
            )
        )
        session.flush()
        session.add(
            Exam(
                id=ids["exam"],
                period_id=ids["period"],
                code="E",
                title="E",
                blueprint_id=ids["blueprint"],
                bank_ids=[],
                duration_min=60,
                late_limit_min=30,
                unseen_periods=0,
                cut_percent=Decimal(50),
                bands=[],
            )
        )
        session.flush()
        sitting = {"name": "Ca 1", "room": "1", "capacity": count, "duration_min": 60}
        starts_at = at - timedelta(minutes=1)
        session.add(Sitting(id=ids["sitting"], exam_id=ids["exam"], starts_at=starts_at, **sitting))
        session.flush()
        return _make_attempts(session, count, ids=ids, state=state, starts_at=starts_at)


def _make_attempts(
    session: Any, count: int, *, ids: dict[str, UUID], state: AttemptState, starts_at: datetime
) -> list[Place]:
    people, candidates, forms, attempts, places = [], [], [], [], []
    body = paper()
    for number in range(count):
        person_id, candidate_id, form_id, attempt_id = uuid7(), uuid7(), uuid7(), uuid7()
        text = f"{number:05d}"
        names = {"family_names": "Nguyễn Văn", "given_name": text, "sort_key": text, "search_text": text}
        people.append({"id": person_id, "staff_code": text, "updated_at": starts_at, **names})
        candidates.append(
            {
                "id": candidate_id,
                "person_id": person_id,
                "number": text,
                "full_name": f"Nguyễn Văn {text}",
                "sort_key": text,
                "unit_name": "U",
                "position_title": "P",
                **{f"{name}_id": ids[name] for name in ("period", "exam", "unit", "position", "sitting")},
            }
        )
        forms.append(
            {
                "id": form_id,
                "candidate_id": candidate_id,
                "body": {},
                "paper": body,
                "form_hash": text,
                "sealed_at": starts_at,
            }
        )
        attempts.append(
            {
                "id": attempt_id,
                "candidate_id": candidate_id,
                "form_id": form_id,
                "sitting_id": ids["sitting"],
                "state": state.value,
                "slot_count": SLOTS,
                "starts_at": starts_at,
                "late_until": starts_at + timedelta(minutes=30),
                "deadline_at": starts_at + timedelta(minutes=60),
            }
        )
        places.append(Place(attempt_id, candidate_id))
    for table, rows in ((Person, people), (Candidate, candidates), (SealedForm, forms), (Attempt, attempts)):
        session.execute(insert(table), rows)
    return places
