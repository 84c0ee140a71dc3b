"""Lists in pages: numbered pages for people, opaque cursors for programs."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from exam_service.errors import Refusal

T = TypeVar("T")
PAGE_SIZE = 50
LARGEST_PAGE = 200


@dataclass(frozen=True)
class Page(Generic[T]):
    """Rows `first`..`last` (from 1) of `total`."""

    rows: Sequence[T]
    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        return (self.number - 1) * self.size + 1 if self.total else 0

    @property
    def last(self) -> int:
        return min(self.number * self.size, self.total)


def paginate(
    session: Session,
    statement: Select[*tuple[Any, ...]],
    *,
    number: int = 1,
    size: int = PAGE_SIZE,
    total: int | None = None,
) -> Page[Any]:
    """The page `number` (from 1, coerced into range) of an ordered statement; entities come as scalars.

    `total` spares the count of the rows where the caller has counted them already.
    """
    size = max(1, min(size, LARGEST_PAGE))
    if total is None:
        total = session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
    number = max(1, min(number, -(-total // size) or 1))
    window = statement.limit(size).offset((number - 1) * size)
    single = len(statement.column_descriptions) == 1
    rows = session.scalars(window).all() if single else session.execute(window).all()
    return Page(rows=rows, number=number, size=size, total=total)


class BadCursor(Refusal):
    code = "bad_cursor"
    status = 400
    message = "Mã trang kế tiếp không hợp lệ. Hãy gọi lại từ đầu, không kèm cursor."


def encode_cursor(**position: Any) -> str:
    """An opaque text that `decode_cursor` turns back; callers must not build it themselves."""
    return base64.urlsafe_b64encode(json.dumps(position, sort_keys=True).encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> dict[str, Any]:
    """The position inside `cursor`. Raises BadCursor for anything that `encode_cursor` did not make."""
    try:
        position = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, UnicodeDecodeError) as error:
        raise BadCursor from error
    if not isinstance(position, dict):
        raise BadCursor
    return position
