"""What any answer must look like before it may be stored; what it means is judged when it is scored."""

import math

from pydantic import JsonValue

from exam_service.errors import Refusal

DEEPEST = 8
MOST_MEMBERS = 1000
LARGEST_INTEGER = 2**63 - 1
LARGEST_SEQUENCE = 2**30
"""Half of what the column holds: an answer accepted by decision is always numbered above the one that stood."""


class MalformedSave(Refusal):
    """Not the documented shape. What an answer means is judged when it is scored, not here."""

    code = "invalid"
    status = 422
    message = "Câu trả lời gửi lên không đúng dạng."


def check_shape(response: dict[str, JsonValue]) -> None:
    """Refuse nesting, member counts and characters that PostgreSQL cannot store. Raises MalformedSave."""
    level: list[JsonValue] = [response]
    members = 0
    for _depth in range(DEEPEST):
        deeper: list[JsonValue] = []
        for value in level:
            if isinstance(value, dict):
                if any("\0" in key for key in value):
                    raise MalformedSave
                deeper.extend(value.values())
            elif isinstance(value, list):
                deeper.extend(value)
            elif not _is_storable(value):
                raise MalformedSave
        members += len(deeper)
        if not deeper:
            return
        if members > MOST_MEMBERS:
            break
        level = deeper
    raise MalformedSave


def _is_storable(value: str | bool | float | None) -> bool:
    """JSONB holds no NUL and no infinity, and Python reads back no integer of thousands of digits."""
    match value:
        case str():
            return "\0" not in value
        case int():
            return abs(value) <= LARGEST_INTEGER
        case float():
            return math.isfinite(value)
        case _:
            return True
