"""What people send about two questions that are alike."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from exam_service.bank.similar.models import PairDecision
from question_bank.similarity import LikenessKind


class PairInput(BaseModel):
    """The other question of the pair, and the page to go back to."""

    model_config = ConfigDict(frozen=True)

    other: UUID
    back: Literal["item", "edit", "bank"] = "item"
    bank: UUID | None = None


class DecisionInput(PairInput):
    decision: PairDecision


class PairFilter(BaseModel):
    """What the address of the list of pairs says."""

    model_config = ConfigDict(frozen=True)

    state: Literal["open", "decided"] = "open"
    kind: LikenessKind | Literal[""] = ""
    page: Annotated[int, Field(ge=1, le=100_000)] = 1

    def query(self) -> dict[str, str]:
        """The parameters that differ from the defaults, without the page."""
        wanted = {"state": self.state if self.state != "open" else "", "kind": str(self.kind)}
        return {name: value for name, value in wanted.items() if value}
