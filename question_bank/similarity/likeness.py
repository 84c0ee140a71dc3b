"""How alike two items are, and where they differ."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz.distance import Indel

from question_bank.similarity.signature import OTHER_KEY, Signature
from question_bank.similarity.words import Word, comparison_key, reading
from question_bank.text import tone_fold

NEAR_STEM = 0.75
"""The least share of common words at which two stems count as near-same."""

NEAR_SCORE = 0.8
"""The least score of a near pair: a template filled in otherwise, with other options, stays below."""

_STEM_WEIGHT = 0.65
_NEGATIONS = frozenset(tone_fold("không chưa chẳng trừ ngoại sai đúng cấm").split())
_REORDERED = 0.97
"""What the same words in another order count: "Theo Luật X, …" is often moved to the end."""


class LikenessKind(StrEnum):
    """What two items have in common, the strongest first."""

    SAME = "same"
    SAME_STEM = "same_stem_other_options"
    NEAR = "near"
    SAME_OPTIONS = "same_options"


class Differs(StrEnum):
    """What sets two near stems apart that must not be read over."""

    NEGATION = "negation"
    NUMBER = "number"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two items are.

    `score` is in [0, 1], 1 only for SAME. `conflicting_keys`: both ask the same and are keyed differently, so at least
    one of them is wrong. `differs` says what the stems differ by; empty where their words are the same.
    """

    kind: LikenessKind
    score: float
    conflicting_keys: bool
    differs: frozenset[Differs] = frozenset()


def compare(one: Signature, other: Signature) -> Likeness | None:
    """Return how alike the two are, or None where they are not. Symmetrical."""
    if not one.stem or not other.stem:
        return None
    stems = stem_likeness(one.stem, other.stem)
    has_same_options = one.options == other.options
    if stems < NEAR_STEM:
        if one.options_hash is None or not has_same_options:
            return None
        differs = differences(one.stem, other.stem)
        return Likeness(LikenessKind.SAME_OPTIONS, _score(stems, 1.0), False, differs)
    is_same_stem = one.stem == other.stem
    if is_same_stem and has_same_options:
        return Likeness(LikenessKind.SAME, 1.0, _keys_conflict(one, other))
    score = _score(stems, options_likeness(one.options, other.options))
    if is_same_stem:
        return Likeness(LikenessKind.SAME_STEM, score, _keys_conflict(one, other))
    if score < NEAR_SCORE:
        return None
    return Likeness(LikenessKind.NEAR, score, False, differences(one.stem, other.stem))


def stem_likeness(one: Sequence[str], other: Sequence[str]) -> float:
    """Return the share of words in common, in [0, 1]: in their order, or a little less for those in any order.

    Twice the longest common subsequence, or 0.97 times twice the common multiset, over the sum of the lengths.
    Source: Dice, L. R. (1945), Measures of the amount of ecologic association between species, Ecology 26(3).
    """
    in_order = float(Indel.normalized_similarity(one, other))
    in_any_order = 2 * sum((Counter(one) & Counter(other)).values()) / (len(one) + len(other))
    return max(in_order, _REORDERED * in_any_order)


def options_likeness(one: Sequence[str], other: Sequence[str]) -> float:
    """Return how much of two option sets finds a counterpart, in [0, 1]; 1 for two empty sets."""
    if not one and not other:
        return 1.0
    if not one or not other:
        return 0.0
    common = set(one) & set(other)
    rest, others = ([text.split() for text in side if text not in common] for side in (one, other))
    found = 2.0 * len(common)
    if rest and others:
        table = [[float(Indel.normalized_similarity(a, b)) for b in others] for a in rest]
        found += sum(map(max, table)) + sum(map(max, zip(*table, strict=True)))
    return found / (len(one) + len(other))


def _score(stems: float, options: float) -> float:
    # Below 1 whatever is rounded: only the same text says the same.
    return min(_STEM_WEIGHT * stems + (1 - _STEM_WEIGHT) * options, 0.999)


