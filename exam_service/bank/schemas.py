"""What authors and reviewers send: one input class per verb, for JSON and for forms."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from exam_service.bank.forms.registry import FIRST_TYPE, FORMS
from question_bank.citations import Citation
from question_bank.items import AnyContent, ItemDraft, Tag
from question_bank.taxonomy import CognitiveLevel, CompetencyCode, DifficultyRating
from question_bank.text import clean_text


def _clean(value: object) -> object:
    return clean_text(value) if isinstance(value, str) else value


Line = Annotated[str, BeforeValidator(_clean), Field(max_length=200)]
Reason = Annotated[str, BeforeValidator(_clean), Field(max_length=2000)]


class Input(BaseModel):
    model_config = ConfigDict(frozen=True)


class BankInput(Input):
    """A bank; without a position it is shared by all."""

    code: Line = ""
    name: Line = ""
    position_id: UUID | Literal[""] | None = None


class BankQuery(Input):
    """The day on which the questions of a bank would be drawn; today without one."""

    day: Annotated[date | None, BeforeValidator(lambda value: value or None)] = None


class ExportInput(Input):
    """A bank in a format of exchange, of one state or of all."""

    format: Line = "xlsx"
    state: Line = ""


class CompetencyInput(Input):
    code: Line = ""
    name: Line = ""
    name_en: Line = ""


class DraftInput(Input):
    """What an item says. Rich text is a small subset of HTML; anything else in it is removed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    content: AnyContent
    level: CognitiveLevel | None = None
    competency: CompetencyCode | None = None
    citations: Annotated[tuple[Citation, ...], Field(max_length=20)] = ()
    expected_time_s: Annotated[int | None, Field(ge=5, le=7200)] = None
    difficulty_rating: Annotated[
        DifficultyRating | None, Field(description="The author's guess of the difficulty.")
    ] = None
    tags: Annotated[tuple[Tag, ...], Field(max_length=30)] = ()

    def draft(self) -> ItemDraft:
        """The same as a domain draft, rich text sanitised."""
        return ItemDraft(**{name: getattr(self, name) for name in DraftInput.model_fields})


class ItemInput(DraftInput):
    """A new item for a bank."""

    bank: Annotated[str, Field(description="Code of the bank.", examples=["TPHT"])]


class RevisionInput(Input):
    """The revision that the sender has seen; a newer one in the table means that the page is stale."""

    revision: int = Field(ge=0)


class ReasonInput(Input):
    reason: Reason = ""


class EnemyInput(Input):
    """The code of the other item and why both must not meet in one form."""

    other: Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, max_length=100)] = ""
    reason: Reason = ""


def _known_type(name: str) -> str:
    if name not in FORMS:
        raise ValueError("no form for this type")
    return name


class NewItemForm(Input):
    bank: str = ""
    type: Annotated[str, AfterValidator(_known_type)] = FIRST_TYPE
    option_count: Annotated[int, Field(ge=2, le=26)] = 4
