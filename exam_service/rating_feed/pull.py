"""What HR pulls: released results by rising sequence, a page at a time, never missing one."""

import hashlib
import json
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.errors import NotFound, Refusal
from exam_service.pagination import LARGEST_PAGE, PAGE_SIZE, BadCursor, decode_cursor, encode_cursor
from exam_service.people.models import Position, Unit
from exam_service.periods.models import Period
from exam_service.rating_feed.events import LINE, ResultData, describe_results
from exam_service.results.listing import unit_and_below
from exam_service.results.models import Result
from exam_service.results.service import is_current, results_visible_to

LARGEST_SEQUENCE = 2**63 - 1
FilterCode = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=LINE)]


class UnknownCode(Refusal):
    """A filter names something that does not exist: an empty list would look like an answer."""

    code = "unknown_code"
    status = 422
    message = "Không có mã “%(value)s” cho tham số %(parameter)s. Hãy kiểm tra lại mã."


class CursorMismatch(BadCursor):
    """The cursor belongs to a call with other filters."""

    code = "cursor_mismatch"
    message = "Mã trang kế tiếp thuộc lần gọi có điều kiện lọc khác. Hãy giữ nguyên điều kiện lọc, hoặc gọi lại từ đầu."


class PullQuery(BaseModel):
    """Parameters of the list. All but `page_size` and `cursor` are filters that a cursor is bound to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    period: FilterCode | None = Field(None, description="Code of the period.", examples=["2026-2"])
    unit: FilterCode | None = Field(
        None, description="Code of a unit: its results and those of all units under it.", examples=["31120"]
    )
    position: FilterCode | None = Field(None, description="Code of the position.", examples=["TPHT"])
    updated_since: AwareDatetime | None = Field(
        None,
        description="Only results released, corrected or annulled at or after this moment (ISO 8601 with offset).",
        examples=["2026-11-20T00:00:00+07:00"],
    )
    include_superseded: bool = Field(
        False, description="Also versions that a later correction or annulment has replaced."
    )
    page_size: Annotated[int, Field(ge=0, le=2**31 - 1)] = Field(
        0, description=f"Rows a page; 0 means {PAGE_SIZE}, more than {LARGEST_PAGE} means {LARGEST_PAGE}."
    )
    cursor: Annotated[str, Field(max_length=500)] | None = Field(
        None, description="`next_cursor` or `resume_cursor` of an earlier call with the same filters."
    )

    @property
    def limit(self) -> int:
        return min(self.page_size or PAGE_SIZE, LARGEST_PAGE)

    @property
    def filters_digest(self) -> str:
        filters = self.model_dump(mode="json", exclude={"page_size", "cursor"})
        return hashlib.sha256(json.dumps(filters, sort_keys=True).encode()).hexdigest()[:16]

    def cursor_at(self, sequence: int) -> str:
        return encode_cursor(after=sequence, filters=self.filters_digest)

    @property
    def after(self) -> int:
        """The sequence that the cursor has passed. Raises BadCursor, CursorMismatch. Source: AIP-158."""
        if self.cursor is None:
            return 0
        position = decode_cursor(self.cursor)
        after, filters = position.get("after"), position.get("filters")
        if type(after) is not int or not 0 <= after <= LARGEST_SEQUENCE or not isinstance(filters, str):
            raise BadCursor
        if filters != self.filters_digest:
            raise CursorMismatch
        return after


class ResultItem(ResultData):
    """A result as HR pulls it: what the event says, its place in the order of changes, and whether it counts now."""

    sequence: int = Field(description="Rises with every release, correction and annulment.", examples=[1042])
    is_current: bool = Field(description="False when a later version supersedes this one.")
    kind: str = Field(description="released, corrected or annulled", examples=["released"])


@dataclass(frozen=True)
class Pulled:
    """One page; `next_cursor` is None on the last one, `resume_cursor` goes on from here at any later time."""

    items: list[ResultItem]
    next_cursor: str | None
    resume_cursor: str


def pull_results(session: Session, actor: Actor, *, query: PullQuery) -> Pulled:
    """The next page. Results become visible in the order of their sequence (trigger `result_in_order`), so a cursor
    never passes one that is still to be committed.

    Raises BadCursor, CursorMismatch, UnknownCode.
    """
    after = query.after
    statement = _filtered(session, actor, query).where(Result.sequence > after).order_by(Result.sequence)
    rows = session.execute(
        statement.add_columns(is_current().label("is_current")).limit(query.limit + 1)
    ).all()
    page = rows[: query.limit]
    items = _items(session, [(result, bool(counts)) for result, counts in page])
    last = page[-1][0].sequence if page else after
    resume = query.cursor_at(last)
    return Pulled(items, resume if len(rows) > query.limit else None, resume)


def get_result_item(session: Session, actor: Actor, result_id: UUID) -> ResultItem:
    """Any version by its id. Raises NotFound: also when it is not for this actor."""
    found = session.execute(
        results_visible_to(actor).add_columns(is_current()).where(Result.id == result_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    return _items(session, [(found[0], bool(found[1]))])[0]


def _items(session: Session, rows: list[tuple[Result, bool]]) -> list[ResultItem]:
    described = describe_results(session, [result.id for result, _counts in rows])
    return [
        ResultItem(
            **described[result.id].model_dump(),
            sequence=result.sequence,
            is_current=counts,
            kind=result.kind,
        )
        for result, counts in rows
    ]


def _filtered(session: Session, actor: Actor, query: PullQuery) -> Select[Any]:
    statement: Select[Any] = results_visible_to(actor)
    if query.period is not None:
        period_id = _id_of(session, Period, query.period, parameter="period")
        statement = statement.where(Result.period_id == period_id)
    if query.unit is not None:
        unit_id = _id_of(session, Unit, query.unit, parameter="unit")
        statement = statement.where(Result.unit_id.in_(unit_and_below(Unit.id == unit_id)))
    if query.position is not None:
        position_id = _id_of(session, Position, query.position, parameter="position")
        statement = statement.where(Result.position_id == position_id)
    if query.updated_since is not None:
        statement = statement.where(Result.released_at >= query.updated_since)
    return statement if query.include_superseded else statement.where(is_current())


def _id_of(
    session: Session, entity: type[Period] | type[Unit] | type[Position], code: str, *, parameter: str
) -> UUID:
    found = session.scalar(select(entity.id).where(entity.code == code))
    if found is None:
        raise UnknownCode(field=parameter, parameter=parameter, value=code)
    return found
