"""What can be done about a finding on an imported question by one click, and doing it.

A fix is proposed only where a person can see at a glance whether it is right; applying it changes the draft and
nothing else, and the finding is then settled.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from question_bank.formats.excel_facts import read_basis
from question_bank.formats.reading import RowFinding
from question_bank.items import AnyContent, ItemDraft, parse_content
from question_bank.taxonomy import CognitiveLevel, UnknownLevel, parse_level
from question_bank.text import fold, plain, rich_from_plain
from question_bank.types.content import Option, comparable, option_label
from question_bank.types.multiple_choice import MultipleChoice, MultipleChoiceRule
from question_bank.types.single_choice import SingleChoice

_NEAR = 0.72
_MAX_BASIS_CHARS = 300
BASIS = re.compile(
    r"\s*[(\[](?P<basis>[^()\[\]]*(?:điều|khoản)\s+[0-9][^()\[\]]*)[)\]]\s*[.;]?\s*$", re.IGNORECASE
)
_LEVEL_WORDS: dict[CognitiveLevel, str] = {
    CognitiveLevel.REMEMBER: "rat de|co ban|nho|ghi nho|biet|nb 1",
    CognitiveLevel.UNDERSTAND: "trung binh kha|binh thuong|giai thich|tb",
    CognitiveLevel.APPLY: "ap dung|tuong doi kho|thuc hanh|van dung vua",
    CognitiveLevel.ANALYSE: "rat kho|nang cao|danh gia|sang tao|tong hop|chuyen sau",
}
"""Words that people use for levels and that are not the names of one: proposed, never taken by themselves."""


class FixDoesNotFit(ValueError):
    """The draft is not the one that the fix was proposed for; nothing was changed."""


@dataclass(frozen=True, slots=True)
class ProposedFix:
    """A change that settles a finding; `action` and `argument` say which, `shown` is what it would set."""

    action: str
    argument: str
    shown: str


def proposed(finding: RowFinding, draft: ItemDraft) -> tuple[ProposedFix, ...]:
    """Return the changes that would settle the finding, the likeliest first."""
    propose = _PROPOSALS.get(finding.code)
    return tuple(propose(finding, draft)) if propose else ()


def applied(draft: ItemDraft, fix: ProposedFix) -> ItemDraft:
    """Return the draft with the change made.

    Raises:
        FixDoesNotFit: the draft is not one that this fix can change.
    """
    apply = _ACTIONS.get(fix.action)
    if apply is None:
        raise FixDoesNotFit
    return apply(draft, fix.argument)


def _either_key(finding: RowFinding, draft: ItemDraft) -> Iterator[ProposedFix]:
    for letters in dict.fromkeys(str(finding.params.get("text", "")).split(" / ")):
        if letters and _option_ids(draft, letters):
            yield ProposedFix("key", letters, letters)


def _near_key(finding: RowFinding, draft: ItemDraft) -> Iterator[ProposedFix]:
    """The option whose text is nearest to a key that was written out and abbreviated or mistyped."""
    if not isinstance(draft.content, SingleChoice | MultipleChoice):
        return
    wanted = fold(re.sub(r"^\s*[A-H]\s*[.):]\s*", "", str(finding.params.get("text", ""))))
    scored = [
        (SequenceMatcher(None, wanted, fold(plain(option.text))[: len(wanted) + 20]).ratio(), index)
        for index, option in enumerate(draft.content.options)
    ]
    best = sorted(scored, reverse=True)[:2]
    if wanted and best and best[0][0] >= _NEAR and (len(best) == 1 or best[0][0] - best[1][0] > 0.1):
        letter = option_label(best[0][1])
        yield ProposedFix("key", letter, letter)


def _several(finding: RowFinding, draft: ItemDraft) -> Iterator[ProposedFix]:
    letters = str(finding.params.get("text", ""))
    ids = _option_ids(draft, letters)
    if isinstance(draft.content, SingleChoice) and len(ids) > 1:
        yield ProposedFix("multiple", letters, letters)


def _date_readings(finding: RowFinding, draft: ItemDraft) -> Iterator[ProposedFix]:
    option = finding.params.get("option")
    if not isinstance(option, int) or not isinstance(draft.content, SingleChoice | MultipleChoice):
        return
    if option < len(draft.content.options) and not draft.content.options[option].text:
        for reading in str(finding.params.get("readings", "")).split("; "):
            yield ProposedFix("option", f"{option}:{reading}", f"{option_label(option)}. {reading}")


def _known_level(finding: RowFinding, draft: ItemDraft) -> Iterator[ProposedFix]:
    if draft.level is not None:
        return
    said = fold(str(finding.params.get("text", finding.params.get("number", ""))))
    level = next((level for level, words in _LEVEL_WORDS.items() if said in words.split("|")), None)
    try:
        level = level or parse_level(said)
    except UnknownLevel:
        return
    yield ProposedFix("level", level.value, level.value)


def _equal_option(_finding: RowFinding, draft: ItemDraft) -> Iterator[ProposedFix]:
    if not isinstance(draft.content, SingleChoice | MultipleChoice):
        return
    keyed = _keys_of(draft.content)
    seen: dict[str, str] = {}
    for index, option in enumerate(draft.content.options):
        text = comparable(option.text)
        if text in seen and len(draft.content.options) > 2:
            letter = option_label(index)
            if option.id not in keyed:
                yield ProposedFix("drop", letter, letter)
        seen.setdefault(text, option.id)


def _basis_out(_finding: RowFinding, draft: ItemDraft) -> Iterator[ProposedFix]:
    found = [plain(option.text) for option in _options(draft.content) if BASIS.search(plain(option.text))]
    if len(found) == 1 and (match := BASIS.search(found[0])):
        yield ProposedFix("basis", "", match["basis"].strip()[:_MAX_BASIS_CHARS])


_PROPOSALS: dict[str, Callable[[RowFinding, ItemDraft], Iterator[ProposedFix]]] = {
    "keys_conflict": _either_key,
    "key_unreadable": _near_key,
    "unreadable_key": _near_key,
    "several_keys": _several,
    "single_with_keys": _several,
    "date_cell": _date_readings,
    "unknown_level": _known_level,
    "level_unknown": _known_level,
    "level_mark_as_tag": _known_level,
    "equal_options": _equal_option,
    "basis_in_option": _basis_out,
}


def _options(content: AnyContent) -> tuple[Option, ...]:
    return content.options if isinstance(content, SingleChoice | MultipleChoice) else ()


def _keys_of(content: SingleChoice | MultipleChoice) -> frozenset[str]:
    if isinstance(content, MultipleChoice):
        return frozenset(content.keys)
    return frozenset({content.key} if content.key else ())


def _option_ids(draft: ItemDraft, letters: str) -> list[str]:
    options = list(_options(draft.content))
    indexes = [ord(letter) - ord("A") for letter in re.findall("[A-H]", letters.upper())]
    return [options[index].id for index in indexes if index < len(options)]


def _with(draft: ItemDraft, **content: object) -> ItemDraft:
    changed = parse_content({**draft.content.model_dump(), **content}, is_trusted=True)
    return draft.model_copy(update={"content": changed})


def _set_key(draft: ItemDraft, letters: str) -> ItemDraft:
    ids = _option_ids(draft, letters)
    if not ids:
        raise FixDoesNotFit
    if isinstance(draft.content, MultipleChoice):
        return _with(draft, keys=ids)
    return _with(draft, key=ids[0]) if len(ids) == 1 else _as_multiple(draft, letters)


def _as_multiple(draft: ItemDraft, letters: str) -> ItemDraft:
    content = draft.content
    if not isinstance(content, SingleChoice):
        raise FixDoesNotFit
    made = MultipleChoice(
        stem=content.stem,
        rationale=content.rationale,
        options=content.options,
        keys=tuple(_option_ids(draft, letters)),
        rule=MultipleChoiceRule.ALL_OR_NOTHING,
        order_locked=content.order_locked,
    )
    return draft.model_copy(update={"content": made})


def _set_option(draft: ItemDraft, argument: str) -> ItemDraft:
    index, _, text = argument.partition(":")
    options = list(_options(draft.content))
    if not index.isdecimal() or int(index) >= len(options):
        raise FixDoesNotFit
    place = int(index)
    options[place] = options[place].model_copy(update={"text": rich_from_plain(text)})
    return _with(draft, options=[option.model_dump() for option in options])


def _set_level(draft: ItemDraft, level: str) -> ItemDraft:
    tags = tuple(tag for tag in draft.tags if not re.fullmatch(r"mức [0-9]+", tag))
    return draft.model_copy(update={"level": CognitiveLevel(level), "tags": tags})


def _drop_option(draft: ItemDraft, letter: str) -> ItemDraft:
    gone = set(_option_ids(draft, letter))
    content = draft.content
    if not isinstance(content, SingleChoice | MultipleChoice) or not gone or gone & _keys_of(content):
        raise FixDoesNotFit
    return _with(draft, options=[option.model_dump() for option in content.options if option.id not in gone])


def _move_basis(draft: ItemDraft, _argument: str) -> ItemDraft:
    """Put the basis where it belongs; the option that carried it is the key where there is none yet."""
    for index, option in enumerate(_options(draft.content)):
        text = plain(option.text)
        match = BASIS.search(text)
        if match:
            changed = _set_option(draft, f"{index}:{text[: match.start()].rstrip()}")
            citations = (*draft.citations, *read_basis(match["basis"]))[:20]
            changed = changed.model_copy(update={"citations": citations})
            if isinstance(changed.content, SingleChoice) and changed.content.key is None:
                changed = _with(changed, key=option.id)
            return changed
    raise FixDoesNotFit


_ACTIONS: dict[str, Callable[[ItemDraft, str], ItemDraft]] = {
    "key": _set_key,
    "multiple": _as_multiple,
    "option": _set_option,
    "level": _set_level,
    "drop": _drop_option,
    "basis": _move_basis,
}
