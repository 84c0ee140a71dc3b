"""Ranking: actions to be ranked, scored by their distance from the consensus of experts."""

from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue

from question_bank.scoring import consensus_share, distance_range, rank_distance
from question_bank.shares import DecimalText
from question_bank.types.content import NO_KEY, Grade, Response
from question_bank.types.options import (
    OptionId,
    Problem,
    option_label,
    option_problems,
    relabelled_options,
)
from question_bank.types.order_response import OrderContent, OrderResponse


class RankDistance(StrEnum):
    """How far a ranking lies from the consensus: the sum of absolute or of squared rank differences."""

    FOOTRULE = "footrule"
    SQUARED = "squared"


class Ranking(OrderContent):
    """A situation, its possible actions, and each action's mean rank among `judges` experts (1 is best).

    The nearest possible ranking scores everything, the farthest one nothing.
    """

    type: Literal["ranking"] = "ranking"
    consensus: dict[OptionId, DecimalText] = Field(default_factory=dict)
    judges: Annotated[int, Field(ge=0, le=10_000)] = 0
    distance: RankDistance = RankDistance.FOOTRULE

    def problems(self) -> tuple[Problem, ...]:
        """Return what blocks review: the stem, the options, then the consensus."""
        found = [*self._stem_problems(), *option_problems(self.options)]
        if not self.consensus:
            found.append(Problem("no_key", "consensus"))
        elif not self._is_consensus_complete():
            found.append(Problem("consensus_not_complete", "consensus", {"count": len(self.options)}))
        elif not self._tells_rankings_apart():
            found.append(Problem("consensus_all_equal", "consensus"))
        if self.judges < 1:
            found.append(Problem("no_judges", "judges"))
        return tuple(found)

    def _is_consensus_complete(self) -> bool:
        in_range = all(1 <= Fraction(rank) <= len(self.options) for rank in self.consensus.values())
        return in_range and self.consensus.keys() == set(self.ids())

    @property
    def _power(self) -> Literal[1, 2]:
        return 1 if self.distance is RankDistance.FOOTRULE else 2

    def _tells_rankings_apart(self) -> bool:
        means = [Fraction(mean) for mean in self.consensus.values()]
        nearest, farthest = distance_range(means, power=self._power)
        return nearest < farthest

    def grade(self, response: Response | None, levels: Mapping[str, str] | None = None) -> Grade:
        """Return how near the ranking is to the consensus, between the nearest and the farthest possible."""
        if response is None or not self._is_consensus_complete():
            return Grade(Fraction(0), {"order": None})
        order = self.check_response(response).order
        means = [Fraction(self.consensus[key]) for key in order]
        detail: dict[str, JsonValue] = {
            "order": [*order],
            "distance": str(rank_distance(means, power=self._power)),
        }
        return Grade(consensus_share(means, power=self._power), detail)

    def correct_response(self) -> OrderResponse | None:
        """Return the ranking nearest to the consensus, or None while that cannot be scored."""
        if not self._is_consensus_complete() or not self._tells_rankings_apart():
            return None
        return OrderResponse(order=sorted(self.ids(), key=lambda key: Fraction(self.consensus[key])))

    def relabelled(self, ids: Mapping[str, str]) -> Self:
        """Return the same content with other option ids."""
        consensus = {ids.get(key, key): rank for key, rank in self.consensus.items()}
        options = relabelled_options(self.options, ids)
        return self.model_copy(update={"options": options, "consensus": consensus})

    def key_summary(self, language: str = "vi") -> str:
        """Return the letters from best to worst: "B > A > C"."""
        best = self.correct_response()
        if best is None:
            return NO_KEY
        places = {option.id: index for index, option in enumerate(self.options)}
        return " > ".join(option_label(places[key]) for key in best.order)
