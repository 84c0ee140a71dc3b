"""Moodle questions made of parts: match, ordering, embedded answers, gapselect and the drag-and-drop types."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from question_bank.formats.drafting import Found
from question_bank.formats.moodle_choices import rich_option
from question_bank.formats.moodle_entries import FOREIGN_NUMBERS, number_answers, text_answers
from question_bank.formats.moodle_question import MoodleGap, MoodleQuestion, NotExpressible
from question_bank.formats.reading import Verdict
from question_bank.shares import nearest_share
from question_bank.text import plain
from question_bank.types.content import new_option_id, option_label

_EMBEDDED = re.compile(r"\{#([0-9]{1,3})\}")
_DROP = re.compile(r"\[\[([0-9]{1,3})\]\]")
_ORDER_RULES = {
    "": "absolute_position",
    "ALL_OR_NOTHING": "all_or_nothing",
    "-1": "all_or_nothing",
    "ABSOLUTE_POSITION": "absolute_position",
    "0": "absolute_position",
    "RELATIVE_NEXT_EXCLUDE_LAST": "adjacent_pairs",
    "1": "adjacent_pairs",
}


def match_content(question: MoodleQuestion, found: Found) -> dict[str, Any]:
    """Return prompts, targets and pairs; a pair without a prompt adds a target that fits nothing.

    Equal targets are one target, as Moodle shows them.
    """
    prompts: list[dict[str, str]] = []
    targets: dict[str, dict[str, str]] = {}
    pairs: list[dict[str, str]] = []
    for left, right in question.pairs:
        target_text = rich_option(right, found, place=question.place)
        target = targets.setdefault(
            plain(target_text) or target_text, {"id": new_option_id(), "text": target_text}
        )
        prompt_text = left.rich()
        if plain(prompt_text) or "<img" in prompt_text:
            prompts.append({"id": f"p{len(prompts) + 1}", "text": prompt_text})
            pairs.append({"prompt": prompts[-1]["id"], "target": target["id"]})
    return {"type": "matching", "prompts": prompts, "targets": list(targets.values()), "pairs": pairs}


def ordering_content(question: MoodleQuestion, found: Found) -> dict[str, Any]:
    """Return the things to order, the right order being that of the file.

    Raises:
        NotExpressible: `grading_not_expressible`, for scoring methods that have no counterpart.
    """
    rule = _ORDER_RULES.get(question.grading)
    if rule is None:
        raise NotExpressible("grading_not_expressible", text=question.grading[:40])
    options = [
        {"id": new_option_id(), "text": rich_option(answer.text, found, place=question.place)}
        for answer in question.answers
    ]
    order = [option["id"] for option in options]
    return {"type": "ordering", "options": options, "order": order, "rule": rule}


def multianswer_content(question: MoodleQuestion, found: Found) -> dict[str, Any]:
    """Return a cloze text with a gap for each embedded answer.

    Raises:
        NotExpressible: `multiresponse_gap`, where several boxes may be ticked in one gap.
    """
    gaps = [
        {"id": f"g{number}", **gap_fields(gap, found, place=question.place), "weight": gap.weight}
        for number, gap in enumerate(question.gaps, start=1)
    ]
    stem = _EMBEDDED.sub(lambda match: f"[[gap:g{match[1]}]]", question.text.rich())
    return {"type": "cloze", "stem": stem, "gaps": gaps}


def gap_fields(gap: MoodleGap, found: Found, *, place: str) -> dict[str, Any]:
    """Return the fields of a gap but its id and weight.

    Raises:
        NotExpressible: `multiresponse_gap`.
    """
    if gap.kind == "multiresponse":
        raise NotExpressible("multiresponse_gap")
    if gap.kind == "shortanswer":
        fields = text_answers(gap.answers, found, place=place)
        return {"kind": "text", **fields, "is_case_sensitive": gap.is_case_sensitive}
    if gap.kind == "numerical":
        return {
            "kind": "number",
            "answers": number_answers(gap.answers, found, place=place),
            **FOREIGN_NUMBERS,
        }
    keys = [index for index, answer in enumerate(gap.answers) if answer.fraction == 1]
    if len(keys) > 1:
        letters = ", ".join(option_label(min(index, 25)) for index in keys)
        found.say("single_with_keys", Verdict.HOLD, place or None, text=letters)
    options = [{"id": new_option_id(), "text": rich_option(a.text, found, place=place)} for a in gap.answers]
    partial = {
        options[index]["id"]: nearest_share(answer.fraction)
        for index, answer in enumerate(gap.answers)
        if answer.fraction not in (0, 1)
    }
    key = options[keys[0]]["id"] if len(keys) == 1 else None
    display = "list" if gap.is_list else "inline"
    return {"kind": "choice", "options": options, "key": key, "partial": partial, "display": display}


def dropped_words_content(question: MoodleQuestion, found: Found) -> dict[str, Any]:
    """Return a cloze text in which each gap offers the words of its group.

    Raises:
        NotExpressible: `gap_without_choice`, where a gap names a word that is not there.
    """
    gaps: list[dict[str, Any]] = []

    def gap_at(match: re.Match[str]) -> str:
        right = int(match[1]) - 1
        if not 0 <= right < len(question.answers):
            raise NotExpressible("gap_without_choice", text=match[0])
        gaps.append(_word_gap(question, right, number=len(gaps) + 1))
        return f"[[gap:g{len(gaps)}]]"

    stem = _DROP.sub(gap_at, question.text.rich())
    if question.kind == "ddwtos":
        found.say("setting_not_kept", Verdict.OK, question.place or None, text="kéo thả (drag and drop)")
    return {"type": "cloze", "stem": stem, "gaps": gaps}


def _word_gap(question: MoodleQuestion, right: int, *, number: int) -> dict[str, Any]:
    group = question.groups[right]
    offered = [index for index, other in enumerate(question.groups) if other == group]
    options = [{"id": new_option_id(), "text": text} for text in _words(question, offered)]
    key = options[offered.index(right)]["id"]
    return {"id": f"g{number}", "kind": "choice", "options": options, "key": key, "display": "inline"}


def _words(question: MoodleQuestion, offered: Sequence[int]) -> Iterator[str]:
    for index in offered:
        yield question.answers[index].text.rich()
