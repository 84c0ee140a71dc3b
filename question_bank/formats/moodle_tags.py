"""What an item carries beyond Moodle's own fields, written as tags: `sh:level=apply`, `sh:basis=Điều 5 …`."""

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Any

from pydantic import ValidationError

from question_bank.citations import Citation, UnreadableCitation, format_citation, parse_citation
from question_bank.formats.drafting import Found
from question_bank.formats.reading import Verdict
from question_bank.items import AnyContent, ItemDraft
from question_bank.lint import apply_order_safety
from question_bank.taxonomy import (
    CognitiveLevel,
    DifficultyRating,
    InvalidCompetencyCode,
    parse_competency_code,
)
from question_bank.types.cloze import Cloze, NumberGap, TextGap
from question_bank.types.content import ItemContent
from question_bank.types.matching import Matching
from question_bank.types.multiple_choice import MultipleChoice, MultipleChoiceRule
from question_bank.types.numeric import Numeric
from question_bank.types.short_text import ShortText

PREFIX = "sh:"
WEIGHTED_TAG = "sh:rule=weighted"
"""Tells an item that weighs its options from one scored right minus wrong where both give the same points."""
VIETNAMESE, EITHER = "vi", "either"
"""How typed numbers are read: a question without the tag is from elsewhere, where the dot is the decimal sign."""
_PINNABLE = ("options", "statements", "targets")
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
    if draft.difficulty_rating is not None:
        tags.append(f"sh:difficulty={draft.difficulty_rating.value}")
    tags += [f"sh:basis={_basis(citation)}" for citation in draft.citations]
    if apply_order_safety(unpinned(draft.content)) != draft.content:
        tags.append(f"sh:pin={_pinning(draft.content)}")
    return tags + _setting_tags(draft.content)


def _setting_tags(content: ItemContent) -> list[str]:
    """Return what concerns only looks and authored order: Moodle scores the same without."""
    match content:
        case MultipleChoice() if content.rule is MultipleChoiceRule.WEIGHTED:
            return [WEIGHTED_TAG]
        case ShortText() if content.width != "m":
            return [f"sh:width={content.width}"]
        case Numeric() if not content.accepts_either_reading:
            return [f"sh:numbers={VIETNAMESE}"]
        case Cloze():
            widths = [gap.width if isinstance(gap, TextGap) else "m" for gap in content.gaps]
            tags = [f"sh:width={','.join(widths)}"] if set(widths) - {"m"} else []
            numbers = [gap for gap in content.gaps if isinstance(gap, NumberGap)]
            readings = [EITHER if gap.accepts_either_reading else VIETNAMESE for gap in numbers]
            return tags + ([f"sh:numbers={','.join(readings)}"] if VIETNAMESE in readings else [])
        case Matching():
            right = {pair.prompt: pair.target for pair in content.pairs}
            file_order = list(dict.fromkeys(right[p.id] for p in content.prompts if p.id in right))
            file_order += [target.id for target in content.targets if target.id not in file_order]
            places = [str(file_order.index(target.id) + 1) for target in content.targets]
            return [f"sh:targets={','.join(places)}"] if places != sorted(places, key=int) else []
        case _:
            return []


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


def unpinned(content: AnyContent) -> AnyContent:
    """Return the content with nothing kept in its place."""
    return _with_pins(content, frozenset(), is_locked=False)


def _with_pins(content: AnyContent, places: AbstractSet[int], *, is_locked: bool) -> AnyContent:
    update: dict[str, object] = {"order_locked": is_locked} if hasattr(content, "order_locked") else {}
    for name in _PINNABLE:
        if entries := getattr(content, name, ()):
            update[name] = tuple(e.model_copy(update={"pinned": i in places}) for i, e in enumerate(entries))
    return content.model_copy(update=update)


def _pinning(content: AnyContent) -> str:
    entries = next((getattr(content, name) for name in _PINNABLE if hasattr(content, name)), ())
    places = [str(n) for n, entry in enumerate(entries, start=1) if entry.pinned]
    is_locked = getattr(content, "order_locked", False)
    return ",".join([*(["all"] if is_locked else []), *places]) or "none"


def read_tags(tags: Iterable[str], found: Found) -> dict[str, Any]:
    """Return the draft's metadata; under `pin`, if there is one, the places to keep, under `settings` the rest.

    A tag of ours that cannot be read stays an ordinary tag, with a finding.
    """
    metadata: dict[str, Any] = {"tags": [], "citations": [], "settings": {}}
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
            case "difficulty":
                metadata["difficulty_rating"] = DifficultyRating(value)
            case "basis" if len(metadata["citations"]) < 20:
                metadata["citations"].append(_citation(value))
            case "rule" if value == "weighted":
                metadata["settings"]["rule"] = [value]
            case "width" if re.fullmatch(r"[sml](?:,[sml])*", value):
                metadata["settings"]["width"] = value.split(",")
            case "numbers" if re.fullmatch(r"(?:vi|either)(?:,(?:vi|either))*", value):
                metadata["settings"]["numbers"] = value.split(",")
            case "targets" if re.fullmatch(r"[0-9]{1,2}(?:,[0-9]{1,2})*", value):
                metadata["settings"]["targets"] = value.split(",")
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


def apply_pinning(content: AnyContent, pin: str) -> AnyContent:
    """Return the content with exactly the stated places kept."""
    parts = pin.split(",")
    places = {int(part) - 1 for part in parts if part.isdecimal()}
    return _with_pins(content, places, is_locked="all" in parts)


def apply_settings(content: dict[str, Any], settings: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return the fields of a content with the widths, readings of numbers and order of targets that our tags state."""
    widths, places = settings.get("width", []), settings.get("targets", [])
    content = _with_readings(content, settings.get("numbers", []))
    match content["type"]:
        case "short_text" if len(widths) == 1:
            return {**content, "width": widths[0]}
        case "cloze" if len(widths) == len(content["gaps"]):
            texts = zip(content["gaps"], widths, strict=True)
            return {**content, "gaps": [{**g, "width": w} if g["kind"] == "text" else g for g, w in texts]}
        case "matching" if sorted(map(int, places)) == [*range(1, len(content["targets"]) + 1)]:
            return {**content, "targets": [content["targets"][int(place) - 1] for place in places]}
        case _:
            return content


def _with_readings(content: dict[str, Any], readings: list[str]) -> dict[str, Any]:
    if content["type"] == "numeric" and len(readings) == 1:
        return {**content, "accepts_either_reading": readings[0] == EITHER}
    gaps = content.get("gaps", [])
    if content["type"] != "cloze" or len(readings) != sum(gap["kind"] == "number" for gap in gaps):
        return content
    said = iter(readings)
    return {
        **content,
        "gaps": [
            {**gap, "accepts_either_reading": next(said) == EITHER} if gap["kind"] == "number" else gap
            for gap in gaps
        ],
    }
