"""Repairs: each takes content and gives it back with one flaw less."""

import re
from collections.abc import Callable
from typing import Any

from question_bank.items import AnyContent
from question_bank.lint.combinations import named_places
from question_bank.lint.findings import Fix, FixKind
from question_bank.shares import share_text, share_value
from question_bank.text import plain, sanitise
from question_bank.types.case import Case
from question_bank.types.cloze import ChoiceGap, Cloze
from question_bank.types.content import ChoiceContent
from question_bank.types.essay import Essay
from question_bank.types.matching import Matching
from question_bank.types.multiple_choice import MultipleChoice, MultipleChoiceRule
from question_bank.types.short_text import ShortText
from question_bank.types.single_choice import SingleChoice
from question_bank.types.true_false_cluster import DEFAULT_STEPS, TrueFalseCluster

NEGATION = re.compile(
    r"\b(?:không (?:phải|đúng|thuộc|bao gồm|chính xác)|ngoại trừ|chưa đúng)\b", re.IGNORECASE
)


def apply_fix(content: AnyContent, fix: Fix) -> AnyContent:
    """Return the content with the repair made; where it does not fit the content comes back as it is."""
    if isinstance(content, Case):
        head, _slash, rest = fix.place.partition("/")
        number, _slash, inner = rest.partition("/")
        if head != "parts" or not number.isdecimal() or int(number) >= len(content.parts):
            return content if fix.place != "stem" else _FIXES[fix.kind](content, fix)
        part = content.parts[int(number)]
        inside = apply_fix(part.content, Fix(fix.kind, fix.option_id, inner))
        parts = [*content.parts]
        parts[int(number)] = part.model_copy(update={"content": inside})
        return content.model_copy(update={"parts": tuple(parts)})
    return _FIXES[fix.kind](content, fix)


def _pin(content: AnyContent, fix: Fix) -> AnyContent:
    def pinned(entries: Any) -> tuple[Any, ...]:
        return tuple(e.model_copy(update={"pinned": True}) if e.id == fix.option_id else e for e in entries)

    match content:
        case ChoiceContent():
            return content.model_copy(update={"options": pinned(content.options)})
        case TrueFalseCluster():
            return content.model_copy(update={"statements": pinned(content.statements)})
        case Matching():
            return content.model_copy(update={"targets": pinned(content.targets)})
        case Cloze():
            gaps = tuple(
                gap.model_copy(update={"options": pinned(gap.options)}) if isinstance(gap, ChoiceGap) else gap
                for gap in content.gaps
            )
            return content.model_copy(update={"gaps": gaps})
    return content


def _lock(content: AnyContent, fix: Fix) -> AnyContent:
    if isinstance(content, ChoiceContent | TrueFalseCluster | Matching):
        return content.model_copy(update={"order_locked": True})
    index = _index(fix.place, "gaps")
    if isinstance(content, Cloze) and index is not None and index < len(content.gaps):
        gap = content.gaps[index]
        for option in gap.options if isinstance(gap, ChoiceGap) else ():
            content = content.model_copy(update={"gaps": _pinned_gaps(content, option.id)})
    return content


def _pinned_gaps(content: Cloze, option_id: str) -> Any:
    pinned = _pin(content, Fix(FixKind.PIN_OPTION, option_id))
    assert isinstance(pinned, Cloze)
    return pinned.gaps


def _index(place: str, name: str) -> int | None:
    head, _slash, number = place.partition("/")
    return int(number) if head == name and number.isdecimal() else None


def _write_weighted(content: AnyContent, fix: Fix) -> AnyContent:
    """A key such as "Cả A và B" becomes several keys, each its part; the option itself goes."""
    if not isinstance(content, SingleChoice) or content.key != fix.option_id:
        return content
    texts = {option.id: plain(option.text) for option in content.options}
    named = [i for i in named_places(texts.get(content.key or "", "")) if i < len(content.options)]
    keys = [content.options[index].id for index in named]
    options = tuple(option for option in content.options if option.id != content.key)
    if len(keys) < 2 or content.key in keys or len(keys) == len(options):
        return content
    part = share_text(share_value("1") / len(keys))
    weights = {option.id: part if option.id in keys else f"-{part}" for option in options}
    return MultipleChoice(
        stem=content.stem,
        rationale=content.rationale,
        options=options,
        order_locked=False,
        keys=tuple(keys),
        rule=MultipleChoiceRule.WEIGHTED,
        weights=weights,
    )


def _make_single(content: AnyContent, _fix: Fix) -> AnyContent:
    if not isinstance(content, MultipleChoice) or len(content.keys) != 1:
        return content
    return SingleChoice(
        stem=content.stem,
        rationale=content.rationale,
        options=content.options,
        order_locked=content.order_locked,
        key=content.keys[0],
    )


