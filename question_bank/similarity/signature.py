"""What is kept of an item so that its likes can be found among a hundred thousand and judged without reading them."""

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from question_bank.items import ItemContent
from question_bank.similarity.words import comparison_key
from question_bank.types.content import ChoiceContent

RECIPE = 1
"""Rises with every change of what a signature holds, so that stored ones are made again."""

MIN_OPTION_WORDS = 12
"""An option set of fewer words ("15 ngày, 30 ngày …", "Đúng, Sai") is common to many questions and says nothing."""


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
    stem = tuple(comparison_key(content.stem).split())
    options = tuple(sorted({comparison_key(text) for text in _other_texts(content)}))
    return Signature(stem, options, _keyed(content), grams_of(stem))


def grams_of(stem: Iterable[str]) -> frozenset[int]:
    """Return the hashes of the stem's pairs of neighbours; its ends count as words."""
    words = ["", *stem, ""]
    return frozenset(_hash32(f"{one} {two}") for one, two in pairwise(words))


def _other_texts(content: ItemContent) -> Iterator[str]:
    if isinstance(content, ChoiceContent):
        for option in content.options:
            yield option.text


def _keyed(content: ItemContent) -> frozenset[str] | None:
    """Return what is right as texts, so that the same answer under another letter is the same key."""
    keyed = content.correct_response()
    if keyed is None:
        return None
    if isinstance(content, ChoiceContent):
        texts = {option.id: comparison_key(option.text) for option in content.options}
        chosen = set(keyed.model_dump().get("choices", [])) | {keyed.model_dump().get("choice")}
        return frozenset(texts[key] for key in chosen if key in texts) or None
    return frozenset(content.categories(keyed))


def _hash32(text: str) -> int:
    value = zlib.crc32(text.encode())
    return value - (1 << 32) if value >= 1 << 31 else value


def _hash64(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)
