"""Moodle questions that are answered by choosing: multichoice, multichoiceset, truefalse, mtf and kprime."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from question_bank.formats.drafting import Found, choice_content
from question_bank.formats.moodle_question import (
    MEDIA_TAGS,
    MoodleAnswer,
    MoodleQuestion,
    MoodleText,
    NotExpressible,
    bare_tag,
)
from question_bank.formats.moodle_tags import WEIGHTED_TAG
from question_bank.formats.reading import Verdict
from question_bank.shares import decimal_text, nearest_share
from question_bank.text import plain, rich_from_plain
from question_bank.types.content import new_option_id, option_label
from question_bank.types.multiple_choice import MultipleChoiceRule

_ROUNDING = Decimal("0.0005")
"""Moodle states thirds and sevenths by five or seven digits."""
_SHOWN = Decimal("0.001")
_KPRIME_STEPS = ("0", "0", "0", "0.5", "1")
_JUDGEMENTS = frozenset({"truefalse", "đúngsai", "đs", "yesno", "richtigfalsch", "correctwrong", "vraifaux"})


def truefalse_content(question: MoodleQuestion, found: Found) -> dict[str, Any]:
    """Return the key; two right answers, or a share of the points, wait for a person."""
    right = [answer.text.source for answer in question.answers if answer.fraction == 1]
    if any(answer.fraction not in (0, 1) for answer in question.answers):
        weights = weights_shown(question.answers)
        found.say("weights_not_kept", Verdict.HOLD, question.place or None, weights=weights)
    elif len(right) > 1:
        found.say("keys_conflict", Verdict.HOLD, question.place or None, text="Đúng, Sai")
    return {"type": "true_false", "key": right[0] == "true" if len(right) == 1 else None}


def multichoice_content(question: MoodleQuestion, found: Found) -> dict[str, Any]:
    """Return single choice with its partly right options, or multiple choice with the rule that its weights are."""
    options = [rich_option(answer.text, found, place=question.place) for answer in question.answers]
    fractions = [answer.fraction for answer in question.answers]
    if question.is_single:
        keys = [index for index, fraction in enumerate(fractions) if fraction == 1]
        if len(keys) > 1:
            letters = ", ".join(option_label(min(index, 25)) for index in keys)
            found.say("single_with_keys", Verdict.HOLD, question.place or None, text=letters)
        content = choice_content("", options, keys=keys)
        # With several keys a person decides on the key; what the others were worth is in the finding.
        content["partial"] = _shares(content, fractions, but=keys)
        return content
    keys = [index for index, fraction in enumerate(fractions) if fraction > 0]
    if not keys or (WEIGHTED_TAG not in question.tags and _is_right_minus_wrong(fractions)):
        return choice_content("", options, keys=keys, rule=MultipleChoiceRule.PARTIAL)
    content = choice_content("", options, keys=keys, rule=MultipleChoiceRule.PARTIAL)
    content |= {"rule": "weighted", "weights": _shares(content, fractions, but=[])}
    gained = sum(Fraction(share) for share in content["weights"].values() if Fraction(share) > 0)
    if gained != 1:
        weights = weights_shown(question.answers)
        found.say("weights_do_not_sum", Verdict.HOLD, question.place or None, weights=weights)
    return content


def multichoiceset_content(question: MoodleQuestion, found: Found) -> dict[str, Any]:
    """Return multiple choice scored all or nothing."""
    keys = [index for index, answer in enumerate(question.answers) if answer.fraction > 0]
    options = [rich_option(answer.text, found, place=question.place) for answer in question.answers]
    return choice_content("", options, keys=keys, rule=MultipleChoiceRule.ALL_OR_NOTHING)


def statements_content(question: MoodleQuestion, found: Found) -> dict[str, Any]:
    """Return a cluster of statements to judge.

    Raises:
        NotExpressible: `grading_not_expressible`, for scoring methods that are not those of the plug-ins.
    """
    statements = [
        {
            "id": new_option_id(),
            "text": rich_option(answer.text, found, place=question.place),
            "key": answer.fraction == 1,
        }
        for answer in question.answers
    ]
    content: dict[str, Any] = {"type": "true_false_cluster", "statements": statements}
    match question.grading:
        case "subpoints" | "":
            content["scoring"] = "per_statement"
        case "kprimeonezero" | "mtfonezero":
            content["scoring"] = "all_or_nothing"
        case "kprime" if len(statements) == len(_KPRIME_STEPS) - 1:
            content |= {"scoring": "steps", "steps": list(_KPRIME_STEPS)}
        case other:
            raise NotExpressible("grading_not_expressible", text=other[:40])
    labels = "".join(label.casefold().replace(" ", "") for label in question.groups)
    if labels and labels not in _JUDGEMENTS:
        shown = " / ".join(question.groups)[:80]
        found.say("labels_not_kept", Verdict.WARNING, question.place or None, text=shown)
    return content


def rich_option(text: MoodleText, found: Found, *, place: str) -> str:
    """Return an option as rich text; one that is nothing but a tag is text that somebody forgot to escape."""
    rich = text.rich()
    if (
        plain(rich)
        or not bare_tag(text.source)
        or MEDIA_TAGS.intersection(text.lost_tags())
        or "<img" in rich
    ):
        return rich
    found.say("tag_kept_as_text", Verdict.WARNING, place or None, text=text.source[:60])
    return rich_from_plain(text.source)


def weights_shown(answers: Sequence[MoodleAnswer]) -> str:
    """Return the weights as a person reads them: `50 %; -25 %`."""
    return "; ".join(f"{decimal_text((answer.fraction * 100).quantize(_SHOWN))} %" for answer in answers[:26])


def _shares(content: dict[str, Any], fractions: Sequence[Decimal], *, but: Sequence[int]) -> dict[str, str]:
    options = content["options"]
    return {
        options[index]["id"]: nearest_share(fraction)
        for index, fraction in enumerate(fractions)
        if fraction and index not in but
    }


def _is_right_minus_wrong(fractions: Sequence[Decimal]) -> bool:
    """Tell whether the weights are those of the rule: 1/keys for each key, -1/distractors for each other."""
    keys = [fraction for fraction in fractions if fraction > 0]
    others = [fraction for fraction in fractions if fraction <= 0]
    return all(abs(fraction - 1 / Decimal(len(keys))) < _ROUNDING for fraction in keys) and all(
        abs(fraction + 1 / Decimal(len(others))) < _ROUNDING for fraction in others
    )
