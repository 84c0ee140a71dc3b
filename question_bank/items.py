"""Items as the bank exchanges them: content of some type, what is known about it, and identifying hashes."""

import hashlib
import json
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

from question_bank.citations import Citation
from question_bank.taxonomy import CognitiveLevel, CompetencyCode, DifficultyRating
from question_bank.text import CleanText
from question_bank.types.case import Case, PartContent
from question_bank.types.content import ItemContent, Option, Problem, Response, ShuffleUnits, new_option_id
from question_bank.types.unsupported import Unsupported

__all__ = [
    "AnyContent",
    "ItemContent",
    "ItemDraft",
    "ItemVersion",
    "Option",
    "Problem",
    "Response",
    "ShuffleUnits",
    "canonical_json",
    "content_hash",
    "new_option_id",
    "parse_content",
    "semantic_hash",
]

AnyContent = Annotated[PartContent | Case | Unsupported, Field(discriminator="type")]
"""Every item type there is; this union with `PartContent` is the only registry."""

_content_adapter: TypeAdapter[AnyContent] = TypeAdapter(AnyContent)


def parse_content(raw: object, *, is_trusted: bool = False) -> AnyContent:
    """Return the content held in decoded JSON.

    `is_trusted` skips sanitising rich text: only for content read back from our own store, where it was
    sanitised on the way in and is guarded by its hash.

    Raises:
        pydantic.ValidationError: unknown type or malformed content.
    """
    return _content_adapter.validate_python(raw, context={"trusted": is_trusted})


def _sorted_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({tag for tag in tags if tag}))


Tag = Annotated[CleanText, StringConstraints(max_length=64, pattern=r"^[^,;\n]*$")]


class ItemDraft(BaseModel):
    """An item before it has an identity in the bank: what an author writes or an importer reads.

    `expected_time_s` is the time an average candidate should need; `difficulty_rating` the author's guess, which papers
    are balanced by until answers are known. `source_id` is the item's code in the
    place it comes from, the handle by which a re-import recognises it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    content: AnyContent
    level: CognitiveLevel | None = None
    competency: CompetencyCode | None = None
    citations: tuple[Citation, ...] = Field(default=(), max_length=20)
    expected_time_s: int | None = Field(default=None, ge=5, le=7200)
    # Left out where nobody rated the item: what was written before there were ratings keeps its bytes and hashes.
    difficulty_rating: DifficultyRating | None = Field(default=None, exclude_if=lambda value: value is None)
    tags: Annotated[tuple[Tag, ...], AfterValidator(_sorted_tags)] = Field(default=(), max_length=30)
    source_id: Annotated[CleanText, StringConstraints(max_length=100)] | None = None

    def problems(self) -> tuple[Problem, ...]:
        """Return what blocks the content from review."""
        return self.content.problems()

    def is_in_force_on(self, day: date) -> bool:
        """Tell whether every place the item cites is in force on that day; an item that cites nothing is."""
        return all(citation.is_in_force_on(day) for citation in self.citations)


class ItemVersion(ItemDraft):
    """One immutable version of an item; `number` counts from 1 within the item, `created_at` is UTC."""

    item_id: UUID
    number: int = Field(ge=1)
    author_id: UUID
    created_at: datetime

    @property
    def content_hash(self) -> str:
        """Return the hash under which the content is sealed into forms."""
        return content_hash(self.content)


def canonical_json(value: Any) -> bytes:
    """Return the one spelling of a JSON value: sorted keys, no spaces, UTF-8.

    Source: JSON Canonicalization Scheme, RFC 8785, for ASCII keys and no floating-point numbers (refused
    here).
    """
    _refuse_floats(value)
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def _refuse_floats(value: Any) -> None:
    assert not isinstance(value, float), "a float has no single spelling; use a decimal string"
    if isinstance(value, dict):
        for member in value.values():
            _refuse_floats(member)
    elif isinstance(value, list | tuple):
        for member in value:
            _refuse_floats(member)


def content_hash(content: ItemContent) -> str:
    """Return the SHA-256 of the content's canonical JSON, in hex."""
    return hashlib.sha256(canonical_json(content.model_dump(mode="json"))).hexdigest()


def semantic_hash(draft: ItemDraft) -> str:
    """Return the SHA-256 of what the draft means, in hex: all of it but its ids and its source id.

    Two readings of one file agree although each gives its parts fresh ids, so a re-import finds what it
    has.
    """
    content = draft.content
    positions = {own_id: str(index) for index, own_id in enumerate(content.ids())}
    meaning = draft.model_dump(
        mode="json",
        include={"level", "competency", "citations", "expected_time_s", "difficulty_rating", "tags"},
    )
    meaning["content"] = content.relabelled(positions).model_dump(mode="json")
    return hashlib.sha256(canonical_json(meaning)).hexdigest()
