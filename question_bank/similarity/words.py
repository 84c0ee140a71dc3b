"""The words by which two Vietnamese texts are compared: case, tone placement, numbering and punctuation apart."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from unicodedata import normalize

from question_bank.text import plain, tone_fold

_TOKEN = re.compile(
    r"\d{1,3}(?:\.\d{3})+(?!\d)"  # 1.500.000 of Vietnamese practice
    r"|\d+[.,]\d+(?!\w)"
    r"|\w+"
    r"|[%<>≤≥=≠+×÷±°^*/√∑∫∈∉⊂∪∩¬∧∨]|(?<=[\d\s])[-−–](?=\s?\d)|^[-−–](?=\d)"  # signs change what a text says
)
_SIGNS = {"−": "-", "–": "-"}
_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})+")
_IMAGE = re.compile(r"""<img[^>]*\ssrc="media:([^"]+)"[^>]*>""")
_LABEL = re.compile(
    r"""^\s*(?:
        câu(?:\s+hỏi)?(?:\s+số)?\s*\d{1,4}\s*[.:)/-]
        | \(?(?:\d{1,4}|[ivx]{1,4}|[a-h])\)(?!\))
        | (?:\d{1,4}|[a-h])\s*\.(?=\s|[^\W\d])
    )\s*""",
    re.IGNORECASE | re.VERBOSE,
)
_ENUMERATOR = re.compile(
    r"(?:(?<=\n)|(?<=[:;])\s|(?<=^))\s*(?:\((?P<open>[ivx]{1,4}|[a-h]|\d{1,2})\)|(?P<bare>[ivx]{1,4}|[a-h]|\d{1,2})\))",
    re.IGNORECASE,
)
_UNIT_SHORT = {short: tone_fold(unit) for short, unit in (("k", "khoản"), ("đ", "điều"), ("ch", "chương"))}
_GLUED_UNIT = re.compile(r"(k|đ)(\d{1,3})")
_UNITS = frozenset(tone_fold("điều khoản chương mục phần tiết quyển bài kỳ quý hạng bậc loại").split())
_NUMBER_WORDS = {
    word: str(value)
    for value, word in enumerate(tone_fold("một hai ba bốn năm sáu bảy tám chín mười").split(), start=1)
} | {tone_fold("nhất"): "1", tone_fold("nhì"): "2", "tư": "4", tone_fold("bẩy"): "7"}
_ROMAN_DIGITS = {"i": 1, "v": 5, "x": 10, "l": 50}
_ROMAN = re.compile(r"(?=[ivxl])(?:xl|l?x{0,3})(?:ix|iv|v?i{0,3})")
_NUMBER_SIGN = frozenset(tone_fold(sign) for sign in ("số", "no", "nº", "№"))
_PART, _HUNDRED, _MONTH, _YEAR = (tone_fold(word) for word in ("phần", "trăm", "tháng", "năm"))


@dataclass(frozen=True, slots=True)
class Word:
    """A compared word; `start:end` is the piece of the plain text that it stands for (empty for an image)."""

    key: str
    start: int
    end: int


@lru_cache(maxsize=65_536)
def _word_key(token: str) -> str:
    if _THOUSANDS.fullmatch(token):
        return token.replace(".", "")
    if token.isdecimal():
        return token.lstrip("0") or "0"
    if token[0].isdecimal():
        return token.replace(".", ",").casefold()
    return _SIGNS.get(token) or tone_fold(token) or token


def _roman_value(text: str) -> str | None:
    if not _ROMAN.fullmatch(text):
        return None
    values = [_ROMAN_DIGITS[letter] for letter in text]
    signed = (-v if v < after else v for v, after in zip(values, [*values[1:], 0], strict=True))
    return str(sum(signed))


def _enumerated(text: str) -> tuple[str, dict[int, tuple[int, str]]]:
    """Return the text with sub-item marks blanked, and place → (end, key): "a)", "(1)" and "i)" are one first mark."""
    marks: dict[int, tuple[int, str]] = {}

    def blank(match: re.Match[str]) -> str:
        sign = (match["open"] or match["bare"]).casefold()
        place = match.start("open" if match["open"] else "bare")
        number = _roman_value(sign) or (sign if sign.isdecimal() else str(ord(sign) - ord("a") + 1))
        marks[place] = (place + len(sign), f"#{int(number)}")
        return " " * len(match.group())

    return _ENUMERATOR.sub(blank, text), marks