def _embolden(content: AnyContent, _fix: Fix) -> AnyContent:
    stem = NEGATION.sub(lambda match: f"<b>{match.group()}</b>", content.stem, count=1)
    return content.model_copy(update={"stem": stem})


def _remove_answer(content: AnyContent, fix: Fix) -> AnyContent:
    if isinstance(content, Cloze):
        gap_place, _slash, inner = fix.place.partition("/answers/")
        index = _index(gap_place, "gaps")
        if index is None or index >= len(content.gaps) or isinstance(content.gaps[index], ChoiceGap):
            return content
        gaps: list[Any] = [*content.gaps]
        gaps[index] = gaps[index].model_copy(
            update={"answers": _without(gaps[index].answers, _index(f"answers/{inner}", "answers"))}
        )
        return content.model_copy(update={"gaps": tuple(gaps)})
    if isinstance(content, ShortText):
        answers = _without(content.answers, _index(fix.place, "answers"))
        return content.model_copy(update={"answers": answers})
    return content


def _without(entries: tuple[Any, ...], index: int | None) -> tuple[Any, ...]:
    return tuple(entry for place, entry in enumerate(entries) if place != index)


def _remove_marker(content: AnyContent, fix: Fix) -> AnyContent:
    """The last such marker goes: of two equal ones the first stays."""
    marker = f"[[gap:{fix.option_id}]]"
    before, found, after = content.stem.rpartition(marker)
    return content.model_copy(update={"stem": sanitise(before + after)}) if found else content


def _add_marker(content: AnyContent, fix: Fix) -> AnyContent:
    marker = f"[[gap:{fix.option_id}]]"
    if not isinstance(content, Cloze) or marker in content.stem:
        return content
    inside_block = re.fullmatch(r"(.*?)((?:</(?:p|li|ol|ul)>)*)", content.stem, re.DOTALL)
    assert inside_block is not None, "the pattern fits every text"
    text, ends = inside_block.groups()
    return content.model_copy(update={"stem": sanitise(f"{text} {marker}{ends}")})


def _swap_word_limits(content: AnyContent, _fix: Fix) -> AnyContent:
    if not isinstance(content, Essay) or not 0 < content.max_words < content.min_words:
        return content
    return content.model_copy(update={"min_words": content.max_words, "max_words": content.min_words})


def _fit_steps(content: AnyContent, _fix: Fix) -> AnyContent:
    if not isinstance(content, TrueFalseCluster):
        return content
    count = len(content.statements)
    even = tuple(share_text(share_value(f"{right}/{count}")) for right in range(count + 1)) if count else ()
    return content.model_copy(update={"steps": DEFAULT_STEPS if count == len(DEFAULT_STEPS) - 1 else even})


def _drop_key_share(content: AnyContent, fix: Fix) -> AnyContent:
    if isinstance(content, SingleChoice):
        partial = {key: share for key, share in content.partial.items() if key != content.key}
        return content.model_copy(update={"partial": partial})
    head, _slash, _partial = fix.place.rpartition("/")
    index = _index(head, "gaps")
    if isinstance(content, Cloze) and index is not None and index < len(content.gaps):
        gap = content.gaps[index]
        if isinstance(gap, ChoiceGap):
            partial = {key: share for key, share in gap.partial.items() if key != gap.key}
            gaps = [*content.gaps]
            gaps[index] = gap.model_copy(update={"partial": partial})
            return content.model_copy(update={"gaps": tuple(gaps)})
    return content


_FIXES: dict[FixKind, Callable[[AnyContent, Fix], AnyContent]] = {
    FixKind.PIN_OPTION: _pin,
    FixKind.LOCK_ORDER: _lock,
    FixKind.WRITE_WEIGHTED: _write_weighted,
    FixKind.MAKE_SINGLE: _make_single,
    FixKind.EMBOLDEN: _embolden,
    FixKind.REMOVE_ANSWER: _remove_answer,
    FixKind.REMOVE_MARKER: _remove_marker,
    FixKind.ADD_MARKER: _add_marker,
    FixKind.SWAP_WORD_LIMITS: _swap_word_limits,
    FixKind.FIT_STEPS: _fit_steps,
    FixKind.DROP_KEY_SHARE: _drop_key_share,
}

_PROBLEM_FIXES = {
    "marker_without_gap": FixKind.REMOVE_MARKER,
    "repeated_marker": FixKind.REMOVE_MARKER,
    "gap_without_marker": FixKind.ADD_MARKER,
    "word_limits": FixKind.SWAP_WORD_LIMITS,
    "steps_do_not_fit": FixKind.FIT_STEPS,
    "key_has_partial_share": FixKind.DROP_KEY_SHARE,
}


def problem_fix(code: str, *, place: str, gap_id: str | None) -> Fix | None:
    """Return what one click can do about a blocking problem, or None."""
    kind = _PROBLEM_FIXES.get(code)
    return None if kind is None else Fix(kind, gap_id, place)
