"""Case (tình huống): a shared stimulus with its questions, drawn, shown, versioned and reviewed as one."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from question_bank.scoring import weighted_share
from question_bank.types.cloze import Cloze
from question_bank.types.content import (
    NO_KEY,
    OMITTED,
    Grade,
    InvalidResponse,
    ItemContent,
    Response,
    ShuffleUnits,
    id_problems,
)
from question_bank.types.essay import Essay
from question_bank.types.matching import Matching
from question_bank.types.multiple_choice import MultipleChoice
from question_bank.types.numeric import Numeric
from question_bank.types.options import OptionId, Problem, check_order
from question_bank.types.ordering import Ordering
from question_bank.types.ranking import Ranking
from question_bank.types.short_text import ShortText
from question_bank.types.single_choice import SingleChoice
from question_bank.types.true_false import TrueFalse
from question_bank.types.true_false_cluster import TrueFalseCluster

MAX_PARTS = 10

PartContent = (
    SingleChoice  # one line per item type that stands alone as well as in a case
    | MultipleChoice
    | TrueFalse
    | TrueFalseCluster
    | ShortText
    | Numeric
    | Cloze
    | Matching
    | Ordering
    | Ranking
    | Essay
)


class Part(BaseModel):
    """One question of a case; `weight` is its part of the case's points relative to the others."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: OptionId
    weight: Annotated[int, Field(ge=1, le=1000)] = 1
    content: Annotated[PartContent, Field(discriminator="type")]


class CaseResponse(Response):
    """`{"parts": {part id: the response of that part}}`, for as many parts as were answered."""

    parts: Annotated[dict[OptionId, dict[str, JsonValue]], Field(max_length=MAX_PARTS)]


class Case(ItemContent):
    """The stem is the shared stimulus; parts stand in authored order, each with its own stem."""

    response_class: ClassVar[type[Response]] = CaseResponse

    type: Literal["case"] = "case"
    parts: Annotated[tuple[Part, ...], Field(max_length=26)] = ()

    @property
    def needs_marker(self) -> bool:
        """Tell whether a part has to be marked by a person."""
        return any(part.content.needs_marker for part in self.parts)

    def problems(self) -> tuple[Problem, ...]:
        """Return what blocks review: the stimulus, the number of parts, then each part's own problems."""
        found, count = self._stem_problems(), len(self.parts)
        if not 1 <= count <= MAX_PARTS:
            found.append(Problem("part_count", "parts", {"count": count, "most": MAX_PARTS}))
        for index, part in enumerate(self.parts):
            found += [
                Problem(problem.code, f"parts/{index}/{problem.place}", problem.params)
                for problem in part.content.problems()
                if problem.code != "repeated_id"
            ]
        return (*found, *id_problems(self))

    def candidate_view(self, option_order: Sequence[str]) -> dict[str, Any]:
        """Return type, stimulus, and each part's view with its options in the given relative order."""
        check_order(option_order, self.shuffle_units().ids)
        parts = []
        for part in self.parts:
            own = set(part.content.shuffle_units().ids)
            view = part.content.candidate_view([key for key in option_order if key in own])
            parts.append({"id": part.id, "weight": part.weight, "view": view})
        return {"type": self.type, "stem": self.stem, "parts": parts}

    def _responses(self, response: Response | None) -> dict[str, Response]:
        """Return part id → its response, checked, in the order of the parts."""
        if response is None:
            return {}
        if not isinstance(response, CaseResponse):
            raise InvalidResponse("malformed_response")
        given = response.parts
        if not given.keys() <= {part.id for part in self.parts}:
            raise InvalidResponse("unknown_option")
        return {
            part.id: part.content.parse_response(given[part.id]) for part in self.parts if part.id in given
        }

    def check_response(self, response: Response) -> CaseResponse:
        """Return the response with each part's response in its canonical form."""
        parts = {key: own.model_dump(mode="json") for key, own in self._responses(response).items()}
        return CaseResponse(parts=parts)

    def grade(self, response: Response | None, levels: Mapping[str, str] | None = None) -> Grade:
        """Return the mean of the parts' shares, each within 0 and 1, by their weights.

        `levels` covers the criteria of all parts that need a marker.
        """
        responses = self._responses(response)
        grades = {
            part.id: part.content.grade(
                responses.get(part.id), levels if part.content.needs_marker else None
            ).kept_share
            for part in self.parts
        }
        share = weighted_share((grades[part.id], part.weight) for part in self.parts)
        return Grade(share, {"parts": {key: str(own) for key, own in grades.items()}})

    def categories(self, response: Response | None) -> tuple[str, ...]:
        """Return `part/category` of each answered part."""
        responses = self._responses(response)
        found = [
            f"{part.id}/{category}"
            for part in self.parts
            if part.id in responses
            for category in part.content.categories(responses[part.id])
        ]
        return tuple(found) or (OMITTED,)

    def shuffle_units(self) -> ShuffleUnits:
        """Return the units of all parts, each part's groups kept apart; a locked part's ids keep their place."""
        ids: list[str] = []
        pinned: set[str] = set()
        groups: list[int] = []
        for part in self.parts:
            units = part.content.shuffle_units()
            ids += units.ids
            pinned.update(units.ids if units.locked else units.pinned)
            groups += units.groups or ([len(units.ids)] if units.ids else [])
        locked = all(part.content.shuffle_units().locked for part in self.parts)
        return ShuffleUnits(tuple(ids), frozenset(pinned), locked, tuple(groups))

    def ids(self) -> tuple[str, ...]:
        """Return each part's id and the ids within it."""
        return tuple(key for part in self.parts for key in (part.id, *part.content.ids()))

    def correct_response(self) -> CaseResponse | None:
        """Return each part's keyed response, or None while a part has none."""
        keyed = {part.id: part.content.correct_response() for part in self.parts}
        parts = {key: own.model_dump(mode="json") for key, own in keyed.items() if own is not None}
        return CaseResponse(parts=parts) if 0 < len(parts) == len(self.parts) else None

    def relabelled(self, ids: Mapping[str, str]) -> Self:
        """Return the same content with other ids."""
        parts = tuple(
            part.model_copy(update={"id": ids.get(part.id, part.id), "content": part.content.relabelled(ids)})
            for part in self.parts
        )
        return self.model_copy(update={"parts": parts})

    def texts(self) -> tuple[tuple[str, str], ...]:
        """Return the stimulus, then each part's texts."""
        own = (
            (f"parts/{index}/{place}", text)
            for index, part in enumerate(self.parts)
            for place, text in part.content.texts()
        )
        return (("stem", self.stem), *own)

    def key_summary(self, language: str = "vi") -> str:
        """Return the key of each part: "1: B · 2: Đúng"."""
        keys = (f"{n}: {part.content.key_summary(language)}" for n, part in enumerate(self.parts, 1))
        return " · ".join(keys) or NO_KEY
