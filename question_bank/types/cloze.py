"""Cloze: a text with gaps, each filled by typing a text or a number or by choosing an option."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from question_bank.scoring import weighted_share
from question_bank.shares import Share, share_value
from question_bank.types.answers import LONGEST_TYPED, NumberKey, TextKey
from question_bank.types.content import (
    NO_KEY,
    NOTHING_TO_SHUFFLE,
    OMITTED,
    OTHER,
    Grade,
    InvalidResponse,
    ItemContent,
    Response,
    ShuffleUnits,
    id_problems,
)
from question_bank.types.options import (
    Option,
    OptionId,
    Problem,
    check_order,
    option_label,
    option_problems,
    option_texts,
    pinned_ids,
    relabelled_options,
    share_problems,
    shown_options,
)

MAX_GAPS = 50
MARKER = re.compile(r"\[\[gap:([A-Za-z0-9_-]{1,32})\]\]")
BLANK = "______"
"""What a reader of the text alone sees in place of a gap."""
Weight = Annotated[int, Field(ge=1, le=1000)]


class TextGap(TextKey):
    """A gap for a typed text."""

    kind: Literal["text"] = "text"
    id: OptionId
    weight: Weight = 1

    def view(self, option_order: Sequence[str]) -> dict[str, Any]:
        """Return what a candidate may see."""
        return {"id": self.id, "kind": self.kind, "width": self.width}

    def grade(self, typed: str) -> tuple[Fraction, str]:
        """Return share and category of what was typed."""
        match = self.match_typed(typed)
        return match.share, match.category

    def right(self) -> str | None:
        """Return an entry that earns everything, or None."""
        return self.right_text()

    def problems(self, place: str) -> list[Problem]:
        """Return what blocks review."""
        return self.answer_problems(place)

    def key_summary(self) -> str:
        """Return the accepted answers."""
        return self.answer_summary()


class NumberGap(NumberKey):
    """A gap for a typed number; its unit is shown behind it."""

    kind: Literal["number"] = "number"
    id: OptionId
    weight: Weight = 1

    def view(self, option_order: Sequence[str]) -> dict[str, Any]:
        """Return what a candidate may see."""
        return {"id": self.id, "kind": self.kind, "unit": self.unit}

    def grade(self, typed: str) -> tuple[Fraction, str]:
        """Return share and category of what was typed."""
        match = self.match_typed(typed, units=(self.unit,))
        return match.share, match.category

    def right(self) -> str | None:
        """Return an entry that earns everything, or None."""
        return self.right_number()

    def problems(self, place: str) -> list[Problem]:
        """Return what blocks review."""
        return self.answer_problems(place)

    def key_summary(self) -> str:
        """Return the accepted values."""
        return self.answer_summary()


class ChoiceGap(BaseModel):
    """A gap filled by one of its options, shown as a list to open (`inline`) or one below the other."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["choice"] = "choice"
    id: OptionId
    options: tuple[Option, ...] = ()
    key: OptionId | None = None
    partial: dict[OptionId, Share] = Field(default_factory=dict)
    display: Literal["inline", "list"] = "inline"
    weight: Weight = 1

    def view(self, option_order: Sequence[str]) -> dict[str, Any]:
        """Return what a candidate may see."""
        options = shown_options(self.options, option_order)
        return {"id": self.id, "kind": self.kind, "display": self.display, "options": options}

    def grade(self, typed: str) -> tuple[Fraction, str]:
        """Return share and category of the chosen option's id."""
        if typed == self.key:
            return Fraction(1), typed
        return share_value(self.partial.get(typed, "0")), typed

    def right(self) -> str | None:
        """Return the key."""
        return self.key

    def problems(self, place: str) -> list[Problem]:
        """Return what blocks review."""
        found = option_problems(self.options, place=f"{place}/options")
        if self.key is None:
            found.append(Problem("no_key", f"{place}/key"))
        elif self.key not in {option.id for option in self.options}:
            found.append(Problem("key_not_an_option", f"{place}/key"))
        if self.key in self.partial:
            found.append(Problem("key_has_partial_share", f"{place}/partial"))
        return found + share_problems(self.partial, self.options, place=f"{place}/partial")

    def key_summary(self) -> str:
        """Return the letter of the key."""
        places = [option_label(i) for i, option in enumerate(self.options) if option.id == self.key]
        return places[0] if places else NO_KEY


Gap = Annotated[TextGap | NumberGap | ChoiceGap, Field(discriminator="kind")]


class ClozeRule(StrEnum):
    """How gaps make a score: each its weight, or all right or nothing."""

    PER_GAP = "per_gap"
    ALL_OR_NOTHING = "all_or_nothing"


class ClozeResponse(Response):
    """`{"gaps": {gap id: text or option id}}`, for as many gaps as were filled."""

    gaps: Annotated[
        dict[OptionId, Annotated[str, StringConstraints(max_length=LONGEST_TYPED)]],
        Field(max_length=MAX_GAPS),
    ]


