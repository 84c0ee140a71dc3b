"""What forms and the API send about people; the services check the values and say what is wrong."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field

from exam_service.people.models import PositionGroup, PositionRegime, Sex, UnitType

Line = Annotated[str, Field(max_length=300)]


def _empty_is_none(value: object) -> object:
    return None if value == "" else value


# A form sends an empty text for a field that was left blank.
MaybeDate = Annotated[date | None, BeforeValidator(_empty_is_none)]
MaybeId = Annotated[UUID | None, BeforeValidator(_empty_is_none)]
MaybeSex = Annotated[Sex | None, BeforeValidator(_empty_is_none)]


class UnitInput(BaseModel):
    code: Line = ""
    type: UnitType = UnitType.COMMUNE
    name: Line = ""
    parent_id: MaybeId = None
    is_active: bool = False


class PositionInput(BaseModel):
    code: Line = ""
    title: Line = ""
    regime: PositionRegime = PositionRegime.JOB_POSITION
    group: PositionGroup = PositionGroup.PROFESSIONAL
    is_active: bool = False


class PersonInput(BaseModel):
    staff_code: Line = ""
    family_names: Line = ""
    given_name: Line = ""
    birth_date: MaybeDate = None
    sex: MaybeSex = None
    cccd: Line = ""
    email: Line = ""


class AppointmentInput(BaseModel):
    """`to_date` is the last day, None while it lasts."""

    position_id: UUID
    unit_id: UUID
    is_main: bool = False
    from_date: date
    to_date: MaybeDate = None


class EndAppointmentInput(BaseModel):
    to_date: date
