"""Reproducible randomness: an HMAC-SHA-256 counter stream, unbiased bounded integers and a Fisher–Yates
shuffle.

Every choice of the draw comes from here and from nothing else, so that the same seed gives the same papers
on any machine, under any version of any library. The construction is specified in
`docs/verifiable-draw.md`; a change here is a new algorithm version.
"""

import hashlib
import hmac
import struct
from collections.abc import Iterable
from typing import Final, TypeVar

T = TypeVar("T")

SMALL_BOUND: Final = 1 << 16
LARGE_BOUND: Final = 1 << 64
BLOCKS_AHEAD: Final = 4
"""Blocks computed at a time; which words the stream consists of does not depend on it."""

_BLOCK_BYTES: Final = 64
_WORDS_PER_BLOCK: Final = 16
_WORDS: Final = struct.Struct(">16H")


def derive(key: bytes, *labels: str | bytes | int) -> bytes:
    """The 32-byte subkey of `key` for a path of labels.

    Labels are encoded with their length in front, so that no two different paths give the same input:
    each is UTF-8 text, raw bytes, or an integer as 8 bytes big-endian.
    """
    message = b"".join(len(part).to_bytes(4, "big") + part for part in map(_label, labels))
    return hmac.digest(key, message, "sha256")


def _label(label: str | bytes | int) -> bytes:
    match label:
        case str():
            return label.encode()
        case int():
            return label.to_bytes(8, "big")
        case bytes():
            return label


class ByteStream:
    """Block i (from 0) is HMAC-SHA-256(key, i as 8 bytes big-endian), read as sixteen 16-bit big-endian
    words.
    """

    __slots__ = ("_counter", "_inner", "_outer", "_words")

    def __init__(self, key: bytes) -> None:
        # RFC 2104 with the two key blocks hashed once: half the cost of hmac.digest.
        block = (hashlib.sha256(key).digest() if len(key) > _BLOCK_BYTES else key).ljust(_BLOCK_BYTES, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))
        self._counter = 0
        self._words: list[int] = []

    def word(self) -> int:
        """The next 16-bit word."""
        if not self._words:
            self._refill(BLOCKS_AHEAD)
        return self._words.pop()

    def below(self, bound: int) -> int:
        """An unbiased integer in [0, bound). Consumes words until one is accepted; a bound of 1 consumes
        nothing.

        Bounds up to 2^16 use one word, larger ones four words joined big-endian; values at or above the
        largest multiple of `bound` are rejected.
        """
        assert 0 < bound <= LARGE_BOUND
        if bound == 1:
            return 0
        if bound <= SMALL_BOUND:
            limit = SMALL_BOUND - SMALL_BOUND % bound
            while (value := self.word()) >= limit:
                pass
            return value % bound
        limit = LARGE_BOUND - LARGE_BOUND % bound
        while (value := self._large()) >= limit:
            pass
        return value % bound

    def shuffled(self, values: Iterable[T]) -> list[T]:
        """A new list in random order: Fisher–Yates from the last place down, place i exchanged with `below(i + 1)`."""
        result = list(values)
        if len(result) > SMALL_BOUND:
            for place in range(len(result) - 1, 0, -1):
                other = self.below(place + 1)
                result[place], result[other] = result[other], result[place]
            return result
        # The same steps as `below`, written out: this loop is most of the time of a large draw.
        words = self._words
        for place in range(len(result) - 1, 0, -1):
            bound = place + 1
            limit = SMALL_BOUND - SMALL_BOUND % bound
            while True:
                if not words:
                    self._refill(BLOCKS_AHEAD + place // _WORDS_PER_BLOCK)
                value = words.pop()
                if value < limit:
                    break
            other = value % bound
            result[place], result[other] = result[other], result[place]
        return result

    def _large(self) -> int:
        value = 0
        for _ in range(4):
            value = value << 16 | self.word()
        return value

    def _refill(self, blocks: int) -> None:
        produced: list[int] = []
        for counter in range(self._counter, self._counter + blocks):
            inner = self._inner.copy()
            inner.update(counter.to_bytes(8, "big"))
            outer = self._outer.copy()
            outer.update(inner.digest())
            produced += _WORDS.unpack(outer.digest())
        self._counter += blocks
        produced.reverse()
        self._words[:0] = produced
