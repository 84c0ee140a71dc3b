"""Flaws of the key: redundant answers, tolerances, too little to order, and keys that prefer one letter."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from question_bank.items import AnyContent, ItemDraft
from question_bank.lint.findings import Finding, Fix, FixKind, Severity
from question_bank.types.answers import NumberKey, TextKey
from question_bank.types.cloze import Cloze
from question_bank.types.content import option_label
from question_bank.types.multiple_choice import MultipleChoice
from question_bank.types.ordering import Ordering
from question_bank.types.single_choice import SingleChoice

FEWEST_TO_ORDER = 3


def check_one_key(content: AnyContent) -> Iterator[Finding]:
    """Yield a multiple-choice item that has one key only."""
    if isinstance(content, MultipleChoice) and len(content.keys) == 1:
        yield Finding("one_key_only", Severity.INFO, "keys", fix=Fix(FixKind.MAKE_SINGLE))


def check_entries(content: AnyContent) -> Iterator[Finding]:
    """Yield an ordering that half of all guesses get right."""
    if isinstance(content, Ordering) and 2 <= len(content.options) < FEWEST_TO_ORDER:
        yield Finding("few_entries", Severity.WARNING, "options", {"count": len(content.options)})


def _typed_keys(content: AnyContent) -> Iterator[tuple[str, TextKey | NumberKey]]:
    if isinstance(content, TextKey | NumberKey):
        yield "answers", content
    if isinstance(content, Cloze):
        for index, gap in enumerate(content.gaps):
            if isinstance(gap, TextKey | NumberKey):
                yield f"gaps/{index}/answers", gap


def check_answers(content: AnyContent) -> Iterator[Finding]:
    """Yield accepted texts that an earlier one covers, and tolerances larger than their value."""
    for place, key in _typed_keys(content):
        if isinstance(key, TextKey):
            yield from _equal_answers(key, place)
            continue
        for index, answer in enumerate(key.answers):
            value, tolerance = Fraction(answer.value), Fraction(answer.tolerance)
            if value and tolerance > abs(value):
                params = {"value": answer.value, "tolerance": answer.tolerance}
                yield Finding("wide_tolerance", Severity.WARNING, f"{place}/{index}", params)


def _equal_answers(key: TextKey, place: str) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for index, answer in enumerate(key.answers):
        other = first.setdefault(key.typed_key(answer.text), answer.text)
        if other is not answer.text:
            own = f"{place}/{index}"
            fix = Fix(FixKind.REMOVE_ANSWER, place=own)
            params = {"text": answer.text, "other": other}
            yield Finding("equal_answers", Severity.WARNING, own, params, fix)


FEWEST_KEYS = 40
LARGEST_P = 0.01


@dataclass(frozen=True, slots=True)
class KeyPositions:
    """Where the keys of single-choice items stand: `counts[i]` items have theirs at option i.

    `chi_square` compares with every option of an item being keyed equally often, `p` is its upper tail.
    """

    counts: tuple[int, ...]
    expected: tuple[float, ...]
    chi_square: float
    degrees: int
    p: float

    @property
    def n(self) -> int:
        """Return the number of items."""
        return sum(self.counts)


def key_positions(drafts: Iterable[ItemDraft]) -> KeyPositions | None:
    """Return the positions of the keys of all single-choice items; None where there are none.

    Items of different numbers of options are tested apart and their statistics added.

    Source: Pearson's chi-square test of uniformity; Abramowitz & Stegun (1964), 26.4.4 and 26.4.5 for its tail.
    """
    keyed: Counter[tuple[int, int]] = Counter()
    for draft in drafts:
        content = draft.content
        if isinstance(content, SingleChoice):
            ids = [option.id for option in content.options]
            if content.key in ids and len(ids) > 1:
                keyed[len(ids), ids.index(content.key)] += 1
    if not keyed:
        return None
    sizes = Counter[int]()
    for (size, _place), count in keyed.items():
        sizes[size] += count
    chi_square = sum(
        (keyed[size, place] - total / size) ** 2 / (total / size)
        for size, total in sizes.items()
        for place in range(size)
    )
    degrees = sum(size - 1 for size in sizes)
    widest = range(max(sizes))
    counts = tuple(sum(keyed[size, place] for size in sizes) for place in widest)
    expected = tuple(sum(total / size for size, total in sizes.items() if place < size) for place in widest)
    return KeyPositions(counts, expected, chi_square, degrees, chi_square_tail(chi_square, degrees))


def key_position_bias(drafts: Iterable[ItemDraft]) -> Finding | None:
    """Return that the keys prefer a letter, if at least 40 single-choice items show it with p < 0.01."""
    found = key_positions(drafts)
    if found is None or found.n < FEWEST_KEYS or found.p >= LARGEST_P:
        return None
    excess = [count - expected for count, expected in zip(found.counts, found.expected, strict=True)]
    place = excess.index(max(excess))
    params: dict[str, str | int] = {
        "count": found.n,
        "label": option_label(place),
        "share": round(100 * found.counts[place] / found.n),
    }
    return Finding("key_position_bias", Severity.WARNING, "bank", params)


def chi_square_tail(value: float, degrees: int) -> float:
    """Return P(X ≥ value) for a chi-square variable with that many degrees of freedom (1 or more).

    Source: Abramowitz & Stegun (1964), 26.4.4 (odd degrees) and 26.4.5 (even degrees).
    """
    half = value / 2
    if degrees % 2 == 0:
        total = sum((half**i / math.factorial(i) for i in range(degrees // 2)), 0.0)
        return math.exp(-half) * total
    total = sum((math.pow(half, i + 0.5) / math.gamma(i + 1.5) for i in range((degrees - 1) // 2)), 0.0)
    return math.erfc(math.sqrt(half)) + math.exp(-half) * total
