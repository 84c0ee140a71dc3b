"""From a Moodle question to the verdict on it: an item, an item that waits for a person, or a stated reason."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from question_bank.formats.drafting import Found, choice_content, draft_of, keep_order_safe
from question_bank.formats.moodle_question import (
    MAX_ANSWERS,
    MEDIA_TAGS,
    MoodleAnswer,
    MoodleQuestion,
    MoodleText,
)
from question_bank.formats.moodle_tags import apply_pinning, read_tags
from question_bank.formats.reading import RowVerdict, Verdict
from question_bank.items import ItemDraft
from question_bank.text import MAX_RICH_TEXT_CHARS, plain, rich_from_plain
from question_bank.types.content import option_label
from question_bank.types.multiple_choice import MultipleChoiceRule

_ROUNDING = Decimal("0.0005")
"""Moodle states thirds and sevenths by five or seven digits."""
_BARE_TAGS = re.compile(r"(?!</?(?:p|br|div|span)\b)<[!?/]?[A-Za-z][^<>]*>(?:\s*<[^<>]*>)*+\s*")
_SHOWN_CHARS = 400
_SHOWN = Decimal("0.001")
_TYPE_NAMES = {
    "shortanswer": "trả lời ngắn (short answer)",
    "numerical": "số (numerical)",
    "match": "ghép đôi (matching)",
    "essay": "tự luận (essay)",
    "description": "đoạn giới thiệu, không phải câu hỏi (description)",
    "multianswer": "điền chỗ trống (cloze)",
    "gapselect": "chọn từ vào chỗ trống (gap select)",
    "ddwtos": "kéo thả vào văn bản (drag into text)",
}


def verdict_on(question: MoodleQuestion) -> RowVerdict:
    """Return the verdict on one question.

    What this system has no item type for is named, never changed into something else. Weights that no scoring
    rule here gives exactly hold the item for a person.
    """
    found = Found(question.row, findings=list(question.findings))
    if _is_oversized(question):
        found.say("value_refused", Verdict.ERROR, question.place or None, field="text, answers")
        return found.verdict(None, preview=rich_from_plain(question.text.source[:_SHOWN_CHARS]))
    preview = question.text.rich() or question.name
    if any(finding.severity is Verdict.ERROR for finding in found.findings):
        return found.verdict(None, preview=preview)
    builder = {"multichoice": _multichoice, "multichoiceset": _multichoiceset, "truefalse": _truefalse}.get(
        question.kind
    )
    if builder is None:
        name = _TYPE_NAMES.get(question.kind, question.kind[:40])
        found.say("type_not_imported", Verdict.ERROR, question.place or None, type_name=name)
        return found.verdict(None, preview=preview)
    _say_losses(question, found)
    draft = _draft(question, builder(question, found), found=found)
    return found.verdict(draft, preview=preview)


def _is_oversized(question: MoodleQuestion) -> bool:
    """Tell whether cleaning the question's texts is not worth beginning: no item may be that large."""
    texts = [question.text, *(answer.text for answer in question.answers[:MAX_ANSWERS])]
    texts += [answer.feedback for answer in question.answers[:MAX_ANSWERS] if answer.feedback]
    texts += [question.general_feedback] if question.general_feedback else []
    longest = max(len(text.source) for text in texts)
    return len(question.answers) > MAX_ANSWERS or longest > 2 * MAX_RICH_TEXT_CHARS


def _draft(question: MoodleQuestion, content: dict[str, Any], *, found: Found) -> ItemDraft | None:
    metadata = read_tags(question.tags, found)
    pin = metadata.pop("pin", None)
    if question.category:
        tag = re.sub(r"\s*[,;\n]\s*", " ", question.category.rpartition("/")[2]).strip()[:64].strip()
        found.say("category_as_tag", Verdict.OK, text=question.category[:120], tag=tag)
        metadata["tags"] = [*metadata["tags"], tag][:30]
    id_number = question.id_number.strip()
    if len(id_number) <= 100:
        metadata["source_id"] = id_number or None
    else:
        found.say("value_refused", Verdict.ERROR, field="idnumber")
    draft = draft_of(found, content, **metadata)
    if draft is None:
        return None
    if pin is not None:
        return draft.model_copy(update={"content": apply_pinning(draft.content, pin)})
    if not question.is_shuffled and content["type"] != "true_false":
        return draft.model_copy(update={"content": draft.content.model_copy(update={"order_locked": True})})
    return keep_order_safe(found, draft)


def _say_losses(question: MoodleQuestion, found: Found) -> None:
    texts = [question.text, *(answer.text for answer in question.answers)]
    texts += [question.general_feedback] if question.general_feedback else []
    lost = sorted({tag for text in texts for tag in text.lost_tags()})
    media = [tag for tag in lost if tag in MEDIA_TAGS]
    if media:
        found.say("media_not_kept", Verdict.HOLD, question.place or None, tags=", ".join(media))
    if others := [tag for tag in lost if tag not in MEDIA_TAGS]:
        found.say("markup_removed", Verdict.WARNING, question.place or None, tags=", ".join(others))
    if any(text.has_tex() for text in texts):
        found.say("tex_kept_as_text", Verdict.WARNING, question.place or None)
    title = plain(MoodleText(question.name).rich())
    shown = plain(question.text.rich())
    if title and title != question.id_number and not _same_start(title, shown):
        found.say("title_not_kept", Verdict.OK, text=title[:80])


