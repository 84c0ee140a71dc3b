"""The published event: what an examination service says about one person's result.

This is the whole contract between the two applications. `event.schema.json` beside this file is the same
contract as JSON Schema, written by `python -m performance_rating.event`. Members that are not listed here
are accepted and kept in the stored body, so that a publisher may add to the event without breaking a
receiver.

Source: Standard Webhooks 1.0 (https://www.standardwebhooks.com), "Payload structure": `type`, `timestamp`,
`data`.
"""

import json
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

MAX_VERSION = 2**31 - 1
# One printable line: control characters break logs and pages, and PostgreSQL cannot store U+0000.
_LINE = r"^[^\x00-\x1f\x7f]+$"
_DECIMAL = r"^\d{1,9}(\.\d{1,6})?$"
# Years outside this window are a broken clock; PostgreSQL and Python also disagree about the far ends of
# time.
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)


class EventType(StrEnum):
    """What happened to the result. Each type carries the same `data`."""

    RELEASED = "result.released"
    CORRECTED = "result.corrected"
    ANNULLED = "result.annulled"


class Outcome(StrEnum):
    PASS = "pass"  # noqa: S105 - an outcome, not a password
    FAIL = "fail"


class Rule(StrEnum):
    """What a person had to meet to pass."""

    TOTAL = "total"
    SECTION = "section"
    CRITICAL = "critical"


class Finality(StrEnum):
    """Provisional while complaints and appeals may still change it."""

    PROVISIONAL = "provisional"
    FINAL = "final"


def _require_text(value: object) -> object:
    """Points travel as text, because a JSON number is read as binary floating point by most parsers."""
    if isinstance(value, str | Decimal):
        return value
    raise ValueError('must be a decimal written as a string, for example "45.00"')


def _require_plausible(value: datetime) -> datetime:
    if _EARLIEST <= value < _LATEST:
        return value
    raise ValueError("must lie between the years 2000 and 2199")


def _require_plausible_day(value: date) -> date:
    if _EARLIEST.date() <= value < _LATEST.date():
        return value
    raise ValueError("must lie between the years 2000 and 2199")


Code = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=_LINE, strip_whitespace=True)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=_LINE, strip_whitespace=True)]
Moment = Annotated[AwareDatetime, AfterValidator(_require_plausible)]
Day = Annotated[date, AfterValidator(_require_plausible_day)]
DecimalText = Annotated[
    Decimal,
    BeforeValidator(_require_text),
    Field(ge=0, max_digits=15, decimal_places=6, strict=False),
    PlainSerializer(lambda value: format(value, "f"), return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": _DECIMAL, "examples": ["45.00"]}),
]


class EventPart(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class Person(EventPart):
    """Who sat the exam. `staff_code` is the identity that both sides share."""

    staff_code: Code
    full_name: Label


class Unit(EventPart):
    """The unit the person belonged to on the reference date."""

    code: Code
    name: Label
    type: Code


class Position(EventPart):
    code: Code
    title: Label


class Period(EventPart):
    code: Code
    name: Label
    reference_date: Day


class Exam(EventPart):
    code: Code
    title: Label


class Band(EventPart):
    code: Code
    label: Label


class Scored(EventPart):
    """Points won out of points that could be won."""

    points: DecimalText
    max_points: DecimalText

    @model_validator(mode="after")
    def _require_points_within_maximum(self) -> "Scored":
        if self.max_points <= 0:
            raise ValueError("max_points must be greater than 0")
        if self.points > self.max_points:
            raise ValueError("points must not exceed max_points")
        return self


class CompetencyScore(Scored):
    code: Code
    name: Label


class RuleCheck(EventPart):
    """One rule of passing applied: the whole paper, a section's minimum (`title`), or the critical items.

    `points` of `max_points` were gained where `needed` are asked for; for critical items these are numbers of items.
    """

    rule: Annotated[Rule, Field(strict=False)]
    title: Annotated[str, StringConstraints(max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")]
    is_met: bool
    points: DecimalText
    max_points: DecimalText
    needed: DecimalText


class ResultData(Scored):
    """One version of one person's result in one exam of one period.

    `version` grows with every event about the same person and period; the greatest version is the one that
    counts, in whatever order the events arrive. `supersedes` names the `result_id` that this version takes
    the place of.
    """

    result_id: UUID
    version: Annotated[int, Field(ge=1, le=MAX_VERSION)]
    supersedes: UUID | None = None
    person: Person
    unit: Unit
    position: Position
    period: Period
    exam: Exam
    outcome: Outcome
    band: Band
    percent: Annotated[DecimalText, Field(le=100)]
    # What the raw points are worth on the mean paper, where the publisher converts marks: outcome and band follow it.
    converted_points: DecimalText | None = None
    competencies: Annotated[tuple[CompetencyScore, ...], Field(max_length=200, strict=False)] = ()
    checks: Annotated[tuple[RuleCheck, ...], Field(max_length=100, strict=False)] = ()
    finality: Finality
    released_at: Moment
    reason: Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")] | None = None


class ResultEvent(EventPart):
    """A result was released, corrected or annulled."""

    type: EventType
    timestamp: Moment
    data: ResultData


class UnknownEvent(EventPart):
    """A well-formed event of a type that this module has no use for."""

    type: Annotated[str, StringConstraints(max_length=100, pattern=r"^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$")]
    timestamp: Moment
    data: dict[str, Any]


class MalformedEvent(Exception):
    """The body is not an event of this contract. `reasons` name each place and what is wrong there."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


def parse_event(body: bytes) -> ResultEvent | UnknownEvent:
    """The event in `body` (UTF-8 JSON).

    Raises: MalformedEvent if it is not JSON, not an event, or a known type with other data.
    """
    try:
        event = UnknownEvent.model_validate_json(body)
        if event.type in set(EventType):
            return ResultEvent.model_validate_json(body)
    except ValidationError as error:
        raise MalformedEvent(_reasons(error)) from error
    return event


def _reasons(error: ValidationError) -> list[str]:
    """At most 20 lines "place: what is wrong", without the offending values, which may be personal data."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [
        f"{'.'.join(str(step) for step in problem['loc']) or 'body'}: {problem['msg']}"
        for problem in found[:20]
    ]


def schema_text() -> str:
    """The contract as JSON Schema 2020-12, as kept in `event.schema.json`."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **ResultEvent.model_json_schema(mode="serialization"),
    }
    return json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
