"""What the keeper of the register sends: one input class per verb, for JSON and for forms."""

from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field

from exam_service.bank.schemas import Input, Line, Reason
from question_bank.formats.excel_facts import parse_date
from question_bank.legal.documents import ChangeKind


def _day(value: object) -> object:
    """A day as typed (01/07/2025) or as a program sends it (2025-07-01); nothing for an empty field."""
    if isinstance(value, str):
        return (parse_date(value) or value) if value.strip() else None
    return value


Day = Annotated[date | None, BeforeValidator(_day)]


class DocumentInput(Input):
    """A document of the register. `in_force_to` is the first day on which it is no longer in force."""

    number: Line = Field(default="", examples=["80/2025/QH15"])
    title: Annotated[str, Field(max_length=500)] = ""
    type: Line = ""
    issuer: Line = Field(default="", examples=["Quốc hội"])
    short_title: Line = ""
    issued_on: Day = None
    in_force_from: Day = None
    in_force_to: Day = None
    notes: Reason = ""
    revision: int = Field(default=0, ge=0)


class ChangeInput(Input):
    """What happens to a document: `by` is the number of the document that does it, `places` what it takes of the target
    ("Điều 5; khoản 2 Điều 7"), empty for all of it. `seen` is the fingerprint of the preview that was looked at."""

    kind: ChangeKind = ChangeKind.AMENDS
    by: Line = ""
    places: Annotated[str, Field(max_length=2000)] = ""
    effective_on: Day = None
    effective_to: Day = None
    note: Reason = ""
    seen: Annotated[str, Field(max_length=64)] = ""


class ConfirmInput(Input):
    """Why a suspended question is still right."""

    reason: Reason = ""
