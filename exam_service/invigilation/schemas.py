"""What an invigilator enters: always with the reason."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from exam_service.invigilation.models import SeatOrder
from exam_service.invigilation.record_models import IncidentKind, Signature, ViolationLevel

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)]
Number = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, max_length=32)]


class ReasonInput(BaseModel):
    """Late admission, a new code, a pause, going on, voiding, withdrawing a violation."""

    reason: Reason


class ExtraTimeInput(ReasonInput):
    """Minutes more because of an incident."""

    minutes: int = Field(ge=1, le=180)


class ShiftInput(ReasonInput):
    """Minutes by which a sitting starts later."""

    minutes: int = Field(ge=1, le=720)


class Document(StrEnum):
    """What a candidate shows to be recognised. Source: Thông tư 22/2025/TT-BNV."""

    CARD = "card"  # căn cước, CCCD
    VNEID = "vneid"
    OTHER = "other"  # another valid document with a photo; the note says which


class IdentityInput(BaseModel):
    """Which document was seen. Its number is not stored."""

    document: Document
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""

    @model_validator(mode="after")
    def check_note(self) -> Self:
        """Another document is named."""
        if self.document is Document.OTHER and len(self.note) < 3:
            raise PydanticCustomError("note", "name the document")
        return self


class NoteInput(ReasonInput):
    """What is said about a person; `flagged` keeps the person in view on the board until the next note."""

    flagged: bool = False


class ReopenInput(ReasonInput):
    """Minutes to work from now on, beside what is left of the person's own time."""

    minutes: int = Field(ge=0, le=180)


class MessageInput(BaseModel):
    body: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class ViolationInput(BaseModel):
    """What was done, how it is handled, who signed; `witness_1` and `witness_2` are candidate numbers."""

    level: ViolationLevel
    description: Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=2000)]
    signature: Signature
    witness_1: Number = ""
    witness_2: Number = ""


class IncidentInput(BaseModel):
    """`happened_at` None: now. Without `affected` it concerned the whole room."""

    kind: IncidentKind
    description: Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=2000)]
    handling: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = ""
    happened_at: Annotated[datetime | None, BeforeValidator(lambda v: v or None)] = None
    affected: list[UUID] = Field(default_factory=list, max_length=500)


class SeatPlanInput(BaseModel):
    rows: int = Field(ge=1, le=50)
    columns: int = Field(ge=1, le=40)
    numbering: SeatOrder


class SeatInput(BaseModel):
    place: int = Field(ge=1, le=2000)
