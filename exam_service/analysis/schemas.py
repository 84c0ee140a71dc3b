"""What the forms of the review of items send."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from exam_service.analysis.models import FlagVerdict, SignKind
from exam_service.analysis.overview import Shown

Reason = Annotated[str, Field(max_length=1000)]


class DecisionForm(BaseModel):
    """How an item counts and why; the service demands the reason."""

    model_config = ConfigDict(frozen=True)

    verdict: FlagVerdict = FlagVerdict.KEEP
    reason: Reason = ""


class ReasonForm(BaseModel):
    """Why all minor flags are kept."""

    model_config = ConfigDict(frozen=True)

    reason: Reason = ""


class ItemsQuery(BaseModel):
    """Which items the list shows and how it is ordered."""

    show: Shown = Shown.FLAGGED
    sort: str = ""
    page: int = 1


class SignsQuery(BaseModel):
    """Which signs the triage list shows."""

    kind: SignKind | None = None
    page: int = 1
