"""Matching: prompts to be paired with targets."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from question_bank.shares import Share, share_text, share_value
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
from question_bank.types.options import (
    MAX_OPTIONS,
    Option,
    OptionId,
    Problem,
    check_order,
    option_label,
    option_texts,
    pinned_ids,
    relabelled_options,
    shown_options,
    text_problems,
)

_MAX_PAIRS = 200
PairIds = tuple[str, str]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Prompt(_Part):
    """What a target is to be found for; prompts stand in authored order."""

    id: OptionId
    text: RichText


class Pair(_Part):
    """A right pair; `share` "" means an equal part of what the other pairs leave."""

    prompt: OptionId
    target: OptionId
    share: Share | Literal[""] = ""

    @property
    def ids(self) -> PairIds:
        """Return (prompt id, target id)."""
        return self.prompt, self.target


class MatchingRule(StrEnum):
    """How pairs make a score: each its share, or exactly the right ones or nothing."""

    PER_PAIR = "per_pair"
    ALL_OR_NOTHING = "all_or_nothing"


class MatchingResponse(Response):
    """`{"pairs": [[prompt id, target id], …]}`, each pair once."""

    pairs: Annotated[
        list[Annotated[list[OptionId], Field(min_length=2, max_length=2)]], Field(max_length=_MAX_PAIRS)
    ]


class Matching(ItemContent):
    """Prompts, targets and the right pairs.

    `wrong` (0 or less) is added for each wrong pair. A prompt takes up to `max_per_prompt` targets (0: no limit);
    a target serves one prompt only unless `is_target_reusable`. Forms shuffle the targets.
    """

    response_class: ClassVar[type[Response]] = MatchingResponse

    type: Literal["matching"] = "matching"
    prompts: Annotated[tuple[Prompt, ...], Field(max_length=MAX_OPTIONS)] = ()
    targets: Annotated[tuple[Option, ...], Field(max_length=MAX_OPTIONS)] = ()
    pairs: Annotated[tuple[Pair, ...], Field(max_length=_MAX_PAIRS)] = ()
    wrong: Share = "0"
    rule: MatchingRule = MatchingRule.PER_PAIR
    max_per_prompt: Annotated[int, Field(ge=0, le=MAX_OPTIONS)] = 1
    is_target_reusable: bool = True
    order_locked: bool = False

    @field_validator("pairs")
    @classmethod
    def _in_authored_order(cls, pairs: tuple[Pair, ...], info: ValidationInfo) -> tuple[Pair, ...]:
        # Pairs are a set; one spelling of it keeps the hashes of equal items equal.
        listed = [*info.data.get("prompts", ()), *info.data.get("targets", ())]
        places = {entry.id: place for place, entry in enumerate(listed)}
        return tuple(sorted(pairs, key=lambda pair: [places.get(key, len(places)) for key in pair.ids]))

    def problems(self) -> tuple[Problem, ...]:
        """Return what blocks review: the stem, prompts and targets, then the pairs."""
        found = self._stem_problems()
        if not self.prompts:
            found.append(Problem("too_few_prompts", "prompts"))
        if len(self.targets) < 2:
            found.append(Problem("too_few_targets", "targets", {"count": len(self.targets)}))
        found += text_problems(self.prompts, place="prompts", noun="prompt", nouns="prompts")
        found += text_problems(self.targets, place="targets", noun="target", nouns="targets")
        found += id_problems(self)
        found += self._pair_problems() if self.pairs else [Problem("no_key", "pairs")]
        if not -1 <= share_value(self.wrong) <= 0:
            limits = {"share": self.wrong, "least": "-1", "most": "0"}
            found.append(Problem("share_out_of_range", "wrong", limits))
        return tuple(found)

    def _pair_problems(self) -> list[Problem]:
        if not self._are_pairs_known():
            return [Problem("pair_of_unknown", "pairs")]
        if len({pair.ids for pair in self.pairs}) < len(self.pairs):
            return [Problem("repeated_pair", "pairs")]
        found: list[Problem] = []
        shares = self._shares()
        key = self._key_pairs()
        reached = sum((shares[pair] for pair in key), Fraction(0))
        if self.rule is MatchingRule.PER_PAIR and reached < 1:
            found.append(Problem("pairs_below_full", "pairs", {"share": share_text(reached)}))
        if self.rule is MatchingRule.ALL_OR_NOTHING and len(key) < len(shares):
            counts = {"count": len(shares), "limit": len(key)}
            found.append(Problem("more_keys_than_choices", "pairs", counts))
        if not self.is_target_reusable and _has_repeated(target for _prompt, target in key):
            found.append(Problem("target_keyed_twice", "pairs"))
        return found

    def _are_pairs_known(self) -> bool:
        prompts, targets = {p.id for p in self.prompts}, {t.id for t in self.targets}
        return all(pair.prompt in prompts and pair.target in targets for pair in self.pairs)

    def _shares(self) -> dict[PairIds, Fraction]:
        """Return the share of each right pair; open ones divide what the others leave."""
        stated = {pair.ids: share_value(pair.share) for pair in self.pairs if pair.share}
        open_pairs = [pair.ids for pair in self.pairs if not pair.share]
        rest = 1 - sum(stated.values(), Fraction(0))
        return stated | {pair: rest / len(open_pairs) for pair in open_pairs}

    def _key_pairs(self) -> list[PairIds]:
        """Return the pairs of the best response: for each prompt its best pairs, as many as it may have."""
        shares = self._shares()
        chosen: list[PairIds] = []
        for prompt in self.prompts:
            own = sorted((pair for pair in shares if pair[0] == prompt.id), key=lambda pair: -shares[pair])
            earning = [pair for pair in own if shares[pair] > 0 or self.rule is MatchingRule.ALL_OR_NOTHING]
            chosen += earning[: self.max_per_prompt or None]
        return chosen

    def candidate_view(self, option_order: Sequence[str]) -> dict[str, Any]:
        """Return type, stem, prompts in authored order, targets in the given order, and what may be paired."""
        check_order(option_order, [target.id for target in self.targets])
        return {
            "type": self.type,
            "stem": self.stem,
            "prompts": [{"id": prompt.id, "text": prompt.text} for prompt in self.prompts],
            "targets": shown_options(self.targets, option_order),
            "max_per_prompt": self.max_per_prompt,
            "is_target_reusable": self.is_target_reusable,
        }

    def check_response(self, response: Response) -> MatchingResponse:
        """Return the response with its pairs in authored order."""
        if not isinstance(response, MatchingResponse):
            raise InvalidResponse("malformed_response")
        pairs = [(prompt, target) for prompt, target in response.pairs]
        prompts = {prompt.id: place for place, prompt in enumerate(self.prompts)}
        targets = {target.id: place for place, target in enumerate(self.targets)}
        if any(prompt not in prompts or target not in targets for prompt, target in pairs):
            raise InvalidResponse("unknown_option")
        if _has_repeated(pairs) or (not self.is_target_reusable and _has_repeated(t for _p, t in pairs)):
            raise InvalidResponse("repeated_option")
        per_prompt = Counter(prompt for prompt, _target in pairs)
        if self.max_per_prompt and max(per_prompt.values(), default=0) > self.max_per_prompt:
            raise InvalidResponse("too_many_choices")
        pairs.sort(key=lambda pair: (prompts[pair[0]], targets[pair[1]]))
        return MatchingResponse(pairs=[[*pair] for pair in pairs])

    def grade(self, response: Response | None, levels: Mapping[str, str] | None = None) -> Grade:
        """Return the shares of the right pairs less those of the wrong ones, or all for exactly the key."""
        pairs = [] if response is None else [(p, t) for p, t in self.check_response(response).pairs]
        shares = self._shares()
        right = [pair for pair in pairs if pair in shares]
        wrong = len(pairs) - len(right)
        if self.rule is MatchingRule.ALL_OR_NOTHING:
            share = Fraction(int(0 < len(right) == len(shares) and not wrong))
        else:
            share = sum((shares[pair] for pair in right), Fraction(0)) + wrong * share_value(self.wrong)
        return Grade(share, {"pairs": [[*pair] for pair in pairs], "right": len(right), "wrong": wrong})

    def categories(self, response: Response | None) -> tuple[str, ...]:
        """Return `prompt:target` for each pair."""
        pairs = [] if response is None else self.check_response(response).pairs
        return tuple(f"{prompt}:{target}" for prompt, target in pairs) or (OMITTED,)

    def shuffle_units(self) -> ShuffleUnits:
        """Return the target ids, those pinned to their place, and the lock."""
        ids = tuple(target.id for target in self.targets)
        return ShuffleUnits(ids, pinned_ids(self.targets), self.order_locked)

    def ids(self) -> tuple[str, ...]:
        """Return the ids of prompts and targets."""
        return (*(prompt.id for prompt in self.prompts), *(target.id for target in self.targets))

    def correct_response(self) -> MatchingResponse | None:
        """Return the best pairs, or None while there is no key, or one that no candidate could enter."""
        if not self.pairs or self._pair_problems():
            return None
        return MatchingResponse(pairs=[[*pair] for pair in self._key_pairs()])

    def relabelled(self, ids: Mapping[str, str]) -> Self:
        """Return the same content with other ids."""
        pairs = tuple(
            pair.model_copy(
                update={
                    "prompt": ids.get(pair.prompt, pair.prompt),
                    "target": ids.get(pair.target, pair.target),
                }
            )
            for pair in self.pairs
        )
        prompts = tuple(p.model_copy(update={"id": ids.get(p.id, p.id)}) for p in self.prompts)
        targets = relabelled_options(self.targets, ids)
        return self.model_copy(update={"prompts": prompts, "targets": targets, "pairs": pairs})

    def texts(self) -> tuple[tuple[str, str], ...]:
        """Return the stem, the prompts and the targets."""
        prompts = ((f"prompts/{index}", prompt.text) for index, prompt in enumerate(self.prompts))
        return (("stem", self.stem), *prompts, *option_texts(self.targets, "targets"))

    def key_summary(self, language: str = "vi") -> str:
        """Return the pairs by number and letter: "1–b, 2–a"."""
        keyed = self.correct_response()
        if keyed is None:
            return NO_KEY
        prompts = {prompt.id: str(place) for place, prompt in enumerate(self.prompts, 1)}
        targets = {t.id: option_label(place).lower() for place, t in enumerate(self.targets)}
        return ", ".join(f"{prompts[p]}–{targets[t]}" for p, t in keyed.pairs) or NO_KEY


def _has_repeated(values: Iterable[object]) -> bool:
    listed = list(values)
    return len(set(listed)) < len(listed)
