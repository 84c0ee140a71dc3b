"""Whether words can be Vietnamese: a syllable has a known onset, vowel group and coda, and one tone at most."""

import re
import unicodedata

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_ONSET = r"(?:ngh|ng|nh|ph|th|tr|gh|gi|kh|ch|qu|[bcdđghklmnpqrstvxfjwz])?"
_OPEN = (
    r"(?:[iy]êu|uya|ươi|ươu|ưa|ưu|ưi|uôi|ua|uyu|ui|oai|oay|oao|oeo|oi|ôi|ơi|ia|iu|ao|ai|au|ay|âu|ây|eo|êu|ya"
    r"|uây|uao|uêu|uơ)"
)
_CLOSABLE = r"(?:uyê|uâ|uê|uô|ươ|uy|uo|oa|oă|oe|oo|[iy]ê|[aăâeêioôơuưy])(?:ch|nh|ng|[cmnpt])?"
_SYLLABLE = re.compile(rf"{_ONSET}(?:{_OPEN}|{_CLOSABLE})")
_MAX_WORDS = 20_000


def is_syllable(word: str) -> bool:
    """Tell whether one word, in any case, can be a Vietnamese syllable."""
    decomposed = unicodedata.normalize("NFD", word.casefold())
    bare = "".join(character for character in decomposed if character not in _TONES)
    if len(decomposed) - len(bare) > 1:
        return False
    return _SYLLABLE.fullmatch(unicodedata.normalize("NFC", bare)) is not None


def vietnamese_share(text: str, *, least: int = 0) -> float:
    """Return the share of possible syllables among the words with letters beyond ASCII.

    It is 0 with fewer than `least` different words of two letters or more. A sign beyond ASCII that stands
    inside a word but is no letter spoils that word. Only the first 20,000 words count.
    """
    composed = unicodedata.normalize("NFC", text)
    words = [word for word in re.findall(r"[^\s!-/:-@\[-`{-~]+", composed) if not word.isascii()]
    words = [word.strip("“”‘’–—…«»·•") for word in words[:_MAX_WORDS]]
    words = [word for word in words if word and not word.isascii()]
    if len({word for word in words if len(word) > 1}) < least:
        return 0.0
    return sum(is_syllable(word) for word in words) / len(words) if words else 0.0
