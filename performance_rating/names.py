"""Keys to sort and search Vietnamese names by, whatever collations the database server has."""

import unicodedata

_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_RANK = {letter: chr(ord("A") + rank) for rank, letter in enumerate(_ALPHABET)}
# Dictionary order of the tones: ngang, huyền, hỏi, ngã, sắc, nặng.
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}


def sort_key(full_name: str) -> str:
    """ASCII text that sorts, byte by byte, by given name, then middle names, then family name.

    Each word is its letters in alphabet order, then its tone: An < Ân and Hoa < Hòa < Hóa < Hoan.
    """
    return " ".join(_word_key(word) for word in reversed(full_name.split()))


def title_key(title: str) -> str:
    """ASCII text that sorts, byte by byte, in Vietnamese order from the first word on, as units do."""
    return " ".join(_word_key(word) for word in title.split())


def search_text(text: str) -> str:
    """Lower case without any diacritics: "Nguyễn Thị Đào" becomes "nguyen thi dao"."""
    decomposed = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(bare.split())


def _word_key(word: str) -> str:
    letters, tone = [], "0"
    for character in unicodedata.normalize("NFC", word.casefold()):
        decomposed = unicodedata.normalize("NFD", character)
        kept = "".join(mark for mark in decomposed if mark not in _TONES)
        tone = next((_TONES[mark] for mark in decomposed if mark in _TONES), tone)
        letter = unicodedata.normalize("NFC", kept)
        letters.append(_RANK.get(letter, letter if letter.isascii() else "~"))
    # "." sorts before every letter, so that a shorter word precedes the longer one it begins.
    return "".join(letters) + "." + tone
