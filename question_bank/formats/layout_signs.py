"""The lines that carry a meaning of their own in question documents: starts, keys, basis, headings, noise."""

import re
from collections.abc import Sequence
from enum import StrEnum

from question_bank.formats.layout_lines import Line

_NUMBERED = (
    r"(?P<lead>[\W_]{0,4})(?:câu\s+hỏi(?:\s+tự\s+luận)?|câu|question|ch)\s*(?:số\s*)?(?P<number>[0-9]{1,4})"
    r"(?P<delimiter>\s*[.:)/\]]|\s*[-–](?=\s))?"
)
_WORD_START = re.compile(rf"{_NUMBERED}\s*", re.IGNORECASE)
_WORD_INLINE = re.compile(r"(?<=[.;:?!)”\"…])\s+(?=(?:Câu hỏi|Câu)\s+(?P<number>[0-9]{1,4})\s*[.:]\s)")
_BRACKET_START = re.compile(r"\s*\[(?P<number>[0-9]{1,2})\]\s*")
_NUMBER_START = re.compile(r"\s*(?P<number>[0-9]{1,4})\s*[.)/:](?!\d)\s*(?=\S)")
KEY_LINE = re.compile(
    r"[\W_]{0,5}(?:đáp\s*án|đ\s*/\s*a|đa|answer|key|trả\s*lời|phương\s*án\s*đúng|câu\s*trả\s*lời\s*đúng)"
    r"(?:\s+(?:đúng|chính xác|là|nhất))*(?P<delimiter>\s*[:.=–-]*)\s*(?P<key>.+)",
    re.IGNORECASE,
)
INLINE_KEY = re.compile(
    r"\s(?:đáp\s*án|answer)(?:\s+đúng)?\s*(?::|là|\.)\s*(?P<key>[A-H])\s*\.?\s*$", re.IGNORECASE
)
FIELD_LINE = re.compile(
    r"[\W_]{0,4}(?P<name>căn\s*cứ(?:\s*pháp\s*lý)?|cơ\s*sở\s*pháp\s*lý|giải\s*thích|lời\s*giải|hướng\s*dẫn(?:\s*giải)?"
    r"|mức\s*độ|explanation|gợi\s*ý(?:\s*(?:trả\s*lời|đáp\s*án))?|hướng\s*dẫn\s*(?:chấm|trả\s*lời))\s*[:\-–]\s*(?P<value>.+)",
    re.IGNORECASE,
)
_NOISE = re.compile(
    r"\s*(?:\[[^\]]{0,40}\]|https?://\S+|www\.\S+|(?:trang|page)?\s*[0-9]{1,4}(?:\s*/\s*[0-9]{1,4})?|[-–_=*.~#\s]{3,}"
    r"|-\s*[0-9]{1,3}\s*-|(?:hết|the end)\s*[.!]?)\s*",
    re.IGNORECASE,
)
_JUNK = re.compile(
    r"\[link\]|https?://\S+|www\.\S+|(?:trang|page)\s*[0-9]{1,4}(?:\s*/\s*[0-9]{1,4})?|[-–_=*~#]{5,}",
    re.IGNORECASE,
)
_HEADING = re.compile(
    r"\s*(?:modu(?:l|le)|phần(?:\s+thứ)?|chương|chuyên\s*đề|mục|bài|section|part|chapter)\s+"
    r"(?:[0-9]{1,3}|[ivxlc]{1,6}|[a-h]|một|hai|ba|bốn|năm|nhất)\b.{0,120}",
    re.IGNORECASE,
)
_PAIR = r"(?:câu\s*)?[0-9]{1,4}\s*[.:)\-–/]?\s*[A-H](?:\s*,\s*[A-H])*(?!\w)"
_PAIRS_LINE = re.compile(rf"\s*{_PAIR}(?:[\s,;|]+{_PAIR})*[\s,;|.]*", re.IGNORECASE)
_PAIR_PARTS = re.compile(r"([0-9]{1,4})\s*[.:)\-–/]?\s*([A-H](?:\s*,\s*[A-H])*)(?!\w)", re.IGNORECASE)
_TABLE_HEADING = re.compile(
    r"[\W_]{0,9}(?:bảng\s+)?(?:đáp\s*án|answer\s*keys?|key)(?:\s+.{0,60})?[\W_]*", re.IGNORECASE
)
_NUMBERS_ROW = re.compile(
    r"\s*(?:câu(?:\s*hỏi)?|question)?\s*:?\s*[0-9]{1,4}(?:[\s|]+[0-9]{1,4})+\s*", re.IGNORECASE
)
_LETTERS_ROW = re.compile(
    r"\s*(?:đáp\s*án|đ\s*/?\s*a|answer|key)?\s*:?\s*[A-H](?:[\s|]+[A-H])+\s*", re.IGNORECASE
)


_MAX_NOISE_CHARS = 200
_MAX_TABLE_CHARS = 5_000


class Numbering(StrEnum):
    """How the questions of a document begin."""

    WORD = "word"
    BRACKET = "bracket"
    NUMBER = "number"
    NONE = "none"


def numbering_of(lines: Sequence[Line]) -> Numbering:
    """Return how the questions of these lines are counted: `Câu 1.`, `[1]`, `1.` or not at all."""
    words = (_WORD_START.match(line.text) for line in lines)
    if any(match and (match["delimiter"] or match["number"] == "1") for match in words):
        return Numbering.WORD
    if any(_BRACKET_START.match(line.text) for line in lines):
        return Numbering.BRACKET
    if any(_NUMBER_START.match(line.text) for line in lines):
        return Numbering.NUMBER
    return Numbering.NONE


