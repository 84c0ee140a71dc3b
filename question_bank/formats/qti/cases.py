"""Items of a package that share a text become one case; a text used once comes before its item's stem."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from question_bank.formats.drafting import Found, draft_of
from question_bank.formats.qti.drafting import ItemReading, joined
from question_bank.formats.qti.shares import whole_weights
from question_bank.formats.reading import RowFinding, RowVerdict, Verdict
from question_bank.items import ItemDraft
from question_bank.types.content import new_option_id

MAX_PARTS = 10
_NOT_PARTS = frozenset({"case", "unsupported"})

Stimulus = Callable[[ItemReading, str], tuple[str, str] | None]
"""Path and rich text of the shared text that an item names by an address, or None where it is missing."""


def grouped(items: Sequence[ItemReading], stimulus: Stimulus) -> list[ItemReading]:
    """Return the readings with shared texts in them, cases in the place of their first item."""
    texts: dict[int, tuple[str, str]] = {}
    groups: dict[str, list[int]] = defaultdict(list)
    found = list(items)
    for index, item in enumerate(items):
        for href in item.stimuli[:1]:
            shared = stimulus(item, href)
            if shared is None:
                found[index] = _finding(item, "qti_stimulus_missing", name=href[:120])
                continue
            texts[index] = shared
            groups[shared[0]].append(index)
    left_out: set[int] = set()
    for indexes in groups.values():
        case = _case([found[i] for i in indexes], texts[indexes[0]]) if len(indexes) > 1 else None
        for index in indexes:
            found[index] = _with_text(found[index], texts[index][1]) if case is None else found[index]
        if case is not None:
            found[indexes[0]] = case
            left_out.update(indexes[1:])
    return [item for index, item in enumerate(found) if index not in left_out]


def _finding(item: ItemReading, code: str, **params: str | int) -> ItemReading:
    added = RowFinding(code, Verdict.WARNING, item.row.sheet or None, params)
    severity = max(item.row.severity, Verdict.WARNING, key=lambda verdict: verdict.rank)
    return replace(item, row=replace(item.row, severity=severity, findings=(*item.row.findings, added)))


def _with_text(item: ItemReading, text: str) -> ItemReading:
    draft = item.row.draft
    if draft is None or not text:
        return item
    content = draft.content.model_copy(update={"stem": joined(text, draft.content.stem)})
    checked = ItemDraft.model_validate({**draft.model_dump(), "content": content.model_dump()})
    return replace(item, row=replace(item.row, draft=checked))


def _case(items: Sequence[ItemReading], shared: tuple[str, str]) -> ItemReading | None:
    """Return the items as one case, or None where one of them cannot be a part."""
    drafts = [item.row.draft for item in items]
    if len(items) > MAX_PARTS or any(draft is None or draft.content.type in _NOT_PARTS for draft in drafts):
        return None
    whole = [draft for draft in drafts if draft is not None]
    scores = [item.whole for item in items]
    weights = whole_weights(scores) if all(scores) else None
    parts = [
        {"id": new_option_id(), "weight": weight, "content": draft.content.model_dump()}
        for draft, weight in zip(whole, weights or [1] * len(whole), strict=True)
    ]
    first = items[0].row
    found = Found(first.row, sheet=first.sheet)
    for item in items:
        # What a part lacks is said again by the case itself, with the place of the part.
        found.findings += [
            f for f in item.row.findings if f.severity is not Verdict.HOLD or f.code.startswith("qti_")
        ]
    names = ", ".join(draft.source_id or "?" for draft in whole)
    found.say("qti_case_made", Verdict.OK, first.sheet or None, count=len(items), text=names[:200])
    draft = draft_of(
        found,
        {"type": "case", "stem": shared[1], "parts": parts},
        tags=sorted({tag for draft in whole for tag in draft.tags})[:30],
        source_id=shared[0][-100:],
    )
    if draft is None:
        return None
    row: RowVerdict = found.verdict(draft, preview=shared[1])
    return ItemReading(
        row, whole=sum(scores, Fraction(0)), needs_marker=any(item.needs_marker for item in items)
    )
