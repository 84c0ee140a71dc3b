"""From an item to a question in Moodle's terms, and what of it Moodle has no place for."""

import re
from decimal import Decimal

from question_bank.formats.moodle_question import MoodleAnswer, MoodleQuestion, MoodleText, TextFormat
from question_bank.formats.moodle_tags import PREFIX, tags_of, unreadable_basis
from question_bank.formats.unsupported import Unsupported
from question_bank.items import ItemDraft
from question_bank.types.content import ChoiceContent
from question_bank.types.multiple_choice import MultipleChoice, MultipleChoiceRule
from question_bank.types.single_choice import SingleChoice
from question_bank.types.true_false import TrueFalse


def unsupported_fields(draft: ItemDraft) -> Unsupported | None:
    """Return what keeps the draft out of every Moodle format: its type, no key, images, a tag of our prefix."""
    content = draft.content
    if not isinstance(content, SingleChoice | MultipleChoice | TrueFalse):
        return Unsupported("type_not_supported", {"type": content.type})
    codes = {problem.code for problem in content.problems()}
    if codes & {"no_key", "key_not_an_option"}:
        return Unsupported("needs_one_key")
    if codes & {"empty_stem", "empty_option", "repeated_option_id", "too_few_options"}:
        return Unsupported("incomplete_options")
    texts = [content.stem, content.rationale]
    texts += [option.text for option in content.options] if isinstance(content, ChoiceContent) else []
    if any("<img" in text for text in texts):
        return Unsupported("media_not_supported")
    if any(tag.startswith(PREFIX) for tag in draft.tags):
        return Unsupported("text_reads_differently")
    if basis := unreadable_basis(draft):
        return Unsupported("citation_not_expressible", {"text": basis[:120]})
    return None


def question_of(draft: ItemDraft) -> MoodleQuestion:
    """Return the draft as a Moodle question; only for drafts that `unsupported_fields` lets pass."""
    content = draft.content
    kind, is_single = "multichoice", True
    answers: tuple[MoodleAnswer, ...] = ()
    match content:
        case TrueFalse():
            kind, answers = "truefalse", _judgement(is_true=bool(content.key))
        case SingleChoice():
            answers = tuple(
                MoodleAnswer(MoodleText(option.text), Decimal(int(option.id == content.key)))
                for option in content.options
            )
        case MultipleChoice():
            is_single, answers = False, _weighted(content)
            kind = "multichoice" if content.rule is MultipleChoiceRule.PARTIAL else "multichoiceset"
    return MoodleQuestion(
        kind,
        0,
        MoodleText(content.stem),
        answers=answers,
        is_single=is_single,
        general_feedback=MoodleText(content.rationale) if content.rationale else None,
        id_number=draft.source_id or "",
        tags=tuple(re.sub(r"\s+", " ", tag) for tag in tags_of(draft)),
    )


def _judgement(*, is_true: bool) -> tuple[MoodleAnswer, ...]:
    return tuple(
        MoodleAnswer(MoodleText(value, TextFormat.PLAIN), Decimal(int((value == "true") == is_true)))
        for value in ("true", "false")
    )


def _weighted(content: MultipleChoice) -> tuple[MoodleAnswer, ...]:
    others = len(content.options) - len(content.keys)
    is_set = content.rule is MultipleChoiceRule.ALL_OR_NOTHING
    right = Decimal(1) if is_set else 1 / Decimal(len(content.keys))
    wrong = Decimal(0) if is_set or not others else -1 / Decimal(others)
    return tuple(
        MoodleAnswer(MoodleText(option.text), right if option.id in content.keys else wrong)
        for option in content.options
    )
