"""What a marking form sends."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class ScoreForm(BaseModel):
    """Why the period is scored; the service demands a reason for every run after the first."""

    model_config = ConfigDict(frozen=True)

    reason: Annotated[str, Field(max_length=1000)] = ""