class Cloze(ItemContent):
    """A stem in which `[[gap:ID]]` marks the place of each gap."""

    response_class: ClassVar[type[Response]] = ClozeResponse

    type: Literal["cloze"] = "cloze"
    gaps: Annotated[tuple[Gap, ...], Field(max_length=MAX_GAPS)] = ()
    rule: ClozeRule = ClozeRule.PER_GAP

    def problems(self) -> tuple[Problem, ...]:
        """Return what blocks review: the stem and its markers, then each gap."""
        found = [*self._stem_problems(), *self._marker_problems()]
        if not self.gaps:
            found.append(Problem("no_gap", "gaps"))
        for index, gap in enumerate(self.gaps):
            found += gap.problems(f"gaps/{index}")
        return (*found, *id_problems(self))

    def _marker_problems(self) -> list[Problem]:
        markers, known = Counter(MARKER.findall(self.stem)), {gap.id for gap in self.gaps}
        found = [Problem("marker_without_gap", "stem", {"id": key}) for key in markers if key not in known]
        found += [Problem("repeated_marker", "stem", {"id": k}) for k, count in markers.items() if count > 1]
        found += [
            Problem("gap_without_marker", f"gaps/{index}", {"number": index + 1, "id": gap.id})
            for index, gap in enumerate(self.gaps)
            if gap.id not in markers
        ]
        return found

    def candidate_view(self, option_order: Sequence[str]) -> dict[str, Any]:
        """Return type, stem with its markers, and the gaps, options in the given relative order."""
        check_order(option_order, self.shuffle_units().ids)
        gaps = [gap.view(option_order) for gap in self.gaps]
        return {"type": self.type, "stem": self.stem, "gaps": gaps}

    def check_response(self, response: Response) -> ClozeResponse:
        """Return the response in the order of the gaps, without blank entries."""
        if not isinstance(response, ClozeResponse):
            raise InvalidResponse("malformed_response")
        if not response.gaps.keys() <= {gap.id for gap in self.gaps}:
            raise InvalidResponse("unknown_option")
        filled = {gap.id: response.gaps[gap.id] for gap in self.gaps if response.gaps.get(gap.id, "").strip()}
        choices = {
            gap.id: {option.id for option in gap.options} for gap in self.gaps if isinstance(gap, ChoiceGap)
        }
        if any(entry not in choices[gap_id] for gap_id, entry in filled.items() if gap_id in choices):
            raise InvalidResponse("unknown_option")
        return ClozeResponse(gaps=filled)

    def grade(self, response: Response | None, levels: Mapping[str, str] | None = None) -> Grade:
        """Return the mean of the gaps' shares by their weights, or all for every gap right."""
        filled = {} if response is None else self.check_response(response).gaps
        shares = {gap.id: gap.grade(filled[gap.id])[0] for gap in self.gaps if gap.id in filled}
        if self.rule is ClozeRule.ALL_OR_NOTHING:
            share = Fraction(int(0 < len(self.gaps) == sum(share == 1 for share in shares.values())))
        else:
            share = weighted_share((shares.get(gap.id, Fraction(0)), gap.weight) for gap in self.gaps)
        return Grade(share, {"gaps": {gap_id: str(own) for gap_id, own in shares.items()}})

    def categories(self, response: Response | None) -> tuple[str, ...]:
        """Return for each filled gap `gap:option`, `gap:answer:index` or `gap:other`."""
        filled = {} if response is None else self.check_response(response).gaps
        found = (f"{gap.id}:{gap.grade(filled[gap.id])[1] or OTHER}" for gap in self.gaps if gap.id in filled)
        return tuple(found) or (OMITTED,)

    def shuffle_units(self) -> ShuffleUnits:
        """Return the options of all gaps, one group for each gap that has some."""
        choices = [gap for gap in self.gaps if isinstance(gap, ChoiceGap) and gap.options]
        if not choices:
            return NOTHING_TO_SHUFFLE
        options = [option for gap in choices for option in gap.options]
        groups = tuple(len(gap.options) for gap in choices)
        return ShuffleUnits(tuple(o.id for o in options), pinned_ids(options), locked=False, groups=groups)

    def ids(self) -> tuple[str, ...]:
        """Return each gap's id and those of its options."""
        found: list[str] = []
        for gap in self.gaps:
            found += [gap.id, *(o.id for o in gap.options)] if isinstance(gap, ChoiceGap) else [gap.id]
        return tuple(found)

    def correct_response(self) -> ClozeResponse | None:
        """Return an entry for each gap that earns everything, or None while a gap has none."""
        entries = {gap.id: gap.right() for gap in self.gaps}
        right = {gap_id: entry for gap_id, entry in entries.items() if entry is not None}
        return ClozeResponse(gaps=right) if 0 < len(right) == len(self.gaps) else None

    def relabelled(self, ids: Mapping[str, str]) -> Self:
        """Return the same content with other ids, in the markers of the stem too."""
        stem = MARKER.sub(lambda match: f"[[gap:{ids.get(match[1], match[1])}]]", self.stem)
        return self.model_copy(
            update={"stem": stem, "gaps": tuple(_relabelled_gap(g, ids) for g in self.gaps)}
        )

    def texts(self) -> tuple[tuple[str, str], ...]:
        """Return the stem with blanks for its gaps, then the options of each gap."""
        found = [("stem", MARKER.sub(BLANK, self.stem))]
        for index, gap in enumerate(self.gaps):
            if isinstance(gap, ChoiceGap):
                found += option_texts(gap.options, f"gaps/{index}/options")
        return tuple(found)

    def key_summary(self, language: str = "vi") -> str:
        """Return the key of each gap: "(1) xã; (2) B"."""
        keys = (f"({number}) {gap.key_summary()}" for number, gap in enumerate(self.gaps, 1))
        return "; ".join(keys) or NO_KEY


def _relabelled_gap(gap: Gap, ids: Mapping[str, str]) -> Gap:
    own = {"id": ids.get(gap.id, gap.id)}
    if not isinstance(gap, ChoiceGap):
        return gap.model_copy(update=own)
    return gap.model_copy(
        update=own
        | {
            "options": relabelled_options(gap.options, ids),
            "key": None if gap.key is None else ids.get(gap.key, gap.key),
            "partial": {ids.get(option_id, option_id): share for option_id, share in gap.partial.items()},
        }
    )
