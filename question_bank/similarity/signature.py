"""What is kept of an item so that its likes can be found among a hundred thousand and judged without reading them."""

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from question_bank.items import ItemContent
from question_bank.similarity.words import comparison_key
from question_bank.types.multiple_choice import MultipleChoice
from question_bank.types.single_choice import SingleChoice

RECIPE = 1
"""Rises with every change of what a signature holds, so that stored ones are made again."""

MIN_OPTION_WORDS = 12
"""An option set of fewer words ("15 ngày, 30 ngày …", "Đúng, Sai") is common to many questions and says nothing."""

OTHER_KEY = "="


@dataclass(frozen=True, slots=True)
class Signature:
    """The words of an item by which it is compared.

    `options` are the keys of everything but the stem (options, statements, parts), each once, sorted; `keyed` those
    that are right, None while there is no key. `grams` are hashes of neighbouring words of the stem, signed 32 bits.
    """

    stem: tuple[str, ...]
    options: tuple[str, ...]
    keyed: frozenset[str] | None
    grams: frozenset[int]

    @property
    def stem_hash(self) -> int:
        """Return a signed 64-bit hash of the stem's words."""
        return _hash64(" ".join(self.stem))

    @property
    def options_hash(self) -> int | None:
        """Return a signed 64-bit hash of the option set, or None where the set is too small to mean anything."""
        if sum(len(option.split()) for option in self.options) < MIN_OPTION_WORDS or len(self.options) < 2:
            return None
        return _hash64("\n".join(self.options))


def signature_of(content: ItemContent) -> Signature:
    """Return the signature of the content; two orders of one option set give the same."""
    (_place, stem), *others = content.texts()
    words = tuple(comparison_key(stem).split())
    keys = [comparison_key(text) for _place, text in others]
    return Signature(words, tuple(sorted(set(keys))), _keyed(content, keys), grams_of(words))


def grams_of(stem: Iterable[str]) -> frozenset[int]:
    """Return the hashes of the stem's pairs of neighbours; its ends count as words."""
    words = ["", *stem, ""]
    return frozenset(_hash32(f"{one} {two}") for one, two in pairwise(words))


def _keyed(content: ItemContent, keys: Sequence[str]) -> frozenset[str] | None:
    """Return what is right as texts, so that the same answer under another letter is the same key.

    A key that is no choice (an order, pairs, an answer in words) is kept as its summary with a hash of what it orders,
    as one element that begins with `OTHER_KEY`: such keys are compared where they speak of the same list.
    """
    keyed = content.correct_response()
    if keyed is None:
        return None
    if isinstance(content, SingleChoice | MultipleChoice):
        chosen = {content.key} if isinstance(content, SingleChoice) else set(content.keys)
        texts = zip(content.options, keys, strict=True)
        return frozenset(key for option, key in texts if option.id in chosen) or None
    return frozenset({f"{OTHER_KEY}{_hash64(chr(10).join(keys))}{OTHER_KEY}{content.key_summary()}"})


def _hash32(text: str) -> int:
    value = zlib.crc32(text.encode())
    return value - (1 << 32) if value >= 1 << 31 else value


def _hash64(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)
