"""Merkle trees over the hashes of papers: one published root, and for each paper a short proof that it belongs to it.

Source: RFC 6962, section 2.1 (Merkle hash trees), with SHA-256.
"""

import hashlib
from collections.abc import Sequence
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
"""A hash in lower-case hex, as records that are read hold it."""


class Neighbour(NamedTuple):
    """A hash (hex) on the way from a leaf to the root, and the side on which it stands."""

    side: Literal["left", "right"]
    sha256: Sha256


def merkle_root(leaves: Sequence[str]) -> str:
    """The hex root over hex leaves in this order; the root of no leaves is the hash of nothing."""
    if not leaves:
        return hashlib.sha256(b"").hexdigest()
    if len(leaves) == 1:
        return _leaf(leaves[0])
    half = _split(len(leaves))
    return _node(merkle_root(leaves[:half]), merkle_root(leaves[half:]))


def merkle_path(leaves: Sequence[str], index: int) -> tuple[Neighbour, ...]:
    """What has to be hashed beside leaf `index`, from the leaf upwards, to arrive at the root."""
    if len(leaves) == 1:
        return ()
    half = _split(len(leaves))
    if index < half:
        return (*merkle_path(leaves[:half], index), Neighbour("right", merkle_root(leaves[half:])))
    return (*merkle_path(leaves[half:], index - half), Neighbour("left", merkle_root(leaves[:half])))


def root_from(leaf: str, path: Sequence[Neighbour]) -> str:
    """The root at which the leaf arrives by this path."""
    found = _leaf(leaf)
    for side, neighbour in path:
        found = _node(neighbour, found) if side == "left" else _node(found, neighbour)
    return found


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1


def _leaf(value: str) -> str:
    return hashlib.sha256(b"\0" + bytes.fromhex(value)).hexdigest()


def _node(left: str, right: str) -> str:
    return hashlib.sha256(b"\1" + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()
