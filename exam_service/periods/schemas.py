"""What officers send: one input class per verb, for JSON and for forms."""

from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Json,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from exam_service.periods.models import MarkScale
from question_bank.text import clean_text

Code = Annotated[
    str,
    # Before the pattern is matched, which StringConstraints(to_upper=True) would do too late.
    BeforeValidator(lambda v: v.strip().upper() if isinstance(v, str) else v),
    StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9.\-]{0,39}$"),
]
Line = Annotated[
    str,
    BeforeValidator(lambda v: clean_text(v) if isinstance(v, str) else v),
    Field(min_length=1, max_length=200),
]
Reason = Annotated[
    str,
    BeforeValidator(lambda v: clean_text(v) if isinstance(v, str) else v),
    Field(min_length=3, max_length=1000),
]
Percent = Annotated[
    Decimal,
    BeforeValidator(
        lambda v: v.strip().replace(",", ".") if isinstance(v, str) else v
    ),  # 62,5 as people write it
    Field(ge=0, le=100, max_digits=6, decimal_places=3),
]


STEPS = tuple(Decimal(step) for step in ("0.01", "0.1", "0.25", "0.5", "1"))


def _known_step(step: Decimal) -> Decimal:
    if step not in STEPS:
        raise PydanticCustomError("mark_step", "marks are rounded to 0.01, 0.1, 0.25, 0.5 or 1")
    return step


MarkStep = Annotated[
    Decimal,
    BeforeValidator(lambda v: v.strip().replace(",", ".") if isinstance(v, str) else v),
    Field(
        description="Converted marks are rounded half up to this step.",
        json_schema_extra={"enum": ["0.01", "0.1", "0.25", "0.5", "1"]},
    ),
    AfterValidator(_known_step),
]


class Input(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PeriodInput(Input):
    code: Code
    name: Line
    reference_date: date


class BandInput(Input):
    code: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")]
    label: Line
    from_percent: Percent


class ExamInput(Input):
    """`bands` best first; the last starts at 0 and the lowest passing one at the cut score."""

    code: Code
    title: Line
    position_ids: Annotated[list[UUID], Field(min_length=1, max_length=200)]
    bank_ids: Annotated[list[UUID], Field(min_length=1, max_length=50)]
    blueprint_id: UUID
    duration_min: Annotated[int, Field(ge=1, le=600)]
    late_limit_min: Annotated[int, Field(ge=0, le=600)]
    unseen_periods: Annotated[int, Field(ge=0, le=10)] = 1
    cut_percent: Percent
    critical_tag: Annotated[
        str,
        BeforeValidator(lambda v: clean_text(v) if isinstance(v, str) else v),
        Field(max_length=64, pattern=r"^[^,;\n]*$"),
    ] = ""
    mark_scale: MarkScale = MarkScale.RAW
    mark_step: MarkStep = Decimal("0.1")
    bands: Annotated[list[BandInput], Field(min_length=2, max_length=8)]
    earliest_submit_min: Annotated[int, Field(ge=0, le=600)] = 0
    reprimand_percent: Annotated[int, Field(ge=0, le=100)] = 0
    warning_percent: Annotated[int, Field(ge=0, le=100)] = 0
    watches_focus: bool = False

    @field_validator("warning_percent")
    @classmethod
    def check_deductions(cls, value: int, info: ValidationInfo) -> int:
        """A warning never costs less than a reprimand."""
        if value < info.data.get("reprimand_percent", 0):
            raise PydanticCustomError("deductions_rise", "a warning must not cost less than a reprimand")
        return value

    @model_validator(mode="after")
    def check_bands(self) -> Self:
        """Bands fall strictly to 0 and one of them starts exactly at the cut score."""
        limits = [band.from_percent for band in self.bands]
        if any(higher <= lower for higher, lower in pairwise(limits)):
            raise PydanticCustomError("bands_fall", "bands must fall strictly from the best to the last")
        if limits[-1] != 0:
            raise PydanticCustomError("bands_end", "the last band must start at 0")
        if self.cut_percent not in limits[:-1]:
            raise PydanticCustomError("bands_cut", "one band must start at the cut score")
        return self


class SittingInput(Input):
    """`starts_at` without a zone is local time of the service; a later sitting of one room must not overlap."""

    name: Line
    room: Line
    capacity: Annotated[int, Field(ge=1, le=5000)]
    starts_at: datetime


class SittingsInput(SittingInput):
    """The same sitting in `count` rooms: "Phòng 101" and count 3 give the rooms 101, 102 and 103."""

    count: Annotated[int, Field(ge=1, le=100)] = 1


class StatusInput(Input):
    """Exempt, postpone or enter again; a reason is needed for everything but entering again."""

    status: Annotated[str, StringConstraints(pattern=r"^(entered|exempt|postponed)$")]
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)] = ""


class ExtraTimeInput(Input):
    minutes: Annotated[int, Field(ge=0, le=600)]
    reason: Reason


class LateCandidateInput(Input):
    """Who is added to a sealed period and where. `is_admitted`: the council lets the person sit an exam that is not for
    the person's position."""

    person_id: UUID
    sitting_id: UUID
    reason: Reason
    is_admitted: bool = False


class BlueprintInput(Input):
    """`body` is the blueprint as JSON (question_bank.blueprint.Blueprint), as the matrix editor sends it."""

    code: Code
    name: Line
    body: Json[dict[str, Any]] | dict[str, Any]