def _same_start(title: str, text: str) -> bool:
    # Moodle names a question by the beginning of its text where it has no other name.
    words, whole = "".join(title.rstrip(". …").split()), "".join(text.split())
    return whole.startswith(words)


def _rationale(question: MoodleQuestion, found: Found) -> str:
    parts = [question.general_feedback.rich()] if question.general_feedback else []
    is_joined = False
    for index, answer in enumerate(question.answers):
        feedback = answer.feedback.rich() if answer.feedback else ""
        if feedback:
            is_joined = True
            label = _truth_label(answer) if question.kind == "truefalse" else option_label(min(index, 25))
            shown = plain(answer.text.rich())[:60] if question.kind != "truefalse" else ""
            lead = f"{label} ({shown}): " if shown else f"{label}: "
            parts.append(rich_from_plain(lead) + " " + feedback)
    if is_joined:
        found.say("feedback_joined", Verdict.WARNING, question.place or None)
    return "<br>".join(part for part in parts if part)


def _truth_label(answer: MoodleAnswer) -> str:
    return "Đúng" if answer.text.source == "true" else "Sai"


def _truefalse(question: MoodleQuestion, found: Found) -> dict[str, Any]:
    right = [answer.text.source for answer in question.answers if answer.fraction == 1]
    wrong = [answer for answer in question.answers if answer.fraction not in (0, 1)]
    key = right[0] == "true" if len(right) == 1 else None
    if wrong:
        found.say(
            "weights_not_kept", Verdict.HOLD, question.place or None, weights=_weights(question.answers)
        )
    elif len(right) > 1:
        found.say("keys_conflict", Verdict.HOLD, question.place or None, text="Đúng, Sai")
    rationale = _rationale(question, found)
    return {"type": "true_false", "stem": question.text.rich(), "rationale": rationale, "key": key}


def _multichoice(question: MoodleQuestion, found: Found) -> dict[str, Any]:
    fractions = [answer.fraction for answer in question.answers]
    rule: MultipleChoiceRule | None = None
    if question.is_single:
        keys = [index for index, fraction in enumerate(fractions) if fraction == 1]
        if len(keys) > 1:
            letters = ", ".join(option_label(min(index, 25)) for index in keys)
            found.say("single_with_keys", Verdict.HOLD, question.place or None, text=letters)
        is_exact = all(fraction in (0, 1) for fraction in fractions)
    else:
        keys = [index for index, fraction in enumerate(fractions) if fraction > 0]
        rule = MultipleChoiceRule.PARTIAL
        is_exact = not keys or _is_right_minus_wrong(fractions)
    if not is_exact:
        weights = _weights(question.answers)
        found.say("weights_not_kept", Verdict.HOLD, question.place or None, weights=weights)
    return _content(question, keys, found=found, rule=rule)


def _multichoiceset(question: MoodleQuestion, found: Found) -> dict[str, Any]:
    keys = [index for index, answer in enumerate(question.answers) if answer.fraction > 0]
    return _content(question, keys, found=found, rule=MultipleChoiceRule.ALL_OR_NOTHING)


def _content(
    question: MoodleQuestion, keys: Sequence[int], *, found: Found, rule: MultipleChoiceRule | None
) -> dict[str, Any]:
    options = [_option(answer.text, question, found=found) for answer in question.answers]
    rationale = _rationale(question, found)
    return choice_content(question.text.rich(), options, keys=keys, rationale=rationale, rule=rule)


def _option(text: MoodleText, question: MoodleQuestion, *, found: Found) -> str:
    rich = text.rich()
    if plain(rich) or not _BARE_TAGS.fullmatch(text.source) or MEDIA_TAGS.intersection(text.lost_tags()):
        return rich
    # "<html>" as a whole option is an answer about HTML that somebody forgot to escape.
    found.say("tag_kept_as_text", Verdict.WARNING, question.place or None, text=text.source[:60])
    return rich_from_plain(text.source)


def _is_right_minus_wrong(fractions: Sequence[Decimal]) -> bool:
    """Tell whether the weights are those of the rule: 1/keys for each key, -1/distractors for each other."""
    keys = [fraction for fraction in fractions if fraction > 0]
    others = [fraction for fraction in fractions if fraction <= 0]
    return all(abs(fraction - 1 / Decimal(len(keys))) < _ROUNDING for fraction in keys) and all(
        abs(fraction + 1 / Decimal(len(others))) < _ROUNDING for fraction in others
    )


def _weights(answers: Sequence[MoodleAnswer]) -> str:
    return "; ".join(f"{(answer.fraction * 100).quantize(_SHOWN).normalize():f} %" for answer in answers[:26])
