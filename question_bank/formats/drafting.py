"""From what a reader found to the verdict on it, the same way in every format that is not a spreadsheet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue, ValidationError

from question_bank.formats.reading import RowFinding, RowVerdict, Verdict
from question_bank.items import ItemDraft
from question_bank.lint import apply_order_safety
from question_bank.text import plain
from question_bank.types.content import Option
from question_bank.types.multiple_choice import MultipleChoiceRule

PREVIEW_CHARS = 200


@dataclass(slots=True)
class Found:
    """What a reader has to say about one question while it reads it; `row` is the line where it begins."""

    row: int
    sheet: str = ""
    findings: list[RowFinding] = field(default_factory=list)

    def say(self, code: str, severity: Verdict, cell: str | None = None, **params: str | int) -> None:
        """Add a finding."""
        self.findings.append(RowFinding(code, severity, cell, params))

    def verdict(
        self, draft: ItemDraft | None, *, preview: str, origin: Mapping[str, JsonValue] | None = None
    ) -> RowVerdict:
        """Return the verdict, as severe as the most severe finding."""
        severity = max((f.severity for f in self.findings), key=lambda s: s.rank, default=Verdict.OK)
        shown = plain(preview[: PREVIEW_CHARS * 20])[:PREVIEW_CHARS]
        return RowVerdict(self.sheet, self.row, severity, tuple(self.findings), draft, shown, origin)


def choice_content(
    stem: str,
    options: Sequence[str],
    *,
    keys: Sequence[int],
    rationale: str = "",
    rule: MultipleChoiceRule | None = None,
) -> dict[str, Any]:
    """Return the fields of a choice item from rich texts and the indexes of its keys.

    With a rule it is multiple choice, else single choice, which keeps a key only if there is exactly one.
    """
    made = [{"id": Option.create("").id, "text": text} for text in options]
    ids = [made[index]["id"] for index in keys]
    shared = {"stem": stem, "rationale": rationale, "options": made}
    if rule is not None:
        return {"type": "multiple_choice", "keys": ids, "rule": rule, **shared}
    return {"type": "single_choice", "key": ids[0] if len(ids) == 1 else None, **shared}


def draft_of(found: Found, content: Mapping[str, Any], **metadata: Any) -> ItemDraft | None:
    """Return the draft, or None where a limit is exceeded; says what blocks it from review.

    Options that speak of others are kept in their place, and that is said too.
    """
    try:
        draft = ItemDraft.model_validate({"content": dict(content), **metadata})
    except ValidationError as error:
        for name in sorted({".".join(map(str, detail["loc"])) for detail in error.errors()}):
            found.say("value_refused", Verdict.ERROR, field=name)
        return None
    say_problems(found, draft)
    return draft


def say_problems(found: Found, draft: ItemDraft) -> None:
    """Say what blocks the draft from review; a missing key only where nothing said yet explains it."""
    said = {finding.code for finding in found.findings}
    for problem in draft.problems():
        if not (problem.code == "no_key" and said & KEY_CODES):
            found.say(problem.code, Verdict.HOLD, problem.place, **problem.params)


KEY_CODES = frozenset(
    {
        "key_unreadable",
        "key_not_found",
        "keys_conflict",
        "single_with_keys",
        "weights_not_kept",
        "answer_line_missing",
    }
)
"""Findings that already say why an item has no key."""


def keep_order_safe(found: Found, draft: ItemDraft) -> ItemDraft:
    """Return the draft with options that speak of others kept in their place, saying so."""
    safe = apply_order_safety(draft.content)
    if safe == draft.content:
        return draft
    found.say("order_protected", Verdict.OK)
    return draft.model_copy(update={"content": safe})
