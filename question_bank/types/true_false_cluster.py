"""True/false cluster: a shared stem and two to six statements, each judged by itself."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from question_bank.shares import Share, share_value
from question_bank.text import RichText
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
from question_bank.types.options import OptionId, Problem, check_order, text_problems

LEAST_STATEMENTS, MOST_STATEMENTS = 2, 6
DEFAULT_STEPS: tuple[Share, ...] = ("0", "0.1", "0.25", "0.5", "1")
"""The usual scale for four statements: the share for 0, 1, 2, 3 and 4 right ones.

Source: structure of the Vietnamese upper-secondary graduation examination from 2025, part II (đúng/sai).
"""
_INITIALS = {"vi": "ĐS", "en": "TF"}


class ClusterScoring(StrEnum):
    """How right judgements make a score: by a scale, each its part, or all or nothing."""

    STEPS = "steps"
    PER_STATEMENT = "per_statement"
    ALL_OR_NOTHING = "all_or_nothing"


class Statement(BaseModel):
    """One statement and whether it is true; `pinned` keeps it at its authored place."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: OptionId
    text: RichText
    key: bool | None = None
    pinned: bool = False


class TrueFalseClusterResponse(Response):
    """`{"values": {id: bool}}`, for as many statements as were judged."""

    values: Annotated[dict[OptionId, bool], Field(max_length=MOST_STATEMENTS)]


class TrueFalseCluster(ItemContent):
    """A stem, its statements, and how they are scored; `steps[n]` is the share for n right judgements."""

    response_class: ClassVar[type[Response]] = TrueFalseClusterResponse

    type: Literal["true_false_cluster"] = "true_false_cluster"
    statements: Annotated[tuple[Statement, ...], Field(max_length=26)] = ()
    order_locked: bool = False
    scoring: ClusterScoring = ClusterScoring.STEPS
    steps: Annotated[tuple[Share, ...], Field(max_length=27)] = DEFAULT_STEPS

    def problems(self) -> tuple[Problem, ...]:
        """Return what blocks review: the stem, the statements, their keys, then the scale."""
        found, count = self._stem_problems(), len(self.statements)
        if not LEAST_STATEMENTS <= count <= MOST_STATEMENTS:
            counts = {"least": LEAST_STATEMENTS, "most": MOST_STATEMENTS, "count": count}
            found.append(Problem("statement_count", "statements", counts))
        found += text_problems(self.statements, place="statements", noun="statement", nouns="statements")
        found += [
            Problem("statement_without_key", f"statements/{index}", {"label": chr(ord("A") + index)})
            for index, statement in enumerate(self.statements)
            if statement.key is None
        ]
        found += id_problems(self)
        if self.scoring is ClusterScoring.STEPS and not self._is_scale_sound():
            found.append(Problem("steps_do_not_fit", "steps", {"count": count + 1, "last": count}))
        return tuple(found)

    def _is_scale_sound(self) -> bool:
        shares = [share_value(step) for step in self.steps]
        return (
            len(shares) == len(self.statements) + 1
            and shares == sorted(shares)
            and shares[0] == 0
            and shares[-1] == 1
        )

    def candidate_view(self, option_order: Sequence[str]) -> dict[str, Any]:
        """Return type, stem and the statements' ids and texts in the given order."""
        check_order(option_order, self.ids())
        texts = {statement.id: statement.text for statement in self.statements}
        statements = [{"id": key, "text": texts[key]} for key in option_order]
        return {"type": self.type, "stem": self.stem, "statements": statements}

    def check_response(self, response: Response) -> TrueFalseClusterResponse:
        """Return the response in authored order."""
        if not isinstance(response, TrueFalseClusterResponse):
            raise InvalidResponse("malformed_response")
        if not set(response.values) <= set(self.ids()):
            raise InvalidResponse("unknown_option")
        return TrueFalseClusterResponse(
            values={key: response.values[key] for key in self.ids() if key in response.values}
        )

    def grade(self, response: Response | None, levels: Mapping[str, str] | None = None) -> Grade:
        """Return the share by the item's scoring; a statement left open is not right."""
        values = {} if response is None else self.check_response(response).values
        right = sum(s.key is not None and values.get(s.id) is s.key for s in self.statements)
        count = len(self.statements)
        match self.scoring:
            case ClusterScoring.STEPS:
                share = share_value(self.steps[right]) if right < len(self.steps) else Fraction(0)
            case ClusterScoring.PER_STATEMENT:
                share = Fraction(right, count or 1)
            case ClusterScoring.ALL_OR_NOTHING:
                share = Fraction(int(0 < count == right))
        return Grade(share if values else Fraction(0), {"values": {**values}, "right": right})

    def categories(self, response: Response | None) -> tuple[str, ...]:
        """Return `id:true` or `id:false` for each judged statement."""
        values = {} if response is None else self.check_response(response).values
        return tuple(f"{key}:{str(value).lower()}" for key, value in values.items()) or (OMITTED,)

    def shuffle_units(self) -> ShuffleUnits:
        """Return the statement ids, those pinned to their place, and the lock."""
        pinned = frozenset(statement.id for statement in self.statements if statement.pinned)
        return ShuffleUnits(tuple(s.id for s in self.statements), pinned, self.order_locked)

    def correct_response(self) -> TrueFalseClusterResponse | None:
        """Return the keys as a response, or None while a statement has none."""
        values = {s.id: s.key for s in self.statements if s.key is not None}
        return TrueFalseClusterResponse(values=values) if 0 < len(values) == len(self.statements) else None

    def relabelled(self, ids: Mapping[str, str]) -> Self:
        """Return the same content with other statement ids."""
        statements = tuple(s.model_copy(update={"id": ids.get(s.id, s.id)}) for s in self.statements)
        return self.model_copy(update={"statements": statements})

    def texts(self) -> tuple[tuple[str, str], ...]:
        """Return the stem and the statements."""
        found = ((f"statements/{index}", s.text) for index, s in enumerate(self.statements))
        return (("stem", self.stem), *found)

    def key_summary(self, language: str = "vi") -> str:
        """Return each statement's letter with Đ or S: "a Đ, b S"."""
        if self.correct_response() is None:
            return NO_KEY
        truths = _INITIALS[language]
        keys = enumerate(statement.key for statement in self.statements)
        return ", ".join(f"{chr(ord('a') + index)} {truths[not key]}" for index, key in keys)