def _keys_conflict(one: Signature, other: Signature) -> bool:
    """Tell whether items of one stem contradict each other: an answer that both offer is right in only one of them."""
    if one.keyed is None or other.keyed is None:
        return False
    offered = set(one.options) & set(other.options)
    if (one.keyed & offered) != (other.keyed & offered):
        return True
    return bool(_other_keys(one) ^ _other_keys(other)) and _keyed_lists(one) == _keyed_lists(other) != set()


def _other_keys(signature: Signature) -> set[str]:
    return {key for key in signature.keyed or () if key.startswith(OTHER_KEY)}


def _keyed_lists(signature: Signature) -> set[str]:
    return {key.split(OTHER_KEY, 2)[1] for key in _other_keys(signature)}


def differences(one: Sequence[str], other: Sequence[str]) -> frozenset[Differs]:
    """Return what the words that only one stem has are: negations, numbers, other words; order counts as words."""
    changed = set()
    for step in Indel.opcodes(one, other):
        if step.tag != "equal":
            changed |= {*one[step.src_start : step.src_end], *other[step.dest_start : step.dest_end]}
    found = {
        Differs.NEGATION
        if word in _NEGATIONS
        else Differs.NUMBER
        if re.search(r"\d", word)
        else Differs.WORDS
        for word in changed
    }
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Part:
    """A run of plain text, in reading order; `is_different` where the other text has no counterpart."""

    text: str
    is_different: bool


def differing_parts(one: str, other: str) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Return the plain texts of two rich texts cut where they begin and cease to differ by compared words."""
    (left, left_words), (right, right_words) = reading(one), reading(other)
    marks: tuple[set[int], set[int]] = (set(), set())
    keys = [word.key for word in left_words], [word.key for word in right_words]
    for step in Indel.opcodes(*keys):
        if step.tag != "equal":
            marks[0].update(range(step.src_start, step.src_end))
            marks[1].update(range(step.dest_start, step.dest_end))
    return _parts(left, left_words, marks[0]), _parts(right, right_words, marks[1])


def _parts(text: str, words: Sequence[Word], changed: set[int]) -> tuple[Part, ...]:
    parts: list[Part] = []
    end, was_changed = 0, False
    for index, word in enumerate(words):
        if word.start == word.end:
            continue
        is_changed = index in changed
        # The gap between two changed words is shown as changed, any other gap is not.
        begin = end if is_changed and was_changed else word.start
        _add(parts, text[end:begin], is_different=False)
        _add(parts, text[begin : word.end], is_different=is_changed)
        end, was_changed = word.end, is_changed
    _add(parts, text[end:], is_different=False)
    return tuple(parts)


def _add(parts: list[Part], text: str, *, is_different: bool) -> None:
    if not text:
        return
    if parts and parts[-1].is_different == is_different:
        text = parts.pop().text + text
    parts.append(Part(text, is_different))


def differing_lists(
    ones: Sequence[str], others: Sequence[str]
) -> tuple[tuple[tuple[Part, ...], ...], tuple[tuple[Part, ...], ...]]:
    """Return two lists of rich texts, such as options, each text cut against its nearest counterpart in the other list.

    Order says nothing: an equal text anywhere in the other list leaves no mark.
    """
    keys = [[comparison_key(text).split() for text in side] for side in (ones, others)]
    left = tuple(_beside_nearest(ones[i], key, others, keys[1]) for i, key in enumerate(keys[0]))
    right = tuple(_beside_nearest(others[i], key, ones, keys[0]) for i, key in enumerate(keys[1]))
    return left, right


def _beside_nearest(
    text: str, key: list[str], others: Sequence[str], keys: Sequence[list[str]]
) -> tuple[Part, ...]:
    nearest = max(
        range(len(keys)), key=lambda i: float(Indel.normalized_similarity(key, keys[i])), default=None
    )
    return differing_parts(text, "" if nearest is None else others[nearest])[0]
