"""Keeping the meaning of options that speak of other options when forms shuffle."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar, cast

from question_bank.items import AnyContent
from question_bank.lint.combinations import CombinationKind, find_combination, named_places
from question_bank.lint.findings import Finding, Fix, FixKind, Severity
from question_bank.lint.fixes import apply_fix
from question_bank.lint.lists import EntryList, entry_lists, leaves
from question_bank.text import plain
from question_bank.types.content import ItemContent, option_label
from question_bank.types.single_choice import SingleChoice

ContentT = TypeVar("ContentT", bound=ItemContent)


def order_fixes(entries: EntryList) -> tuple[tuple[int, Fix], ...]:
    """Return, for each entry that speaks of others, its index and what keeps its meaning when forms shuffle.

    A whole ("tất cả …") keeps its place; where "above" or a stated count does not fit that place, and
    wherever entries are named by letter or number, none may move.
    """
    combinations = [find_combination(plain(entry.text)) for entry in entries.entries]
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
            fixes.append((index, Fix(FixKind.LOCK_ORDER, place=entries.owner)))
        else:
            fixes.append((index, Fix(FixKind.PIN_OPTION, entries.entries[index].id)))
    return tuple(fixes)


def apply_order_safety(content: ContentT) -> ContentT:
    """Return the content with every option that speaks of others pinned, or the whole order locked."""
    safe = cast("AnyContent", content)
    for place, leaf in leaves(safe):
        for entries in entry_lists(leaf):
            for _index, fix in order_fixes(entries):
                safe = apply_fix(safe, replace(fix, place=place + fix.place))
    return cast("ContentT", safe)


def check_combinations(content: AnyContent) -> Iterator[Finding]:
    """Yield a finding for each entry that speaks of others: a warning while shuffling could change its meaning."""
    for entries in entry_lists(content):
        for index, fix in order_fixes(entries):
            entry, place = entries.entries[index], f"{entries.place}/{index}"
            params: dict[str, str | int] = {"label": option_label(index), "text": plain(entry.text)}
            other = _weighted_instead(content, entry.id)
            if _is_safe(entries, entry.id, fix=fix):
                yield Finding("combination_option", Severity.INFO, place, params, other_fix=other)
            else:
                yield Finding("combination_unsafe", Severity.WARNING, place, params, fix, other)


def _is_safe(entries: EntryList, entry_id: str, *, fix: Fix) -> bool:
    pinned = {entry.id for entry in entries.entries if entry.pinned}
    if entries.is_locked or len(pinned) == len(entries.entries):
        return True
    return fix.kind is FixKind.PIN_OPTION and entry_id in pinned


def _weighted_instead(content: AnyContent, option_id: str) -> Fix | None:
    """Return the rewriting of a key such as "Cả A và B" as several keys, where that is possible."""
    fix = Fix(FixKind.WRITE_WEIGHTED, option_id)
    if not isinstance(content, SingleChoice) or content.key != option_id:
        return None
    text = next(plain(option.text) for option in content.options if option.id == option_id)
    return fix if named_places(text) and apply_fix(content, fix) != content else None
