"""Item-writing flaws visible in the text, and the order safety of options that refer to each other."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain
from typing import TypeVar

from question_bank.items import ItemDraft
from question_bank.text import clean_text, images_without_alternative, plain
from question_bank.types.content import ChoiceContent, ItemContent, Option, option_label
from question_bank.types.messages import MESSAGES as PROBLEM_MESSAGES

MESSAGES: dict[str, dict[str, str]] = {
    **PROBLEM_MESSAGES,
    "combination_unsafe": {
        "vi": "Phương án {label} (“{text}”) nói về các phương án khác; trộn thứ tự sẽ làm sai nghĩa.",
        "en": "Option {label} (“{text}”) speaks of other options; shuffling would change its meaning.",
    },
    "combination_option": {
        "vi": "Phương án {label} (“{text}”) gộp các phương án khác; nên thay bằng một phương án độc lập.",
        "en": "Option {label} (“{text}”) combines other options; an independent option is better.",
    },
    "length_cue": {
        "vi": "Đáp án dài hơn hẳn các phương án nhiễu ({key_length} so với {longest} ký tự), dễ bị đoán.",
        "en": "The key is much longer than the distractors ({key_length} against {longest} characters).",
    },
    "vague_reference": {
        "vi": "“{text}” không nói rõ văn bản nào; hãy ghi số, ký hiệu và điều khoản.",
        "en": "“{text}” names no document; give its number and article.",
    },
    "double_negation": {
        "vi": "Phủ định hai lần (“{text}”); hãy hỏi theo cách khẳng định.",
        "en": "Two negations meet (“{text}”); ask the question positively.",
    },
    "missing_citation": {
        "vi": "Câu hỏi chưa có căn cứ pháp lý.",
        "en": "The item cites no legal basis.",
    },
    "citation_without_number": {
        "vi": "Căn cứ “{text}” chưa có số, ký hiệu văn bản.",
        "en": "The legal basis “{text}” has no document number.",
    },
    "date_like_option": {
        "vi": "Phương án {label} (“{text}”) giống một ngày do bảng tính tự đổi; hãy kiểm tra lại.",
        "en": "Option {label} (“{text}”) looks like a date made by a spreadsheet; check it.",
    },
    "image_without_alternative": {
        "vi": "Hình trong phần này chưa có mô tả bằng lời (alt), nên người không nhìn thấy hình không làm được.",
        "en": "An image in this part has no description (alt), so who cannot see it cannot answer.",
    },
    "missing_level": {"vi": "Câu hỏi chưa có mức độ nhận thức.", "en": "The item has no cognitive level."},
}


class Severity(StrEnum):
    """How much a finding weighs: an error blocks review, a warning asks for a decision, info is advice."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class FixKind(StrEnum):
    """What one click can do about a finding."""

    PIN_OPTION = "pin_option"
    LOCK_ORDER = "lock_order"


