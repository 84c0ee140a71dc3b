"""Item-writing flaws visible in the text, and the order safety of options that refer to each other."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain

from question_bank.items import AnyContent, ItemDraft
from question_bank.lint.combinations import Combination, CombinationKind, find_combination
from question_bank.lint.findings import Finding, Fix, FixKind, Severity
from question_bank.lint.fixes import apply_fix, problem_fix
from question_bank.lint.keying import (
    KeyPositions,
    check_answers,
    check_entries,
    check_one_key,
    key_position_bias,
    key_positions,
)
from question_bank.lint.lists import leaves
from question_bank.lint.messages import FIX_NAMES, MESSAGES
from question_bank.lint.order_safety import apply_order_safety, check_combinations
from question_bank.lint.wording import (
    check_absolute_words,
    check_dates,
    check_images,
    check_length_cue,
    check_negations,
    check_vague_references,
)
from question_bank.types.case import Case

__all__ = [
    "FIX_NAMES",
    "MESSAGES",
    "Combination",
    "CombinationKind",
    "Finding",
    "Fix",
    "FixKind",
    "KeyPositions",
    "Severity",
    "apply_fix",
    "apply_order_safety",
    "find_combination",
    "key_position_bias",
    "key_positions",
    "lint",
]

_STIMULUS_CHECKS: tuple[Callable[[AnyContent], Iterator[Finding]], ...] = (
    check_vague_references,
    check_images,
)
_CHECKS: tuple[Callable[[AnyContent], Iterator[Finding]], ...] = (
    check_vague_references,
    check_negations,
    check_combinations,
    check_length_cue,
    check_absolute_words,
    check_dates,
    check_images,
    check_one_key,
    check_entries,
    check_answers,
)


def lint(draft: ItemDraft) -> tuple[Finding, ...]:
    """Return every finding on the draft, blocking problems first, then flaws in reading order."""
    return tuple(chain(_blocking(draft), _flaws(draft.content), _citations(draft), _level(draft)))


def _blocking(draft: ItemDraft) -> Iterator[Finding]:
    for problem in draft.problems():
        gap_id = problem.params.get("id")
        fix = problem_fix(problem.code, place=problem.place, gap_id=str(gap_id) if gap_id else None)
        yield Finding(problem.code, Severity.ERROR, problem.place, problem.params, fix)


def _flaws(content: AnyContent) -> Iterator[Finding]:
    if isinstance(content, Case):
        stimulus = content.model_copy(update={"parts": ()})
        for check in _STIMULUS_CHECKS:
            yield from check(stimulus)
    for prefix, leaf in leaves(content):
        for check in _CHECKS:
            for finding in check(leaf):
                yield _within(finding, prefix)


def _within(finding: Finding, prefix: str) -> Finding:
    """Return the finding with its place, and those of its fixes, as the whole content counts them."""
    if not prefix:
        return finding
    fix, other = (own and replace(own, place=prefix + own.place) for own in (finding.fix, finding.other_fix))
    return replace(finding, place=prefix + finding.place, fix=fix, other_fix=other)


def _citations(draft: ItemDraft) -> Iterator[Finding]:
    if not draft.citations:
        yield Finding("missing_citation", Severity.WARNING, "citations")
    for index, citation in enumerate(draft.citations):
        place = f"citations/{index}"
        if citation.document_number is None:
            params = {"text": citation.title or ""}
            yield Finding("citation_without_number", Severity.WARNING, place, params)
        elif not _has_year(citation.document_number) and citation.in_force_from is None:
            params = {"text": citation.document_number}
            yield Finding("citation_without_date", Severity.INFO, place, params)


def _has_year(number: str) -> bool:
    return any(part.isdecimal() and len(part) == 4 for part in number.split("/")[1:])


def _level(draft: ItemDraft) -> Iterator[Finding]:
    if draft.level is None:
        yield Finding("missing_level", Severity.INFO, "level")
