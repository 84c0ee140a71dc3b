"""Pairing what stands in two lists, or within one list whose right pairs divide it into two."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from question_bank.formats.qti.dice import Dice
from question_bank.formats.qti.shares import share_of
from question_bank.formats.qti.spaces import Choice, Content, Given, Inexpressible, Scoring, Space, Variable
from question_bank.formats.qti.values import BaseType, Scalar, Value
from question_bank.shares import share_text

_SAMPLED = 120
Pair = tuple[str, str]
"""Identifiers of a prompt and a target."""


@dataclass(slots=True)
class PairSpace(Space):
    """Pairs of a prompt and a target; `is_swapped` where the file names the target first."""

    variable: Variable
    prompts: Sequence[Choice]
    targets: Sequence[Choice]
    is_swapped: bool
    is_shuffled: bool
    notes: tuple[str, ...] = ()

    @property
    def identifiers(self) -> tuple[str, ...]:
        """Return the one variable."""
        return (self.variable.identifier,)

    def _scalar(self, pair: Pair) -> Scalar:
        first, second = reversed(pair) if self.is_swapped else pair
        return tuple(sorted((first, second))) if self.variable.base is BaseType.PAIR else (first, second)

    def _given(self, pairs: Sequence[Pair]) -> Given:
        return self.variable.given(*(self._scalar(pair) for pair in pairs))

    def _pairs(self, value: Value | None) -> list[Pair]:
        prompts = {choice.identifier for choice in self.prompts}
        targets = {choice.identifier for choice in self.targets}
        found: list[Pair] = []
        for item in value.items if value is not None else ():
            if not isinstance(item, tuple) or len(item) != 2:
                raise Inexpressible
            first, second = reversed(item) if self.is_swapped else item
            if self.variable.base is BaseType.PAIR and first not in prompts:
                first, second = second, first
            if first not in prompts or second not in targets:
                raise Inexpressible
            found.append((first, second))
        return found

    def _most(self, sides: Sequence[Choice]) -> int:
        most = [choice.match_max for choice in sides]
        return 0 if 0 in most else max(most, default=1)

    def _fits(self, pairs: Sequence[Pair]) -> bool:
        per_prompt, is_reusable = self._most(self.prompts), self._most(self.targets) != 1
        firsts, seconds = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        crowded = per_prompt and any(firsts.count(name) > per_prompt for name in set(firsts))
        return not crowded and (is_reusable or len(set(seconds)) == len(seconds))

    def declared(self) -> Given | None:
        """Return the declared pairs."""
        correct = self.variable.correct
        return None if correct is None else {self.variable.identifier: correct}

    def _all(self) -> list[Pair]:
        return [(p.identifier, t.identifier) for p in self.prompts for t in self.targets]

    def samples(self, score: Scoring) -> Iterator[Given]:
        """Yield every pair alone, the best pairs with one lost or changed, and some pairings at random."""
        pairs = self._all()
        best = self._best(score)
        yield self._given(best)
        yield from (self._given([pair]) for pair in pairs)
        for lost in best:
            rest = [pair for pair in best if pair != lost]
            yield self._given(rest)
            for target in self.targets:
                changed = [*rest, (lost[0], target.identifier)]
                if (lost[0], target.identifier) not in rest and self._fits(changed):
                    yield self._given(changed)
        dice = Dice("samples")
        for _ in range(_SAMPLED):
            drawn: list[Pair] = []
            for pair in dice.some_of(pairs, len(pairs)):
                if self._fits([*drawn, pair]) and dice.is_heads():
                    drawn.append(pair)
                if len(drawn) >= max(len(self.prompts), len(best)):
                    break
            yield self._given(drawn)

    def answer(self, given: Given) -> object | None:
        """Return the pairs of ids."""
        pairs = self._pairs(given.get(self.variable.identifier))
        if not pairs:
            return None
        ids = {choice.identifier: choice.id for choice in (*self.prompts, *self.targets)}
        return {"pairs": [[ids[first], ids[second]] for first, second in pairs]}

    def contents(self, score: Scoring) -> Iterator[Content]:
        """Yield a matching in which every pair has its share, then one that counts as a whole."""
        best = self._best(score)
        whole = score(self._given(best)) if best else Fraction(0)
        shared = self._shared()
        if whole > 0:
            yield from self._per_pair(score, best, shared=shared, whole=whole)
        yield {**shared, "pairs": [self._pair(pair) for pair in best], "rule": "all_or_nothing"}

    def _per_pair(
        self, score: Scoring, best: Sequence[Pair], *, shared: Content, whole: Fraction
    ) -> Iterator[Content]:
        alone = {pair: score(self._given([pair])) for pair in self._all()}
        beside = {p: whole - score(self._given([q for q in best if q != p])) for p in best}
        for scores in ({p: s for p, s in alone.items() if s > 0}, beside):
            shares = {pair: share_of(gained, whole) for pair, gained in scores.items()}
            is_equal = all(share == Fraction(1, len(shares)) for share in shares.values())
            pairs = [self._pair(p, "" if is_equal else share_text(share)) for p, share in shares.items()]
            wrong = sorted({min(s, Fraction(0)) for p, s in alone.items() if p not in scores} | {Fraction(0)})
            wrong += [change for change in [self._change(score, best)] if change not in wrong]
            for loss in wrong[:4]:
                text = share_text(share_of(loss, whole)) if loss else "0"
                yield {**shared, "pairs": pairs, "wrong": text, "rule": "per_pair"}
            # Some pairs may cost more than others.
            costs = self._costs(score, best, known=scores)
            stated = [self._pair(p, share_text(share)) for p, share in shares.items()]
            dear = [self._pair(p, share_text(share_of(cost, whole))) for p, cost in costs.items()]
            yield {**shared, "pairs": stated + dear, "wrong": "0", "rule": "per_pair"}

    def _costs(
        self, score: Scoring, best: Sequence[Pair], *, known: Mapping[Pair, Fraction]
    ) -> dict[Pair, Fraction]:
        """Return the pairs that take points away where they stand among the best for the others."""
        costs: dict[Pair, Fraction] = {}
        for pair in self._all():
            rest = [p for p in best if p[0] != pair[0] and (p[1] != pair[1] or self._most(self.targets) != 1)]
            change = score(self._given([*rest, pair])) - score(self._given(rest))
            if pair not in known and change < 0:
                costs[pair] = change
        return costs

    def _change(self, score: Scoring, best: Sequence[Pair]) -> Fraction:
        """Return what a wrong pair in the place of a right one adds beyond losing that one."""
        if not best:
            return Fraction(0)
        rest = list(best[1:])
        changed = ((best[0][0], target.identifier) for target in self.targets)
        wrong = next((p for p in changed if p not in best and self._fits([*rest, p])), None)
        if wrong is None:
            return Fraction(0)
        return min(Fraction(0), score(self._given([*rest, wrong])) - score(self._given(rest)))

    def _pair(self, pair: Pair, share: str = "") -> Content:
        prompts = {choice.identifier: choice.id for choice in self.prompts}
        targets = {choice.identifier: choice.id for choice in self.targets}
        return {"prompt": prompts[pair[0]], "target": targets[pair[1]], "share": share}

    def _shared(self) -> Content:
        return {
            "type": "matching",
            "prompts": [{"id": choice.id, "text": choice.text} for choice in self.prompts],
            "targets": [choice.option() for choice in self.targets],
            "max_per_prompt": self._most(self.prompts),
            "is_target_reusable": self._most(self.targets) != 1,
            "order_locked": not self.is_shuffled,
        }

    def _best(self, score: Scoring) -> list[Pair]:
        """Return the pairs that score most: those declared, or all that are worth something."""
        try:
            declared = self._pairs(self.variable.correct)
        except Inexpressible:
            declared = []
        worth = {pair: score(self._given([pair])) for pair in self._all()}
        valued = [pair for pair in sorted(worth, key=lambda p: -worth[p]) if worth[pair] > 0]
        chosen: list[Pair] = []
        for pair in valued:
            if self._fits([*chosen, pair]):
                chosen.append(pair)
        if not declared or (chosen and score(self._given(chosen)) > score(self._given(declared))):
            return sorted(chosen, key=self._all().index)
        return declared


def sides(names: Sequence[str], pairs: Sequence[Pair]) -> tuple[list[str], list[str]] | None:
    """Divide names into two lists so that every pair has one of each, or return None where that is impossible.

    What is in no pair goes to the second list, where it distracts.
    """
    side: dict[str, int] = {}
    for start in (name for pair in pairs for name in pair):
        waiting = [(start, 0)] if start not in side else []
        while waiting:
            name, which = waiting.pop()
            if side.setdefault(name, which) != which:
                return None
            others = [b if a == name else a for a, b in pairs if name in (a, b)]
            waiting += [(other, 1 - which) for other in others if side.get(other) != 1 - which]
    first = [name for name in names if side.get(name) == 0]
    return (first, [name for name in names if side.get(name) != 0]) if first else None
