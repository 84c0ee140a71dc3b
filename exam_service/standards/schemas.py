"""What officers and judges send about panels."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field

from exam_service.periods.schemas import Input, Line
from exam_service.standards.models import PanelMethod
from question_bank.text import clean_text

Paragraph = Annotated[
    str,
    BeforeValidator(lambda v: clean_text(v) if isinstance(v, str) else v),
    Field(min_length=10, max_length=2000),
]


class PanelInput(Input):
    """`borderline` describes the candidate who only just passes, before anybody judges an item."""

    method: PanelMethod
    position_ids: Annotated[list[UUID], Field(min_length=1, max_length=200)]
    member_ids: Annotated[list[UUID], Field(min_length=1, max_length=60)]
    borderline: Paragraph
    place: Line
    held_on: date
