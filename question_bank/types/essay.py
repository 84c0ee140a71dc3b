"""Essay: a text that a person marks by a rubric of criteria and levels."""

import html
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from question_bank.scoring import weighted_share
from question_bank.shares import Share, share_text, share_value
from question_bank.text import CleanText, RichText
from question_bank.types.content import (
    NOTHING_TO_SHUFFLE,
    OMITTED,
    Grade,
    IncompleteMarking,
    InvalidResponse,
    ItemContent,
    NeedsMarker,
    Response,
    ShuffleUnits,
    id_problems,
)
from question_bank.types.options import OptionId, Problem, check_order

LONGEST_ESSAY = 20_000
WRITTEN = "written"
"""The statistics category of a candidate who wrote something."""
Words = Annotated[int, Field(ge=0, le=10_000)]
Weight = Annotated[int, Field(ge=1, le=1000)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Level(_Part):
    """What an answer of this level looks like, and its share of the criterion's points."""

    id: OptionId
    description: RichText = ""
    share: Share = "0"


class Criterion(_Part):
    """One thing that is marked; candidates see name and weight, markers everything."""

    id: OptionId
    name: Annotated[CleanText, StringConstraints(max_length=200)]
    description: RichText = ""
    weight: Weight = 1
    levels: Annotated[tuple[Level, ...], Field(max_length=20)] = ()


class EssayResponse(Response):
    """`{"text": …}` as written, line breaks kept."""

    text: Annotated[str, StringConstraints(max_length=LONGEST_ESSAY)]


class Essay(ItemContent):
    """A task, its word limits (0: none), the rubric, and guidance for markers."""

    response_class: ClassVar[type[Response]] = EssayResponse

    type: Literal["essay"] = "essay"
    min_words: Words = 0
    max_words: Words = 0
    rubric: Annotated[tuple[Criterion, ...], Field(max_length=20)] = ()
    guidance: RichText = ""

    @property
    def needs_marker(self) -> bool:
        """Tell that a person has to mark it."""
        return True

    def problems(self) -> tuple[Problem, ...]:
        """Return what blocks review: the stem, the word limits, then the rubric."""
        found = self._stem_problems()
        if 0 < self.max_words < self.min_words:
            limits: dict[str, str | int] = {"least": self.min_words, "most": self.max_words}
            found.append(Problem("word_limits", "max_words", limits))
        if not self.rubric:
            found.append(Problem("no_rubric", "rubric"))
        for index, criterion in enumerate(self.rubric):
            found += _criterion_problems(criterion, index=index)
        return (*found, *id_problems(self))

    def candidate_view(self, option_order: Sequence[str]) -> dict[str, Any]:
        """Return type, stem, word limits, and the names and weights of the criteria."""
        check_order(option_order, ())
        return {
            "type": self.type,
            "stem": self.stem,
            "min_words": self.min_words,
            "max_words": self.max_words,
            "criteria": [{"name": criterion.name, "weight": criterion.weight} for criterion in self.rubric],
        }

    def check_response(self, response: Response) -> EssayResponse:
        """Return the response as written."""
        if not isinstance(response, EssayResponse):
            raise InvalidResponse("malformed_response")
        return response

    def grade(self, response: Response | None, levels: Mapping[str, str] | None = None) -> Grade:
        """Return the mean of the levels' shares by the criteria's weights; nothing for a blank text."""
        if levels is None:
            if response is not None and self.check_response(response).text.strip():
                raise NeedsMarker
            return Grade(Fraction(0))
        chosen = [_chosen_level(criterion, levels) for criterion in self.rubric]
        weights = [criterion.weight for criterion in self.rubric]
        share = weighted_share(
            (share_value(level.share), w) for level, w in zip(chosen, weights, strict=True)
        )
        return Grade(share, {"levels": {c.id: levels[c.id] for c in self.rubric}})

    def categories(self, response: Response | None) -> tuple[str, ...]:
        """Return `written`, or omitted for a blank text."""
        text = "" if response is None else self.check_response(response).text
        return (WRITTEN,) if text.strip() else (OMITTED,)

    def shuffle_units(self) -> ShuffleUnits:
        """Return nothing to reorder."""
        return NOTHING_TO_SHUFFLE

    def ids(self) -> tuple[str, ...]:
        """Return the ids of criteria and levels."""
        return tuple(key for c in self.rubric for key in (c.id, *(level.id for level in c.levels)))

    def correct_response(self) -> None:
        """Return None: no text is the right one."""
        return

    def relabelled(self, ids: Mapping[str, str]) -> Self:
        """Return the same content with other ids."""
        rubric = tuple(
            c.model_copy(
                update={
                    "id": ids.get(c.id, c.id),
                    "levels": tuple(
                        level.model_copy(update={"id": ids.get(level.id, level.id)}) for level in c.levels
                    ),
                }
            )
            for c in self.rubric
        )
        return self.model_copy(update={"rubric": rubric})

    def texts(self) -> tuple[tuple[str, str], ...]:
        """Return the stem and the names of the criteria."""
        names = (
            (f"rubric/{index}/name", html.escape(c.name, quote=False)) for index, c in enumerate(self.rubric)
        )
        return (("stem", self.stem), *names)

    def key_summary(self, language: str = "vi") -> str:
        """Return how it is marked."""
        count = len(self.rubric)
        return f"Chấm tay, {count} tiêu chí" if language == "vi" else f"Marked by hand, {count} criteria"


def _chosen_level(criterion: Criterion, levels: Mapping[str, str]) -> Level:
    chosen = next((level for level in criterion.levels if level.id == levels.get(criterion.id)), None)
    if chosen is None:
        raise IncompleteMarking
    return chosen


def _criterion_problems(criterion: Criterion, *, index: int) -> list[Problem]:
    place, number = f"rubric/{index}", index + 1
    found = [] if criterion.name else [Problem("empty_criterion", place, {"number": number})]
    if len(criterion.levels) < 2:
        return [*found, Problem("too_few_levels", place, {"number": number})]
    shares = [share_value(level.share) for level in criterion.levels]
    for level, share in zip(criterion.levels, shares, strict=True):
        if not 0 <= share <= 1:
            limits = {"share": level.share, "least": "0", "most": "1"}
            found.append(Problem("share_out_of_range", place, limits))
    if max(shares) < 1:
        params: dict[str, str | int] = {"number": number, "share": share_text(max(shares))}
        found.append(Problem("rubric_below_full", place, params))
    return found
