"""Vietnamese personal names: their parts, their spelling in Unicode, and the order of official lists."""

import re
import unicodedata
from dataclasses import dataclass

LONGEST_NAME = 100
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_PLAUSIBLE = re.compile(r"[^\W\d_](?:[^\W\d_]|[ .'’-])*")
# Fonts of the time before Unicode (TCVN3, VNI) drew accented letters where Latin-1 has these signs and pairs, which no
# name of any people of Vietnam holds.
_OLD_FONTS = re.compile(r"[\u00a1-\u00bfÆÇÞßæçþøûü]|[ae][àáâãäåèéêùúûü]", re.IGNORECASE)

# Source: Unicode CLDR, collation `vi` (as ICU orders): these letters differ at the first level, tones at the second.
_LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_PRIMARY = {letter: chr(ord("A") + place) for place, letter in enumerate(_LETTERS)}
_SECONDARY = {"": "0", "\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
_OTHER_MARK = "6"
# What makes another letter of the alphabet, and of which letters; elsewhere it is a mark like any other.
_SHAPES = {"\u0306": "a", "\u0302": "aeo", "\u031b": "ou"}


@dataclass(frozen=True)
class PersonName:
    """`family_names` is họ and đệm ("Nguyễn Thị", may be empty), `given_name` is tên ("Ánh")."""

    family_names: str
    given_name: str

    @property
    def full(self) -> str:
        return f"{self.family_names} {self.given_name}".strip()


def clean_name(text: str) -> str:
    """The same name in NFC, without invisible characters, with single plain spaces."""
    return " ".join(unicodedata.normalize("NFC", text).translate(_INVISIBLE).split())


def split_name(full: str) -> PersonName:
    """The last word is the given name, as official lists take it ("Bảo Ngọc" is sorted by "Ngọc")."""
    *family, given = clean_name(full).split(" ") or [""]
    return PersonName(" ".join(family), given)


def join_name(family_names: str, given_name: str) -> PersonName:
    """The name of two separate columns; a given name of several words keeps them."""
    return PersonName(clean_name(family_names), clean_name(given_name))


def is_plausible(name: str) -> bool:
    """Only letters, spaces, dots, apostrophes and hyphens, beginning with a letter, and not too long."""
    return len(name) <= LONGEST_NAME and _PLAUSIBLE.fullmatch(name) is not None


def is_in_old_font(text: str) -> bool:
    """The text was typed for a TCVN3 or VNI font: its letters cannot be told and must be converted first."""
    return _OLD_FONTS.search(text) is not None


def sort_key(text: str) -> str:
    """A text that compares bytewise as the `vi` collation of ICU compares `text`: letters, then tones, then case.

    a < à < ả < ã < á < ạ < ă < â and d < đ. The database compares the key, because its own collation is by code point.
    Source: Unicode CLDR, common/collation/vi.xml; Unicode Technical Standard 10.
    """
    primary, secondary, tertiary = [], [], []
    for letter, marks in _letters(clean_name(text)):
        shaped, tones = _shaped(letter.lower(), marks)
        primary.append(_primary(shaped))
        secondary.append(_SECONDARY.get(tones, _OTHER_MARK))
        tertiary.append("1" if letter != letter.lower() else "0")
    # A space is below every weight: joined keys compare part by part.
    return " ".join("".join(level) for level in (primary, secondary, tertiary))


def _letters(text: str) -> list[tuple[str, str]]:
    """Base characters, each with the marks that follow it in NFD."""
    found: list[tuple[str, str]] = []
    for char in unicodedata.normalize("NFD", text):
        if unicodedata.combining(char) and found:
            found[-1] = (found[-1][0], found[-1][1] + char)
        else:
            found.append((char, ""))
    return found


def _shaped(letter: str, marks: str) -> tuple[str, str]:
    """The letter of the alphabet that base and shape make (a + breve: ă), and the marks that are left."""
    for shape, bases in _SHAPES.items():
        if shape in marks and letter in bases:
            return unicodedata.normalize("NFC", letter + shape), marks.replace(shape, "", 1)
    return letter, marks


def _primary(letter: str) -> str:
    if letter in _PRIMARY:
        return _PRIMARY[letter]
    if letter.isdigit() and letter.isascii():
        return letter
    if letter.isalnum():
        return "~" + letter  # other scripts after the Latin letters
    return "!" if letter == " " else "#"  # below digits and letters


def person_sort_key(name: PersonName) -> str:
    """Orders by tên, then đệm, then họ, each compared whole, as official lists do."""
    family, _space, middle = name.family_names.partition(" ")
    return " ".join(map(sort_key, (name.given_name, middle, family)))
