"""Finding the likes of an item among many: by equal stems, equal option sets, and the rarest neighbouring words."""

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

from question_bank.similarity.likeness import NEAR_STEM, Likeness, compare
from question_bank.similarity.signature import Signature

Key = TypeVar("Key", bound=Hashable)

MIN_GRAMS = 4
"""So many of the rarest grams are always looked up."""

MAX_MET = 150
"""Beyond the first grams, further ones are looked up only while they are expected to add so few items in all."""


def rarest_grams(
    signature: Signature, frequency: Callable[[int], float], *, most: float = MAX_MET
) -> list[int]:
    """Return the grams by which near stems are looked for, rarest first; `frequency` is the number of items with one,
    `most` how many may be met.

    A stem of n words that is near another (share of common words `NEAR_STEM`) differs from it in at most (1 − share)·n
    places, each of which spoils two of the n + 1 grams: among one more than those, a common one is certain. Where these
    would meet too many items only the rarest are taken: stems that share none of them differ in what they are about.
    """
    ordered = sorted(signature.grams, key=lambda gram: (frequency(gram), gram))
    enough = 2 * math.ceil((1 - NEAR_STEM) * len(signature.stem)) + 1
    chosen: list[int] = []
    met = 0.0
    for gram in ordered[:enough]:
        met += frequency(gram)
        if len(chosen) >= MIN_GRAMS and met > most:
            break
        chosen.append(gram)
    return chosen


def length_bounds(signature: Signature) -> tuple[int, int]:
    """Return the least and greatest number of words of a stem that can be near this one."""
    count = len(signature.stem)
    share = NEAR_STEM / (2 - NEAR_STEM)
    return math.ceil(count * share), math.floor(count / share)


def least_common_grams(signature: Signature) -> int:
    """Return how many grams a near stem has in common with this one at the least.

    n words that differ in a quarter keep half of the n + 1 grams; a third leaves room for parts that changed places.
    """
    return max(1, len(signature.stem) // 3)


MAX_MET_IN_MEMORY = 1000
"""Looking at an item in memory costs a hundredth of fetching it."""


class NearIndex(Generic[Key]):
    """The signatures of some items in memory, such as the rows of one file."""

    def __init__(self, signatures: Iterable[tuple[Key, Signature]]) -> None:
        """Index the signatures; where two have one key the later counts."""
        self._signatures = dict(signatures)
        self._by_gram: dict[int, list[Key]] = defaultdict(list)
        self._by_options: dict[int, list[Key]] = defaultdict(list)
        for key, signature in self._signatures.items():
            for gram in signature.grams:
                self._by_gram[gram].append(key)
            if (options_hash := signature.options_hash) is not None:
                self._by_options[options_hash].append(key)

    def likes_of(self, key: Key) -> list[tuple[Key, Likeness]]:
        """Return the other items that are like this one, most alike first."""
        signature = self._signatures[key]
        met: set[Key] = set()
        for gram in rarest_grams(
            signature, lambda gram: float(len(self._by_gram[gram])), most=MAX_MET_IN_MEMORY
        ):
            met.update(self._by_gram[gram])
        least = least_common_grams(signature)
        met = {other for other in met if len(signature.grams & self._signatures[other].grams) >= least}
        if (options_hash := signature.options_hash) is not None:
            met.update(self._by_options[options_hash])
        met.discard(key)
        found = ((other, compare(signature, self._signatures[other])) for other in met)
        likes = [(other, likeness) for other, likeness in found if likeness is not None]
        return sorted(likes, key=lambda like: -like[1].score)
