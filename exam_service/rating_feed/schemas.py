"""What the forms of the feed send."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class SubscriptionForm(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: Annotated[str, Field(max_length=200)] = ""
    url: Annotated[str, Field(max_length=1000)] = ""


class ActiveForm(BaseModel):
    model_config = ConfigDict(frozen=True)

    is_active: bool


class ReleaseForm(BaseModel):
    """The second step of a release: the run that was looked at, and the tick that it cannot be undone."""

    model_config = ConfigDict(frozen=True)

    run_id: UUID
    is_confirmed: bool = False
