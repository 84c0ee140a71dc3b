"""Places to fill in a running text, all together, or one typed answer by itself."""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from question_bank.formats.qti.dice import Dice
from question_bank.formats.qti.entering import Place, Worth
from question_bank.formats.qti.shares import whole_weights
from question_bank.formats.qti.spaces import Content, Given, Inexpressible, Scoring, Space, Variable
from question_bank.formats.qti.values import Scalar

_ALL_FILLINGS = 64
_SAMPLED = 80
_NOTHING = Fraction(0)
Filling = Mapping[str, Scalar]
"""Entries by the id of their place."""


@dataclass(slots=True)
class ClozeSpace(Space):
    """Places in a text; `is_alone` where there is one typed answer after the text instead."""

    variables: Mapping[str, Variable]
    places: Sequence[Place]
    is_alone: bool = False
    notes: tuple[str, ...] = ()

    @property
    def identifiers(self) -> tuple[str, ...]:
        """Return the variables of all places."""
        return tuple(dict.fromkeys(place.response for place in self.places))

    def _given(self, filling: Filling) -> Given:
        members: dict[str, list[Scalar]] = defaultdict(list)
        for place in self.places:
            if place.id in filling:
                members[place.response].append(place.scalar(filling[place.id]))
        return {name: self.variables[name].value(found) for name, found in members.items()}

    def _worth(self, score: Scoring, place: Place, others: Filling, *, less: Fraction = _NOTHING) -> Worth:
        """Return what an entry at one place scores while the others are filled, less what they score alone."""

        def worth(entry: Scalar) -> Fraction:
            return score(self._given({**others, place.id: entry})) - less

        return worth

    def declared(self) -> Given | None:
        """Return the declared entries, if every place has one."""
        filling = {place.id: place.declared for place in self.places if place.declared is not None}
        return self._given(filling) if len(filling) == len(self.places) else None

    def _best(self, score: Scoring) -> dict[str, Scalar]:
        """Return the best entry of every place: the declared ones, else what scores most by itself."""
        declared = {place.id: place.declared for place in self.places if place.declared is not None}
        alone = {}
        for place in self.places:
            entry = place.best(self._worth(score, place, {}))
            if entry is not None:
                alone[place.id] = entry
        if len(declared) == len(self.places) and score(self._given(declared)) >= score(self._given(alone)):
            return declared
        return {**declared, **alone}

    def samples(self, score: Scoring) -> Iterator[Given]:
        """Yield every entry at every place by itself and among the best, then whole fillings."""
        best = self._best(score)
        yield self._given(best)
        entries = {place.id: place.entries() for place in self.places}
        for place in self.places:
            yield self._given({name: entry for name, entry in best.items() if name != place.id})
            for entry in entries[place.id]:
                yield self._given({place.id: entry})
                yield self._given({**best, place.id: entry})
        many = 1
        for found in entries.values():
            many *= len(found)
        if many <= _ALL_FILLINGS:
            for filling in itertools.product(*entries.values()):
                yield self._given(dict(zip(entries, filling, strict=True)))
            return
        dice = Dice("samples")
        for _ in range(_SAMPLED):
            chosen = {name: dice.one_of(found) for name, found in entries.items()}
            yield self._given({n: best.get(n, e) if dice.is_heads() else e for n, e in chosen.items()})

    def answer(self, given: Given) -> object | None:
        """Return the entries as typed, or the ids of what was picked; a place holds one."""
        entered: dict[str, str] = {}
        for place in self.places:
            members = self._members(given, place)
            if len(members) > 1:
                raise Inexpressible
            text = place.entered(members[0]) if members else None
            if text is not None:
                entered[place.id] = text
        if not self.is_alone:
            return {"gaps": entered} if entered else None
        return {"text": next(iter(entered.values()))} if entered else None

    def _members(self, given: Given, place: Place) -> list[Scalar]:
        value = given.get(place.response)
        items: Sequence[Scalar] = () if value is None else value.items
        if place.gap:
            return [item[0] for item in items if isinstance(item, tuple) and item[1:] == (place.gap,)]
        return list(items)

    def contents(self, score: Scoring) -> Iterator[Content]:
        """Yield the answer by itself, or a cloze by its gaps and one that counts as a whole."""
        if self.is_alone:
            (place,) = self.places
            key, _ = place.key(self._worth(score, place, {}))
            key.pop("width", None) if place.kind == "number" else None
            yield {"type": "numeric" if place.kind == "number" else "short_text", **key}
            return
        best = self._best(score)
        yield self._cloze(score, {}, rule="per_gap")
        yield self._cloze(score, best, rule="per_gap")
        yield self._cloze(score, best, rule="all_or_nothing")

    def _cloze(self, score: Scoring, beside: Filling, *, rule: str) -> Content:
        """Return the cloze whose places are judged while the others are filled with `beside`.

        By itself a wrong entry may cost nothing because no score goes below 0; beside right ones it does.
        """
        gaps, tops = [], []
        for place in self.places:
            others = {name: entry for name, entry in beside.items() if name != place.id}
            rest = score(self._given(others)) if rule == "per_gap" else Fraction(0)
            key, top = place.key(self._worth(score, place, others, less=rest))
            gap = {"id": place.id, "kind": place.kind, **key}
            if place.choices:
                gap["options"] = [choice.option() for choice in place.choices]
                gap["display"] = "inline" if place.is_inline else "list"
            gaps.append(gap)
            tops.append(top)
        weights = whole_weights(tops) if rule == "per_gap" else None
        for gap, weight in zip(gaps, weights or [1] * len(gaps), strict=True):
            gap["weight"] = weight
        return {"type": "cloze", "gaps": gaps, "rule": rule}
