"""What people send from the pages of a bank as a working place."""

from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from exam_service.bank.models import Item
from exam_service.bank.schemas import Line, Reason
from question_bank.items import Tag
from question_bank.taxonomy import CognitiveLevel, DifficultyRating
from question_bank.text import clean_text

Verb = Literal["edit", "submit", "move", "enemies", "family", "suspend", "reopen", "retire"]
_tags: TypeAdapter[tuple[str, ...]] = TypeAdapter(tuple[Tag, ...])


def _split_tags(value: object) -> object:
    """`a, b; c` as people type tags; JSON sends a list. Raises ValueError for a tag that is none."""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        value = value[0]
    if not isinstance(value, str):
        return value
    parts = [part.strip() for part in value.replace(";", ",").split(",")]
    try:
        return list(_tags.validate_python([part for part in parts if part]))
    except ValidationError as error:
        raise ValueError("a tag has at most 64 characters") from error


def _clean_lines(value: object) -> object:
    """Each line clean, line ends of browsers as one character."""
    return "\n".join(map(clean_text, value.splitlines())) if isinstance(value, str) else value


def _blank_is_none(value: object) -> object:
    return None if value == "" else value


Tags = Annotated[list[Tag], BeforeValidator(_split_tags), Field(max_length=30)]


class BulkInput(BaseModel):
    """One act for many items; which fields count depends on the act. Blank fields of `edit` change nothing."""

    model_config = ConfigDict(frozen=True)

    action: Verb
    competency: Line = ""
    level: CognitiveLevel | Literal[""] = ""
    difficulty_rating: DifficultyRating | Literal[""] = ""
    add_tags: Tags = []
    remove_tags: Tags = []
    expected_time_s: Annotated[
        Annotated[int, Field(ge=5, le=7200)] | None, BeforeValidator(_blank_is_none)
    ] = None
    opens_versions: bool = False
    bank: Line = ""
    reason: Reason = ""


class ChosenForm(BaseModel):
    """Ticked rows, or the query of the list's address for all that it finds."""

    model_config = ConfigDict(frozen=True)

    ids: Annotated[list[UUID], Field(max_length=1000)] = []
    filter: Annotated[str, Field(max_length=2000)] = ""
    act: str = ""


class BulkForm(ChosenForm, BulkInput):
    """The act with its items; `expected` is the number of items that the page has named, `leaving` the
    fingerprint of those that it has named as refusing, where the person leaves them out."""

    expected: Annotated[int, Field(ge=1)]
    leaving: Annotated[str, Field(max_length=64)] = ""


class ViewInput(BaseModel):
    """A list's query under a name."""

    model_config = ConfigDict(frozen=True)

    name: Line = ""
    query: Annotated[str, Field(max_length=2000)] = ""
    is_shared: bool = False


class CommentInput(BaseModel):
    """What somebody says; `thread` is the first comment of the thread that it answers."""

    model_config = ConfigDict(frozen=True)

    text: Annotated[str, BeforeValidator(_clean_lines), Field(max_length=4000)] = ""
    thread: UUID | Literal[""] = ""


class QueueFilter(BaseModel):
    """What the address of the review queue says; unknown values find nothing."""

    model_config = ConfigDict(frozen=True)

    bank: Annotated[str, Field(max_length=100)] = ""
    type: Annotated[str, Field(max_length=40)] = ""
    author: Annotated[str, Field(max_length=40)] = ""

    def accepts(self, item: Item) -> bool:
        return (
            self.bank in ("", item.bank.code)
            and self.type in ("", item.type)
            and self.author in ("", str(item.author_id))
        )

    def query(self) -> str:
        """The filter as the query of an address; empty for the whole queue."""
        return urlencode({name: value for name, value in self.model_dump().items() if value})


EVERYTHING = QueueFilter()


class ReturnInput(BaseModel):
    """Why a version goes back: reasons from the list by code, and words; `next_code` is the next of the queue."""

    model_config = ConfigDict(frozen=True)

    presets: Annotated[list[str], Field(max_length=20)] = []
    reason: Reason = ""
    code: Annotated[str, Field(max_length=100)] = ""
    next_code: Annotated[str, Field(max_length=100)] = ""
