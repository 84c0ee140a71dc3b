"""Fields of a cloze: its text with markers, and a card for each gap."""

import re
from typing import Any

from exam_service.bank.forms.choices import read_options, show_options, start_options
from exam_service.bank.forms.fields import Fields
from exam_service.bank.forms.numbers import Errors, percent, read_count, read_percent
from exam_service.bank.forms.typed import read_numbers, read_texts, show_numbers, show_texts, start_answers
from question_bank.types.cloze import MARKER, ChoiceGap, Cloze, ClozeRule, NumberGap, TextGap

_BRACES = re.compile(r"\[\[(?!gap:)([^\[\]]*)\]\]")
KINDS = ("text", "number", "choice")


def show_cloze(fields: Fields, content: Cloze) -> None:
    fields.put("gaps", *(gap.id for gap in content.gaps))
    for gap in content.gaps:
        _show_gap(fields.below("gaps", gap.id), gap)
    fields.put("rule", content.rule.value)


def _show_gap(below: Fields, gap: TextGap | NumberGap | ChoiceGap) -> None:
    below.put("kind", gap.kind)
    below.put("weight", str(gap.weight))
    if isinstance(gap, TextGap):
        show_texts(below, gap)
    elif isinstance(gap, NumberGap):
        show_numbers(below, gap)
    else:
        show_options(below, gap.options)
        below.put("key", *([gap.key] if gap.key else []))
        below.put("display", gap.display)
        for option, share in gap.partial.items():
            below.below("options", option).put("share", percent(share))


def read_cloze(fields: Fields, errors: Errors) -> dict[str, Any]:
    rule = fields.text("rule")
    return {
        "gaps": [_read_gap(entry, below, errors) for entry, below in fields.entries("gaps")],
        "rule": rule if rule in set(ClozeRule) else ClozeRule.PER_GAP.value,
    }


def _read_gap(entry: str, below: Fields, errors: Errors) -> dict[str, Any]:
    kind = below.text("kind", "text")
    weight = max(1, read_count(below, "weight", errors, default=1, most=1000))
    own = {"id": entry, "kind": kind if kind in KINDS else "text", "weight": weight}
    if kind == "number":
        return {**own, **read_numbers(below, errors)}
    if kind != "choice":
        return {**own, **read_texts(below, errors)}
    keys = [key for key in below.ids("options") if key in below.all("key")]
    shares = {
        option: share
        for option, row in below.entries("options")
        if option not in keys[:1] and (share := read_percent(row, "share", errors, default="0")) != "0"
    }
    return {
        **own,
        "options": read_options(below),
        "key": keys[0] if keys else None,
        "display": "list" if below.text("display") == "list" else "inline",
        "partial": shares,
    }


def start_gaps(fields: Fields) -> None:
    """Give each gap the rows that its kind needs; forget gaps whose marker is gone only on request."""
    for _entry, below in fields.entries("gaps"):
        if below.text("kind") == "choice":
            start_options(below, count=3)
        else:
            start_answers(below)


def make_gaps(fields: Fields) -> None:
    """Turn each `[[answer | other answer]]` of the text into a gap; order the cards as the gaps stand in the text."""

    def make(match: re.Match[str]) -> str:
        entry, below = fields.add("gaps")
        below.put("kind", "text")
        below.put("weight", "1")
        for text in match[1].split("|"):
            if text.strip():
                _answer, row = below.add("answers")
                row.put("text", text.strip())
        start_answers(below)
        return f"[[gap:{entry}]]"

    fields.put("stem", _BRACES.sub(make, fields.text("stem")))
    placed = MARKER.findall(fields.text("stem"))
    ids = fields.ids("gaps")
    fields.put(
        "gaps", *sorted(ids, key=lambda entry: placed.index(entry) if entry in placed else len(placed))
    )


def remove_gap(fields: Fields, entry: str) -> None:
    """Forget a gap; its first accepted answer takes the marker's place in the text."""
    below = fields.below("gaps", entry)
    answer = next((row.text("text") for _id, row in below.entries("answers")), "")
    fields.put("stem", fields.text("stem").replace(f"[[gap:{entry}]]", answer))
    fields.remove("gaps", entry)
