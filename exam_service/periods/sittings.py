"""Many sittings at once: the same ca thi in a row of rooms."""

import re
from uuid import UUID

from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.periods.models import Sitting
from exam_service.periods.schemas import SittingInput, SittingsInput
from exam_service.periods.service import save_sitting


def room_names(first: str, count: int) -> list[str]:
    """`count` rooms from `first` on: the number at its end rises ("P09" → "P10"), else one is added."""
    if count == 1:
        return [first]
    found = re.search(r"(\d+)$", first)
    if found is None:
        return [f"{first} {number}" for number in range(1, count + 1)]
    stem, digits = first[: found.start()], found.group()
    return [f"{stem}{int(digits) + place:0{len(digits)}d}" for place in range(count)]


def add_sittings(
    session: Session, actor: Actor, *, period_id: UUID, exam_id: UUID, data: SittingsInput
) -> list[Sitting]:
    """One new sitting in each of the rooms, all or none. Raises what `save_sitting` raises."""
    return [
        save_sitting(
            session,
            actor,
            period_id=period_id,
            exam_id=exam_id,
            data=SittingInput(name=data.name, room=room, capacity=data.capacity, starts_at=data.starts_at),
        )
        for room in room_names(data.room, data.count)
    ]
