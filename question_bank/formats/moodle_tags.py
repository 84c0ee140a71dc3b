"""What an item carries beyond Moodle's own fields, written as tags: `sh:level=apply`, `sh:basis=Điều 5 …`."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from pydantic import ValidationError

from question_bank.citations import Citation, UnreadableCitation, format_citation, parse_citation
from question_bank.formats.drafting import Found
from question_bank.formats.reading import Verdict
from question_bank.items import ItemDraft
from question_bank.lint import apply_order_safety
from question_bank.taxonomy import CognitiveLevel, InvalidCompetencyCode, parse_competency_code
from question_bank.types.content import ChoiceContent, ItemContent

PREFIX = "sh:"
_TAG = re.compile(r"sh:(?P<name>[a-z]+)=(?P<value>.*)", re.DOTALL)


def tags_of(draft: ItemDraft) -> list[str]:
    """Return the draft's own tags, then its metadata as tags."""
    tags = list(draft.tags)
    if draft.level is not None:
        tags.append(f"sh:level={draft.level.value}")
    if draft.competency is not None:
        tags.append(f"sh:competency={draft.competency}")
    if draft.expected_time_s is not None:
        tags.append(f"sh:time={draft.expected_time_s}")
    tags += [f"sh:basis={_basis(citation)}" for citation in draft.citations]
    if (
        isinstance(draft.content, ChoiceContent)
        and apply_order_safety(unpinned(draft.content)) != draft.content
    ):
        tags.append(f"sh:pin={_pinning(draft.content)}")
    return tags


def _basis(citation: Citation) -> str:
    dates = [day.isoformat() if day else "" for day in (citation.in_force_from, citation.in_force_to)]
    return "|".join([format_citation(citation), *dates]).rstrip("|")


def unreadable_basis(draft: ItemDraft) -> str | None:
    """Return the first legal basis that would read back differently, or None."""
    for citation in draft.citations:
        try:
            is_same = _citation(_basis(citation)) == citation
        except ValueError:
            is_same = False
        if not is_same:
            return format_citation(citation)
    return None


def unpinned(content: ChoiceContent) -> ChoiceContent:
    """Return the content with nothing kept in its place."""
    options = tuple(option.model_copy(update={"pinned": False}) for option in content.options)
    return content.model_copy(update={"options": options, "order_locked": False})


def _pinning(content: ChoiceContent) -> str:
    places = [str(n) for n, option in enumerate(content.options, start=1) if option.pinned]
    return ",".join([*(["all"] if content.order_locked else []), *places]) or "none"


def read_tags(tags: Iterable[str], found: Found) -> dict[str, Any]:
    """Return the draft's metadata; under `pin`, if there is one, the places to keep.

    A tag of ours that cannot be read stays an ordinary tag, with a finding.
    """
    metadata: dict[str, Any] = {"tags": [], "citations": []}
    for raw in tags:
        match = _TAG.fullmatch(raw)
        if match is None or not _take(match["name"], match["value"], metadata=metadata):
            tag = re.sub(r"\s*[,;\n]\s*", " ", raw).strip()
            if match is not None or tag != raw.strip() or len(tag) > 64:
                found.say("tag_changed", Verdict.WARNING, text=raw[:80])
            metadata["tags"].append(tag[:64].strip())
    metadata["tags"] = metadata["tags"][:30]
    return metadata


def _take(name: str, value: str, *, metadata: dict[str, Any]) -> bool:
    try:
        match name:
            case "level":
                metadata["level"] = CognitiveLevel(value)
            case "competency":
                metadata["competency"] = parse_competency_code(value)
            case "time" if value.isascii() and value.isdecimal() and 5 <= int(value[:6]) <= 7200:
                metadata["expected_time_s"] = int(value)
            case "basis" if len(metadata["citations"]) < 20:
                metadata["citations"].append(_citation(value))
            case "pin" if re.fullmatch(r"none|(?:all|[0-9]{1,2})(?:,[0-9]{1,2})*", value):
                metadata["pin"] = value
            case _:
                return False
    except (ValueError, UnreadableCitation, InvalidCompetencyCode, ValidationError):
        return False
    return True


def _citation(value: str) -> Citation:
    text, start, end = [*value.split("|"), "", ""][:3]
    dates = {
        name: date.fromisoformat(day) for name, day in (("in_force_from", start), ("in_force_to", end)) if day
    }
    try:
        citation = parse_citation(text)
    except UnreadableCitation:
        citation = Citation(title=text)
    return Citation.model_validate({**citation.model_dump(), **dates})


def apply_pinning(content: ItemContent, pin: str) -> ItemContent:
    """Return the content with exactly the stated places kept."""
    if not isinstance(content, ChoiceContent):
        return content
    parts = pin.split(",")
    places = {int(part) - 1 for part in parts if part.isdecimal()}
    options = tuple(o.model_copy(update={"pinned": i in places}) for i, o in enumerate(content.options))
    return content.model_copy(update={"options": options, "order_locked": "all" in parts})
