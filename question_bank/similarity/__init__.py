"""Questions that say the same, or nearly: what two texts are compared by, how alike they are, where they differ."""

from question_bank.similarity.likeness import (
    Differs,
    Likeness,
    LikenessKind,
    Part,
    compare,
    differing_lists,
    differing_parts,
)
from question_bank.similarity.near_index import NearIndex
from question_bank.similarity.signature import RECIPE, Signature, signature_of
from question_bank.similarity.words import comparison_key

__all__ = [
    "RECIPE",
    "Differs",
    "Likeness",
    "LikenessKind",
    "NearIndex",
    "Part",
    "Signature",
    "compare",
    "comparison_key",
    "differing_lists",
    "differing_parts",
    "signature_of",
]