def words_of(text: str) -> list[Word]:
    """Return the compared words of a plain text, in order, with where they stand.

    A question's own number ("Câu 5:") and an option's letter ("A.") are no part of it; "khoản một", "K1" and "k.1"
    are "khoản 1", "Chương II" is "chương 2", "số" before a number says nothing, "01/7/2025" and "ngày 1 tháng 7
    năm 2025" are one date. Signs of arithmetic count as words; other punctuation does not.
    """
    label = _LABEL.match(text)
    start = label.end() if label and label.end() < len(text) else 0
    blanked, marks = _enumerated(text[start:]) if ")" in text else (text[start:], {})
    found = [
        Word(key, place + start, end + start)
        for place, end, key in sorted(
            [
                *((m.start(), m.end(), _word_key(m.group())) for m in _TOKEN.finditer(blanked)),
                *((place, end, key) for place, (end, key) in marks.items()),
            ]
        )
    ]
    return list(_without_date_words(list(_numbered(found, text))))


def _numbered(words: Sequence[Word], text: str) -> Iterator[Word]:
    """Yield the words with the ways of writing one number made one."""
    previous = ""
    for written, following in zip(words, [*words[1:], None], strict=False):
        if glued := _GLUED_UNIT.fullmatch(written.key):
            yield Word(_UNIT_SHORT[glued[1]], written.start, written.start + 1)
            word = Word(_word_key(glued[2]), written.start + 1, written.end)
        else:
            word = _read(written, text, previous=previous, following=following)
        is_number_sign = word.key in _NUMBER_SIGN and following and following.key[0].isdecimal()
        is_percent = word.key == _PART and following and following.key == _HUNDRED
        if not is_number_sign and not is_percent and word.key != "/":
            yield word
        previous = word.key


def _read(word: Word, text: str, *, previous: str, following: Word | None) -> Word:
    if word.key in _UNIT_SHORT and following and _is_short(text[word.end : following.start], following):
        return replace(word, key=_UNIT_SHORT[word.key])
    if previous == _PART and word.key == _HUNDRED:
        return replace(word, key="%")
    number = (_NUMBER_WORDS.get(word.key) or _numeral_of(word, text)) if previous in _UNITS else None
    return replace(word, key=number) if number else word


def _is_short(gap: str, following: Word) -> bool:
    return gap in (".", ". ", " ") and following.key.isdecimal()


def _numeral_of(word: Word, text: str) -> str | None:
    """Return the value of a numeral after a unit; only capitals count, "điểm i" and "khoản v" are letters there."""
    return _roman_value(word.key) if text[word.start : word.end].isupper() else None


def _without_date_words(words: list[Word]) -> Iterator[Word]:
    """Yield the words without "ngày", "tháng" and "năm" between the numbers of one date."""
    skipped: set[int] = set()
    for index, word in enumerate(words):
        if word.key == _MONTH and 0 < index < len(words) - 1:
            around = words[index - 1].key, words[index + 1].key
            if all(key.isdecimal() for key in around):
                skipped.add(index)
                if (
                    index + 3 < len(words)
                    and words[index + 2].key == _YEAR
                    and words[index + 3].key.isdecimal()
                ):
                    skipped.add(index + 2)
    yield from (word for index, word in enumerate(words) if index not in skipped)


def reading(rich: str) -> tuple[str, list[Word]]:
    """Return the plain text of a rich text and its compared words; each image counts as a word at the end."""
    text = plain(rich) if "<" in rich or "&" in rich else normalize("NFC", rich)
    images = [Word(f"media:{name}", len(text), len(text)) for name in _IMAGE.findall(rich)]
    return text, words_of(text) + images


def comparison_key(rich: str) -> str:
    """Return the key under which two rich texts say the same: their compared words, one space between."""
    return " ".join(word.key for word in reading(rich)[1])
