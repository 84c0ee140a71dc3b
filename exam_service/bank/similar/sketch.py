"""Sketches of sets of grams: one bit each of 512, so that the database counts common grams as fast as it reads rows."""

from collections.abc import Iterable

BITS = 512


def sketch(grams: Iterable[int]) -> str:
    """The grams as text of a bit string: the bit of a gram is its remainder, counted from the left."""
    bits = ["0"] * BITS
    for gram in grams:
        bits[gram % BITS] = "1"
    return "".join(bits)


def least_common_bits(grams: frozenset[int], least: int) -> int:
    """How many bits the sketch of `grams` shares at the least with that of a set that shares `least` grams with it.

    Grams of the set that fall on one bit count once, so no set with `least` common grams is missed.
    """
    return max(1, least - (len(grams) - len({gram % BITS for gram in grams})))
