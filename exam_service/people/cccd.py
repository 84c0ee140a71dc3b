"""The citizen's number (số định danh cá nhân, số CCCD): twelve digits, always text.

Digits 1-3 name the province of birth registration (001-096), digit 4 century and sex (0/1: man/woman born 19xx, 2/3:
20xx), digits 5-6 the year of birth, digits 7-12 are random; there is no check digit.
Source: Thông tư 59/2021/TT-BCA, Điều 4 (structure of the number).
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

LENGTH = 12
LAST_PROVINCE = 96
OLD_LENGTH = 9
_SHOWN = 4


class CccdProblem(StrEnum):
    LOST_ZERO = "cccd_lost_zero"
    OLD_NUMBER = "cccd_old_number"
    SCIENTIFIC = "cccd_scientific"
    WRONG_LENGTH = "cccd_wrong_length"
    NOT_DIGITS = "cccd_not_digits"
    UNKNOWN_PROVINCE = "cccd_unknown_province"
    OTHER_SEX = "cccd_other_sex"
    OTHER_YEAR = "cccd_other_year"


@dataclass(frozen=True)
class CccdReading:
    """Either a `value`, or a `problem` and, where the loss can be undone, the `repair` to offer."""

    value: str | None = None
    problem: CccdProblem | None = None
    repair: str | None = None


def read_cccd(raw: str) -> CccdReading:
    """What a cell says; an empty one is no number and no problem.

    Nothing is repaired silently: a spreadsheet that took the number for a figure drops its leading zeros, so eleven
    digits (ten for provinces 001-009) get the zeros offered as a repair.
    """
    text = re.sub(r"[\s.'’-]", "", raw)
    if not text:
        return CccdReading()
    if re.fullmatch(r"\d[\d,]*[eE]\+?\d+", text):
        return CccdReading(problem=CccdProblem.SCIENTIFIC)
    if not re.fullmatch(r"[0-9]+", text):
        return CccdReading(problem=CccdProblem.NOT_DIGITS)
    if len(text) == LENGTH:
        return CccdReading(value=text)
    if len(text) == OLD_LENGTH:
        return CccdReading(problem=CccdProblem.OLD_NUMBER)
    padded = text.zfill(LENGTH)
    if len(text) in (LENGTH - 1, LENGTH - 2) and has_known_province(padded) and padded[3] in "0123":
        return CccdReading(problem=CccdProblem.LOST_ZERO, repair=padded)
    return CccdReading(problem=CccdProblem.WRONG_LENGTH)


def has_known_province(cccd: str) -> bool:
    return 1 <= int(cccd[:3]) <= LAST_PROVINCE


def contradictions(cccd: str, *, is_female: bool | None, birth_date: date | None) -> list[CccdProblem]:
    """What the number says otherwise than sex and birth date; a reason to look, not to refuse."""
    found = [] if has_known_province(cccd) else [CccdProblem.UNKNOWN_PROVINCE]
    code = int(cccd[3])
    if is_female is not None and code % 2 != is_female:
        found.append(CccdProblem.OTHER_SEX)
    if birth_date is not None and 1900 + 100 * (code // 2) + int(cccd[4:6]) != birth_date.year:
        found.append(CccdProblem.OTHER_YEAR)
    return found


def mask_cccd(cccd: str | None) -> str:
    """Only the last four digits, for lists; empty for None."""
    return "•" * (LENGTH - _SHOWN) + cccd[-_SHOWN:] if cccd else ""
