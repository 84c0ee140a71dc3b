"""What an invigilator enters: always with the reason."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)]


class ReasonInput(BaseModel):
    """Late admission, a new code, voiding."""

    reason: Reason


class ExtraTimeInput(ReasonInput):
    """Minutes more for one person because of an incident."""

    minutes: int = Field(ge=1, le=180)


class DecisionForm(BaseModel):
    """A decision as typed, before it is checked: a form with mistakes is shown again with what was entered."""

    reason: str = ""
    minutes: str = ""