def word_start(line: Line, *, last: int) -> tuple[int, int] | None:
    """Return number and length of a `Câu 1.` at the beginning; without its stop only as the next number."""
    match = _WORD_START.match(line.text)
    if match is None:
        return None
    number, is_alone = int(match["number"]), match.end() == len(line.text)
    return (number, match.end()) if match["delimiter"] or is_alone or number == last + 1 else None


def bracket_start(line: Line) -> tuple[int, int] | None:
    """Return level and length of a `[1]` at the beginning."""
    match = _BRACKET_START.match(line.text)
    return (int(match["number"]), match.end()) if match else None


def number_start(line: Line) -> tuple[int, int] | None:
    """Return number and length of a `1.` at the beginning."""
    match = _NUMBER_START.match(line.text)
    return (int(match["number"]), match.end()) if match else None


def split_inline(line: Line, *, last: int) -> list[Line]:
    """Return the line cut before every `Câu 3:` inside it that continues the count."""
    start_match = _WORD_START.match(line.text)
    number = int(start_match["number"]) if start_match and start_match["delimiter"] else last
    parts: list[Line] = []
    begin = 0
    for match in _WORD_INLINE.finditer(line.text):
        if int(match["number"]) == number + 1:
            parts.append(line.part(begin, match.start()))
            begin, number = match.end(), number + 1
    return [*parts, line.part(begin, len(line.text))]


_ESSAY_HEADING = re.compile(r"[\W_]{0,4}.{0,30}\b(?P<essay>tự\s+luận)\b.{0,60}", re.IGNORECASE)
_CHOICE_HEADING = re.compile(r"[\W_]{0,4}.{0,30}\btrắc\s+nghiệm\b.{0,60}", re.IGNORECASE)
ANSWER_HEADING = re.compile(
    r"[\W_]{0,4}(?:đáp\s*án|gợi\s*ý(?:\s*(?:trả\s*lời|đáp\s*án))?|hướng\s*dẫn\s*(?:chấm|trả\s*lời))\s*[:.]?\s*",
    re.IGNORECASE,
)
"""A line that says only that the answer follows."""


def has_answer(text: str) -> bool:
    """Tell whether a line gives an answer, or says that one follows."""
    text = text.strip()
    return bool(KEY_LINE.fullmatch(text) or ANSWER_HEADING.fullmatch(text) or FIELD_LINE.fullmatch(text))


def essay_heading(text: str, before: bool) -> bool:
    """Return whether what follows this line is essay questions; `before` is what it was."""
    text = text.strip()
    if len(text) > _MAX_NOISE_CHARS or not text:
        return before
    if _ESSAY_HEADING.fullmatch(text):
        return True
    return False if _CHOICE_HEADING.fullmatch(text) else before


def is_junk(text: str) -> bool:
    """Tell whether a line is a page number, a link or a rule, wherever it stands."""
    return len(text) <= _MAX_NOISE_CHARS and _JUNK.fullmatch(text.strip()) is not None


def is_noise(text: str) -> bool:
    """Tell whether a line is a page number, a link, a rule or a heading of a section."""
    text = text.strip()
    if len(text) > _MAX_NOISE_CHARS:
        return False
    is_capitals = len(text.split()) >= 3 and text == text.upper() and any(map(str.isalpha, text))
    return bool(_NOISE.fullmatch(text) or _HEADING.fullmatch(text)) or is_capitals


def take_key_table(lines: Sequence[Line]) -> tuple[list[Line], dict[int, list[str]], bool]:
    """Return the lines without the key tables at their end, and the letters by question number.

    The last value tells that one number has two different keys, as when a table counts several parts.
    """
    keys: dict[int, list[str]] = {}
    is_ambiguous = False
    end = len(lines)
    while end > 0:
        size, pairs = _table_end(lines, end)
        if not size:
            break
        for number, letters in pairs:
            is_ambiguous |= keys.get(number, letters) != letters
            keys[number] = letters
        end -= size
    while end and keys and not lines[end - 1].text.strip():
        end -= 1
    if keys and end and _TABLE_HEADING.fullmatch(lines[end - 1].text[:_MAX_NOISE_CHARS]):
        return list(lines[: end - 1]), keys, is_ambiguous
    # Without a heading, lines such as "1. A" may be questions: only several pairs on one line are a table.
    is_plain = any(
        len(_PAIR_PARTS.findall(line.text)) > 2 or _NUMBERS_ROW.fullmatch(line.text) for line in lines[end:]
    )
    return (list(lines[:end]), keys, is_ambiguous) if keys and is_plain else (list(lines), {}, False)


def _table_end(lines: Sequence[Line], end: int) -> tuple[int, list[tuple[int, list[str]]]]:
    """Return how many lines before `end` belong to a key table, and what they say."""
    text = " ".join(lines[end - 1].text.split())
    if len(text) > _MAX_TABLE_CHARS:
        return 0, []
    if not text:
        return 1, []
    if _PAIRS_LINE.fullmatch(text):
        return 1, [(int(n), re.findall("[A-H]", letters.upper())) for n, letters in _PAIR_PARTS.findall(text)]
    if end > 1 and _LETTERS_ROW.fullmatch(text) and _NUMBERS_ROW.fullmatch(lines[end - 2].text):
        numbers = [int(number) for number in re.findall("[0-9]+", lines[end - 2].text)]
        letters = re.findall(r"(?<!\w)[A-H](?!\w)", text.upper())
        if len(numbers) == len(letters):
            return 2, [(number, [letter]) for number, letter in zip(numbers, letters, strict=True)]
    return 0, []