@dataclass(frozen=True, slots=True)
class Fix:
    """A repair that `apply_fix` carries out; `option_id` names the option to pin."""

    kind: FixKind
    option_id: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One flaw: `code` and `params` make its sentence in `MESSAGES`; `place` is like `options/3`."""

    code: str
    severity: Severity
    place: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    fix: Fix | None = None


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


def order_fixes(content: ChoiceContent) -> tuple[tuple[int, Fix], ...]:
    """Return, for each option that speaks of others, its index and what keeps its meaning when forms shuffle.

    A whole ("tất cả …") keeps its place; where "above" or a stated count does not fit that place, and
    wherever options are named by letter or number, no option may move.
    """
    combinations = [find_combination(plain(option.text)) for option in content.options]
    ordinary = [index for index, combination in enumerate(combinations) if combination is None]
    fixes: list[tuple[int, Fix]] = []
    for index, combination in enumerate(combinations):
        if combination is None:
            continue
        above = sum(1 for other in ordinary if other < index)
        covered = above if combination.points_up else len(ordinary)
        fits = above == covered == len(ordinary) if combination.points_up else True
        fits = fits and combination.count in (None, covered)
        if combination.kind is CombinationKind.LETTER_REFERENCE or not fits:
            fixes.append((index, Fix(FixKind.LOCK_ORDER)))
        else:
            fixes.append((index, Fix(FixKind.PIN_OPTION, content.options[index].id)))
    return tuple(fixes)


ContentT = TypeVar("ContentT", bound=ItemContent)


def apply_fix(content: ContentT, fix: Fix) -> ContentT:
    """Return the content with the repair made; a type without options comes back as it is."""
    if not isinstance(content, ChoiceContent):
        return content
    if fix.kind is FixKind.LOCK_ORDER:
        return content.model_copy(update={"order_locked": True})
    options = tuple(
        o.model_copy(update={"pinned": True}) if o.id == fix.option_id else o for o in content.options
    )
    return content.model_copy(update={"options": options})


def apply_order_safety(content: ContentT) -> ContentT:
    """Return the content with every option that speaks of others pinned, or the whole order locked."""
    if isinstance(content, ChoiceContent):
        for _, fix in order_fixes(content):
            content = apply_fix(content, fix)
    return content


def lint(draft: ItemDraft) -> tuple[Finding, ...]:
    """Return every finding on the draft, blocking problems first, then flaws in reading order."""
    blocking = (Finding(p.code, Severity.ERROR, p.place, p.params) for p in draft.problems())
    return tuple(chain(blocking, *(check(draft) for check in _CHECKS)))


def _is_safe(content: ChoiceContent, option: Option, *, fix: Fix) -> bool:
    return content.order_locked or (fix.kind is FixKind.PIN_OPTION and option.pinned)


def _combinations(draft: ItemDraft) -> Iterator[Finding]:
    if not isinstance(draft.content, ChoiceContent):
        return
    for index, fix in order_fixes(draft.content):
        option = draft.content.options[index]
        params: dict[str, str | int] = {"label": option_label(index), "text": plain(option.text)}
        if _is_safe(draft.content, option, fix=fix):
            yield Finding("combination_option", Severity.INFO, f"options/{index}", params)
        else:
            yield Finding("combination_unsafe", Severity.WARNING, f"options/{index}", params, fix)


_CUE_RATIO = 1.5
_CUE_MIN_EXCESS_CHARS = 25


def _length_cue(draft: ItemDraft) -> Iterator[Finding]:
    content, keyed = draft.content, draft.content.correct_response()
    if not isinstance(content, ChoiceContent) or keyed is None:
        return
    keys = set(content.categories(keyed)) if not draft.problems() else set()
    lengths = {o.id: len(plain(o.text)) for o in content.options if not find_combination(plain(o.text))}
    keyed_lengths = [lengths[key] for key in keys if key in lengths]
    others = [length for option_id, length in lengths.items() if option_id not in keys]
    if not keyed_lengths or len(others) < 2:
        return
    shortest, longest = min(keyed_lengths), max(others)
    if shortest >= _CUE_RATIO * longest and shortest - longest >= _CUE_MIN_EXCESS_CHARS:
        yield Finding("length_cue", Severity.INFO, "key", {"key_length": shortest, "longest": longest})


_VAGUE = re.compile(
    r"(?:theo )?(?:các )?(?:quy định|pháp luật|văn bản)(?: của pháp luật| pháp luật)? (?:hiện hành|hiện nay)",
    re.IGNORECASE,
)
_NEGATIVE_QUESTION = re.compile(
    r"không (?:phải|đúng|thuộc|bao gồm|được|chính xác)|\bngoại trừ\b|\btrừ\b|\bsai\b|chưa đúng", re.IGNORECASE
)
_TWICE_NEGATED = re.compile(
    r"không (?:phải |thể )?(?:là )?không\b|không (?:đúng|sai)[^.;,?]*\bkhông\b", re.IGNORECASE
)


def _texts(draft: ItemDraft) -> Iterator[tuple[str, str]]:
    return ((place, plain(text)) for place, text in draft.content.texts())


def _images(draft: ItemDraft) -> Iterator[Finding]:
    for place, text in draft.content.texts():
        if images_without_alternative(text):
            yield Finding("image_without_alternative", Severity.ERROR, place)


def _vague_references(draft: ItemDraft) -> Iterator[Finding]:
    for place, text in _texts(draft):
        if match := _VAGUE.search(text):
            yield Finding("vague_reference", Severity.WARNING, place, {"text": match.group()})


def _double_negations(draft: ItemDraft) -> Iterator[Finding]:
    texts = list(_texts(draft))
    question = texts[0][1]
    if match := _TWICE_NEGATED.search(question):
        yield Finding("double_negation", Severity.INFO, "stem", {"text": match.group()})
        return
    asked = _NEGATIVE_QUESTION.search(question)
    for place, text in texts[1:]:
        if asked and re.match(r"không\b", text, re.IGNORECASE) and not find_combination(text):
            params = {"text": f"{asked.group()} … {clean_text(text)[:60]}"}
            yield Finding("double_negation", Severity.INFO, place, params)


def _citations(draft: ItemDraft) -> Iterator[Finding]:
    if not draft.citations:
        yield Finding("missing_citation", Severity.WARNING, "citations")
    for index, citation in enumerate(draft.citations):
        if citation.document_number is None:
            params = {"text": citation.title or ""}
            yield Finding("citation_without_number", Severity.WARNING, f"citations/{index}", params)


_SPREADSHEET_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9:.]+)?")


def _date_like_options(draft: ItemDraft) -> Iterator[Finding]:
    if isinstance(draft.content, ChoiceContent):
        for index, option in enumerate(draft.content.options):
            if _SPREADSHEET_DATE.fullmatch(text := plain(option.text)):
                params: dict[str, str | int] = {"label": option_label(index), "text": text}
                yield Finding("date_like_option", Severity.WARNING, f"options/{index}", params)


def _level(draft: ItemDraft) -> Iterator[Finding]:
    if draft.level is None:
        yield Finding("missing_level", Severity.INFO, "level")


_CHECKS: tuple[Callable[[ItemDraft], Iterator[Finding]], ...] = (
    _vague_references,
    _double_negations,
    _combinations,
    _length_cue,
    _date_like_options,
    _images,
    _citations,
    _level,
)
