"""When a typed answer equals an accepted one: Vietnamese spelling and typing habits, and the wildcard `*`."""

import fnmatch
import re
import unicodedata
from functools import lru_cache

from question_bank.text import tone_fold

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_TYPOGRAPHIC = str.maketrans(
    {**dict.fromkeys("“”„‟«»″", '"'), **dict.fromkeys("‘’‚‛′`´", "'"), **dict.fromkeys("‐‑‒–—―−", "-")}
)
_LETTER_D = str.maketrans({"đ": "d", "Đ": "D"})
_ANY_RUN, _STAR = "\ue000", "\ue001"
_SPECIAL = re.compile(r"[\[?*]")


@lru_cache(maxsize=4096)
def answer_key(text: str, *, is_case_sensitive: bool = False, ignores_diacritics: bool = False) -> str:
    """Return the key by which typed answers are compared.

    | alike | because |
    |---|---|
    | composed and decomposed letters | NFC |
    | hòa, hoà | the place of a tone mark is a matter of style |
    | spaces, no-break, zero-width and full-width spaces | invisible |
    | １２３, ABC in full width | input methods |
    | “…” and "…", ’ and ', – − and - | word processors |
    | punctuation at the end | a full stop changes no answer |
    | UBND, ubnd | unless `is_case_sensitive` |
    | hòa, hoa, đ and d | only where `ignores_diacritics` |
    """
    plain_signs = unicodedata.normalize("NFC", text).translate(_FULL_WIDTH).translate(_TYPOGRAPHIC)
    key = tone_fold(plain_signs, keep_case=is_case_sensitive)
    if ignores_diacritics:
        decomposed = unicodedata.normalize("NFD", key).translate(_LETTER_D)
        key = "".join(c for c in decomposed if not unicodedata.combining(c))
    return key


@lru_cache(maxsize=4096)
def answer_pattern(text: str, *, is_case_sensitive: bool = False, ignores_diacritics: bool = False) -> str:
    r"""Return the key of an accepted answer in which `*` stands for any run of characters, `\*` for a star.

    It is a pattern for `matches_pattern`.
    """
    marked = text.replace(r"\*", _STAR).replace("*", _ANY_RUN)
    key = answer_key(marked, is_case_sensitive=is_case_sensitive, ignores_diacritics=ignores_diacritics)
    literal = _SPECIAL.sub(lambda match: f"[{match.group()}]", key)
    return literal.replace(_STAR, "[*]").replace(_ANY_RUN, "*")


def matches_pattern(key: str, pattern: str) -> bool:
    """Tell whether an answer's key fits a pattern of `answer_pattern`."""
    return fnmatch.fnmatchcase(key, pattern)
