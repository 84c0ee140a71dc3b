"""From an item to a question in Moodle's terms, and what of it Moodle has no place for."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Protocol

from question_bank.formats.cloze_parsing import gap_markup
from question_bank.formats.moodle_losses import loss_of_type
from question_bank.formats.moodle_question import (
    MoodleAnswer,
    MoodleGap,
    MoodleQuestion,
    MoodleText,
    MoodleUnits,
    TextFormat,
)
from question_bank.formats.moodle_tags import PREFIX, tags_of, unreadable_basis
from question_bank.formats.unsupported import Unsupported
from question_bank.items import ItemDraft
from question_bank.shares import share_value
from question_bank.text import plain, rich_from_plain
from question_bank.types.cloze import ChoiceGap, Cloze, NumberGap, TextGap
from question_bank.types.content import ItemContent, Option
from question_bank.types.essay import Essay
from question_bank.types.matching import Matching
from question_bank.types.multiple_choice import MultipleChoice, MultipleChoiceRule
from question_bank.types.numeric import Numeric
from question_bank.types.ordering import Ordering, OrderingRule
from question_bank.types.short_text import ShortText
from question_bank.types.single_choice import SingleChoice
from question_bank.types.true_false import TrueFalse
from question_bank.types.true_false_cluster import ClusterScoring, TrueFalseCluster

_KEYLESS = {
    "no_key",
    "key_not_an_option",
    "no_answer",
    "statement_without_key",
    "no_pair",
    "order_not_complete",
}
_ORDER_GRADING = {
    OrderingRule.ALL_OR_NOTHING: "ALL_OR_NOTHING",
    OrderingRule.ABSOLUTE_POSITION: "ABSOLUTE_POSITION",
    OrderingRule.ADJACENT_PAIRS: "RELATIVE_NEXT_EXCLUDE_LAST",
}
_GAP = re.compile(r"\[\[gap:([A-Za-z0-9_-]{1,32})\]\]")


def unsupported_fields(draft: ItemDraft, *, is_gift: bool) -> Unsupported | None:
    """Return what keeps the draft out of a Moodle format: its type, a setting, no key, a tag of our prefix."""
    content = draft.content
    if reason := loss_of_type(content, is_gift=is_gift):
        return reason
    codes = {problem.code for problem in content.problems()}
    if codes & _KEYLESS:
        return Unsupported("needs_one_key")
    if codes & {"empty_stem", "empty_option", "repeated_option_id", "too_few_options"}:
        return Unsupported("incomplete_options")
    if is_gift and content.media():
        return Unsupported("media_not_supported")
    if any(tag.startswith(PREFIX) for tag in draft.tags):
        return Unsupported("text_reads_differently")
    if basis := unreadable_basis(draft):
        return Unsupported("citation_not_expressible", {"text": basis[:120]})
    return None


def question_of(draft: ItemDraft) -> MoodleQuestion:
    """Return the draft as a Moodle question; only for drafts that `unsupported_fields` lets pass."""
    content = draft.content
    question = _typed(content)
    return replace(
        question,
        general_feedback=MoodleText(content.rationale) if content.rationale else None,
        is_shuffled=not getattr(content, "order_locked", False),
        id_number=draft.source_id or "",
        tags=tuple(re.sub(r"\s+", " ", tag) for tag in tags_of(draft)),
    )


def _typed(content: ItemContent) -> MoodleQuestion:
    base = MoodleQuestion("", 0, MoodleText(content.stem))
    match content:
        case TrueFalse():
            return replace(base, kind="truefalse", answers=_judgement(is_true=bool(content.key)))
        case SingleChoice():
            return replace(
                base, kind="multichoice", answers=_options(content.options, content.key, content.partial)
            )
        case MultipleChoice():
            is_set = content.rule is MultipleChoiceRule.ALL_OR_NOTHING
            kind = "multichoiceset" if is_set else "multichoice"
            return replace(base, kind=kind, is_single=False, answers=_weighted(content))
        case TrueFalseCluster():
            return _statements(content, base)
        case ShortText():
            answers = tuple(_texts(content.answers, has_wildcards=content.has_wildcards))
            return replace(
                base, kind="shortanswer", answers=answers, is_case_sensitive=content.is_case_sensitive
            )
        case Numeric():
            answers = tuple(_numbers(content.answers))
            return replace(base, kind="numerical", answers=answers, units=_units(content))
        case Cloze():
            return _cloze(content, base)
        case Matching():
            return _matching(content, base)
        case Ordering():
            texts = {option.id: option.text for option in content.options}
            answers = tuple(MoodleAnswer(MoodleText(texts[key]), Decimal(0)) for key in content.order)
            return replace(base, kind="ordering", answers=answers, grading=_ORDER_GRADING[content.rule])
        case Essay():
            guidance = MoodleText(content.guidance) if content.guidance else None
            limits = (content.min_words, content.max_words)
            return replace(base, kind="essay", guidance=guidance, word_limits=limits)
        case _:
            raise AssertionError(content.type)


def _judgement(*, is_true: bool) -> tuple[MoodleAnswer, ...]:
    return tuple(
        MoodleAnswer(MoodleText(value, TextFormat.PLAIN), Decimal(int((value == "true") == is_true)))
        for value in ("true", "false")
    )


def _options(options: Sequence[Option], key: str | None, partial: dict[str, str]) -> tuple[MoodleAnswer, ...]:
    shares = {**partial, **({key: "1"} if key else {})}
    return tuple(MoodleAnswer(MoodleText(o.text), _decimal(shares.get(o.id, "0"))) for o in options)


def _decimal(share: str) -> Decimal:
    value = share_value(share)
    return Decimal(value.numerator) / Decimal(value.denominator)


def _weighted(content: MultipleChoice) -> tuple[MoodleAnswer, ...]:
    if content.rule is MultipleChoiceRule.WEIGHTED:
        return _options(content.options, None, content.weights)
    others = len(content.options) - len(content.keys)
    is_set = content.rule is MultipleChoiceRule.ALL_OR_NOTHING
    right = Decimal(1) if is_set else 1 / Decimal(len(content.keys))
    wrong = Decimal(0) if is_set or not others else -1 / Decimal(others)
    return tuple(
        MoodleAnswer(MoodleText(option.text), right if option.id in content.keys else wrong)
        for option in content.options
    )


def _statements(content: TrueFalseCluster, base: MoodleQuestion) -> MoodleQuestion:
    answers = tuple(MoodleAnswer(MoodleText(s.text), Decimal(int(bool(s.key)))) for s in content.statements)
    match content.scoring:
        case ClusterScoring.STEPS:
            kind, grading = "kprime", "kprime"
        case ClusterScoring.PER_STATEMENT:
            kind, grading = "mtf", "subpoints"
        case ClusterScoring.ALL_OR_NOTHING:
            kind, grading = "mtf", "mtfonezero"
    return replace(base, kind=kind, answers=answers, grading=grading)


class _TextAnswer(Protocol):
    @property
    def text(self) -> str: ...
    @property
    def share(self) -> str: ...


class _NumberAnswer(Protocol):
    @property
    def value(self) -> str: ...
    @property
    def tolerance(self) -> str: ...
    @property
    def share(self) -> str: ...


def _texts(answers: Iterable[_TextAnswer], *, has_wildcards: bool) -> Iterable[MoodleAnswer]:
    for answer in answers:
        # Moodle takes every asterisk for a wildcard unless a backslash stands before it.
        text = answer.text if has_wildcards else answer.text.replace("*", "\\*")
        yield MoodleAnswer(MoodleText(text, TextFormat.PLAIN), _decimal(answer.share))


def _numbers(answers: Iterable[_NumberAnswer]) -> Iterable[MoodleAnswer]:
    for answer in answers:
        text = MoodleText(answer.value, TextFormat.PLAIN)
        yield MoodleAnswer(text, _decimal(answer.share), tolerance=answer.tolerance)


def _units(content: Numeric) -> MoodleUnits | None:
    if not content.unit:
        return None
    names = tuple((name, "1") for name in (content.unit, *content.unit_aliases))
    return MoodleUnits(names, is_graded=content.unit_rule.value == "required", penalty="1")


def _cloze(content: Cloze, base: MoodleQuestion) -> MoodleQuestion:
    by_id = {gap.id: gap for gap in content.gaps}
    markers = [key for key in _GAP.findall(content.stem) if key in by_id]
    numbers = {key: number for number, key in enumerate(markers, start=1)}

    def numbered(match: re.Match[str]) -> str:
        return f"{{#{numbers[match[1]]}}}" if match[1] in numbers else match[0]

    text = MoodleText(_GAP.sub(numbered, content.stem))
    return replace(base, kind="multianswer", text=text, gaps=tuple(moodle_gap(by_id[key]) for key in markers))


def moodle_gap(gap: TextGap | NumberGap | ChoiceGap) -> MoodleGap:
    """Return the gap in Moodle's terms; what these cannot say is left to whoever writes it."""
    match gap:
        case TextGap():
            answers = tuple(_texts(gap.answers, has_wildcards=gap.has_wildcards))
            return MoodleGap("shortanswer", answers, gap.weight, is_case_sensitive=gap.is_case_sensitive)
        case NumberGap():
            return MoodleGap("numerical", tuple(_numbers(gap.answers)), gap.weight)
        case ChoiceGap():
            answers = _options(gap.options, gap.key, gap.partial)
            return MoodleGap("multichoice", answers, gap.weight, is_list=gap.display == "list")


def embedded(question: MoodleQuestion) -> MoodleText:
    """Return the text of a cloze question with its answers embedded where they belong."""
    gaps = question.gaps

    def markup(match: re.Match[str]) -> str:
        return gap_markup(gaps[int(match[1]) - 1])

    return MoodleText(re.sub(r"\{#([0-9]+)\}", markup, question.text.source), question.text.format)


def _matching(content: Matching, base: MoodleQuestion) -> MoodleQuestion:
    targets = {target.id: target.text for target in content.targets}
    is_rich = any(rich_from_plain(plain(text)) != text for text in targets.values())
    right = {pair.prompt: pair.target for pair in content.pairs}
    spare = [key for key in targets if key not in right.values()]
    pairs = [(MoodleText(p.text), _target(targets[right[p.id]], is_rich)) for p in content.prompts]
    pairs += [(MoodleText(""), _target(targets[key], is_rich)) for key in spare]
    return replace(base, kind="ddmatch" if is_rich else "match", pairs=tuple(pairs))


def _target(text: str, is_rich: bool) -> MoodleText:
    return MoodleText(text) if is_rich else MoodleText(plain(text), TextFormat.PLAIN)
