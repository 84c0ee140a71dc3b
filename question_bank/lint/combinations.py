"""Options that speak of other options: "tất cả các phương án trên", "cả A và B"."""

import re
from dataclasses import dataclass
from enum import StrEnum

from question_bank.text import clean_text


class CombinationKind(StrEnum):
    """Whether an option stands for others as a whole or names some of them by letter or number."""

    ALL_OF_ABOVE = "all_of_above"
    LETTER_REFERENCE = "letter_reference"


_ANSWER = r"(?:phương án|đáp án|câu trả lời|câu|ý|lựa chọn|mệnh đề|khẳng định|nhận định|phát biểu)"
_NOUN = (
    rf"(?:{_ANSWER}|ý kiến|nội dung|trường hợp|đối tượng|yếu tố|hình thức|nguyên tắc|hành vi|quy định|điểm"
    r"|quyền|nhiệm vụ|cơ quan|điều kiện|loại|việc|mục)"
)
_COUNT = r"(?:0?[2-9]|hai|ba|bốn|năm|sáu)"
_POINTER = r"(?:(?:đã |được |vừa )?(?:nêu|kể|ghi|nói) (?:ở )?|ở |bên |phía )?(?:trên|còn lại|trước|này)"
_VERDICT = r"(?:(?:là |đều |cùng |cũng )*(?:không )?(?:đúng|sai|chính xác|phù hợp|hợp lý|được))"
_WHOLE = re.compile(
    rf"(?:gồm |bao gồm )?(?:tất cả|toàn bộ)(?: (?:các|những))?(?: (?P<count1>{_COUNT}))?(?: {_NOUN})?"
    rf"(?: {_POINTER})?(?: {_VERDICT})?"
    # "cả năm" is "the whole year" and "cả nước" the whole country: a bare count or an unknown noun is not
    # enough
    rf"|(?:gồm |bao gồm )?cả (?P<count2>0?[2-9]|hai|ba|bốn)(?: {_NOUN})?(?: {_POINTER})?(?: {_VERDICT})?"
    rf"|(?:gồm |bao gồm )?cả (?P<count3>{_COUNT})(?: {_NOUN}(?: {_POINTER})?| {_POINTER})(?: {_VERDICT})?"
    rf"|(?:gồm |bao gồm )?cả (?:các |những )?{_NOUN}(?: {_POINTER})?(?: {_VERDICT})?"
    rf"|(?:các|những|(?P<count4>{_COUNT})) {_NOUN} {_POINTER}(?: {_VERDICT})?"
    rf"|(?:các|những|(?P<count5>{_COUNT})) {_ANSWER} {_VERDICT}"
    rf"|không (?:có |phải )?(?:là )?(?:một |các )?{_NOUN}(?: nào)?"
    rf"(?: (?:trong (?:số )?)?(?:các {_NOUN} )?{_POINTER})?(?: (?:là )?(?:đúng|sai|phù hợp|chính xác))?"
    r"|(?:đều|cùng) (?:đúng|sai)"
    r"|(?:tất cả|toàn bộ|cả) .{1,60} (?:trên|còn lại)"
)
_NONE_WITHOUT_POINTER = re.compile(rf"không (?:có |phải )?(?:là )?(?:một |các )?{_NOUN}")
_MEMBER = r"(?:\(?[a-h]\)|[a-h]|\([1-9]\)|[1-9])"
_JOIN = r"\s*(?:,\s*và|;\s*và|,|;|và|hoặc|hay|với|\+|&|/|-)\s*"
_LIST = rf"(?:{_ANSWER} )?{_MEMBER}(?:{_JOIN}(?:{_ANSWER} )?{_MEMBER})+"
_LEAD = (
    rf"(?:(?:cả|chỉ|có|gồm|bao gồm|tất cả|các|hai|ba|bốn|0?[2-9]|đồng thời|kết hợp|không có|không phải"
    rf"|trừ|{_ANSWER}) )*"
)
_NAMED = re.compile(
    rf"(?P<lead>{_LEAD})(?P<list>{_LIST})(?: {_VERDICT})?"
    rf"|(?:chỉ )?(?:có )?(?:{_ANSWER}) {_MEMBER}(?: {_VERDICT})?"
    rf"|chỉ (?:có )?[a-h](?: {_VERDICT})?"
    rf"|{_MEMBER} {_VERDICT}(?:{_JOIN}{_MEMBER} {_VERDICT})*"
)
_MAX_COMBINATION_CHARS = 120
_BARE_NUMBERS = re.compile(rf"[1-9](?:{_JOIN}[1-9])+")  # "1/2" or "1, 2" is an answer of its own
_COUNT_VALUES = {"hai": 2, "ba": 3, "bốn": 4, "năm": 5, "sáu": 6}
_POINTS_UP = re.compile(r"\b(?:trên|trước|này)\b")


@dataclass(frozen=True, slots=True)
class Combination:
    """What an option says about the others: the kind, how many it claims, whether "above" fixes its place."""

    kind: CombinationKind
    count: int | None = None
    points_up: bool = False


def find_combination(text: str) -> Combination | None:
    """Return what the plain text of an option says about other options, or None.

    Only a text that says nothing else counts, so "Cảnh cáo", "Cả nước" and "Cả năm" do not.
    """
    words = re.sub(r"\s+", " ", clean_text(text)).casefold().strip(" .,;:!…\"'“”")
    if len(words) > _MAX_COMBINATION_CHARS:
        return None
    named = _NAMED.fullmatch(words)
    if named and not _BARE_NUMBERS.fullmatch(words):
        return Combination(CombinationKind.LETTER_REFERENCE)
    whole = _WHOLE.fullmatch(words)
    if whole is None or _NONE_WITHOUT_POINTER.fullmatch(words):
        return None
    stated = next((count for count in whole.groupdict().values() if count), None)
    count = None if stated is None else _COUNT_VALUES.get(stated) or int(stated)
    return Combination(CombinationKind.ALL_OF_ABOVE, count, bool(_POINTS_UP.search(words)))


_LETTERS = re.compile(r"\(?\b([a-h]|[1-9])\b\)?")


def named_places(text: str) -> tuple[int, ...]:
    """Return the indexes of the options that a letter reference names: (0, 1) for "Cả A và B"."""
    found = find_combination(text)
    if found is None or found.kind is not CombinationKind.LETTER_REFERENCE:
        return ()
    signs = _LETTERS.findall(clean_text(text).casefold())
    # Beside letters a digit is a count: "2 đáp án A và B".
    signs = [sign for sign in signs if sign.isalpha()] or signs
    return tuple(sorted({int(sign) - 1 if sign.isdecimal() else ord(sign) - ord("a") for sign in signs}))
