"""Reading the demo questions, competency tree and legal documents from the JSON files beside this module."""

from datetime import date
from importlib.resources import files
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from question_bank.items import AnyContent

Level = Literal["remember", "understand", "apply", "analyse"]
Rating = Literal["very_easy", "easy", "medium", "hard", "very_hard"]
_CompetencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3,4}(\.[0-9]{2})?$")]
_Number = Annotated[str, Field(pattern=r"^[0-9]+(/[0-9]{4})?/[A-ZĐ][A-Za-zĐ0-9-]*$")]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DemoCitation(_Entry):
    """One place in one legal document; `article` is the Điều, `clause` the khoản, `point` the điểm."""

    document_number: _Number
    article: str
    clause: str | None
    point: str | None


class DemoDocument(_Entry):
    """A cited legal document; `in_force_to` is the last day in force, None while no end is known."""

    number: _Number
    title: str
    issuer: str
    issued_on: date
    in_force_from: date
    in_force_to: date | None

    def is_in_force(self, day: date) -> bool:
        """Return whether the document is in force on `day`, first and last day included."""
        return self.in_force_from <= day and (self.in_force_to is None or day <= self.in_force_to)


class DemoCompetency(_Entry):
    """A node of the competency tree; `parent` is None for a root."""

    code: _CompetencyCode
    name_vi: str
    name_en: str
    parent: str | None


class DemoImage(_Entry):
    """An image below the stem: a file beside the items, and what it shows in words."""

    file: Annotated[str, Field(pattern=r"^[a-z0-9-]+\.(svg|png)$")]
    alt: Annotated[str, Field(min_length=20)]


class DemoItem(_Entry):
    """One question.

    `key` holds the 0-based indexes of the right options, or for a true/false question the truth of its stem;
    `options` is None for true/false. `expected_time_s` is in seconds.
    """

    code: Annotated[str, Field(pattern=r"^[A-Z]{3,4}-[0-9]{3}$")]
    type: Literal["single_choice", "multiple_choice", "true_false"]
    stem: Annotated[str, Field(min_length=20)]
    image: DemoImage | None = None
    options: Annotated[tuple[str, ...], Field(min_length=3, max_length=5)] | None
    key: bool | tuple[int, ...]
    competency: _CompetencyCode
    level: Level
    difficulty_rating: Rating
    citations: Annotated[tuple[DemoCitation, ...], Field(min_length=1)]
    rationale: Annotated[str, Field(min_length=20)]
    expected_time_s: Annotated[int, Field(ge=20, le=240)]

    @model_validator(mode="after")
    def _key_fits_type(self) -> Self:
        if self.options is None or isinstance(self.key, bool):
            if self.type != "true_false" or self.options is not None or not isinstance(self.key, bool):
                raise ValueError(f"{self.code}: a true/false question has a boolean key and no options")
            return self
        if self.type == "true_false":
            raise ValueError(f"{self.code}: a true/false question has a boolean key and no options")
        if list(self.key) != sorted(set(self.key)) or not set(self.key) <= set(range(len(self.options))):
            raise ValueError(f"{self.code}: the key names options that do not exist or repeats one")
        right = len(self.key)
        if right != 1 if self.type == "single_choice" else not 2 <= right < len(self.options):
            raise ValueError(f"{self.code}: the number of right options does not fit the type {self.type}")
        return self


class VariedItem(_Entry):
    """One question of any type, its content as `question_bank.items` defines it."""

    code: Annotated[str, Field(pattern=r"^TH-[0-9]{3}$")]
    content: AnyContent
    competency: _CompetencyCode
    level: Level
    difficulty_rating: Rating
    citations: Annotated[tuple[DemoCitation, ...], Field(min_length=1)]
    expected_time_s: Annotated[int, Field(ge=20, le=1800)]


_VARIED = TypeAdapter(tuple[VariedItem, ...])
_ITEMS = TypeAdapter(tuple[DemoItem, ...])
_DOCUMENTS = TypeAdapter(tuple[DemoDocument, ...])
_COMPETENCIES = TypeAdapter(tuple[DemoCompetency, ...])
GROUPS = ("ktc", "vptk", "tpht", "tckt")
"""The item files: general knowledge, then one per job position."""


def _read(*path: str) -> bytes:
    return files(__package__).joinpath(*path).read_bytes()


def load_items() -> tuple[DemoItem, ...]:
    """Return all demo questions, group by group in the order of their codes.

    Raises:
        pydantic.ValidationError: a file does not have the documented form.
    """
    return tuple(item for group in GROUPS for item in _ITEMS.validate_json(_read("items", f"{group}.json")))


def load_image(image: DemoImage) -> bytes:
    """Return the file of an image."""
    return _read("images", image.file)


def load_varied_items() -> tuple[VariedItem, ...]:
    """Return the demo questions of the types that the papers of the demo do not use, in the order of their codes.

    Raises:
        pydantic.ValidationError: the file does not have the documented form.
    """
    return _VARIED.validate_json(_read("items", "th.json"))


def load_documents() -> dict[str, DemoDocument]:
    """Return the legal documents the questions cite, by document number.

    Raises:
        pydantic.ValidationError: the file does not have the documented form.
    """
    return {document.number: document for document in _DOCUMENTS.validate_json(_read("documents.json"))}


def load_competencies() -> tuple[DemoCompetency, ...]:
    """Return the competency tree, every parent before its children.

    Raises:
        pydantic.ValidationError: the file does not have the documented form.
    """
    return _COMPETENCIES.validate_json(_read("competencies.json"))
