"""What of an item's type Moodle, or its text format GIFT, cannot say: stated before anything is written."""

from question_bank.formats.unsupported import Unsupported
from question_bank.types.cloze import ChoiceGap, Cloze, ClozeRule, NumberGap, TextGap
from question_bank.types.content import ItemContent
from question_bank.types.essay import Essay
from question_bank.types.matching import Matching, MatchingRule
from question_bank.types.multiple_choice import MultipleChoice, MultipleChoiceRule
from question_bank.types.numeric import Numeric
from question_bank.types.ordering import Ordering
from question_bank.types.short_text import ShortText
from question_bank.types.single_choice import SingleChoice
from question_bank.types.true_false import TrueFalse
from question_bank.types.true_false_cluster import ClusterScoring, TrueFalseCluster

KPRIME_STEPS = ("0", "0", "0", "0.5", "1")
_FLOOR = "điểm sàn (floor)"
_LIMIT = "số phương án được chọn (max_choices)"
_STEPS = "thang điểm theo số ý đúng (steps)"
_DIACRITICS = "bỏ qua dấu khi so đáp án (ignores_diacritics)"
_CASE = "phân biệt chữ hoa, chữ thường (is_case_sensitive)"
_UNIT = "đơn vị (unit)"
_WHOLE = "chỉ cho điểm khi đúng tất cả (all_or_nothing)"
_PAIR_SHARES = "tỷ lệ điểm từng cặp hoặc trừ điểm cặp sai (share, wrong)"
_PAIRING = "số cặp của mỗi mục (max_per_prompt, is_target_reusable)"
_PINS = "phương án ghim trong chỗ trống (pinned)"
_RUBRIC = "bảng tiêu chí chấm (rubric)"
_WORDS = "giới hạn số từ (min_words, max_words)"
_GUIDANCE = "hướng dẫn chấm (guidance)"
_GIFT_TYPES = (SingleChoice, MultipleChoice, TrueFalse, ShortText, Numeric, Matching, Essay)
_XML_TYPES = (*_GIFT_TYPES, TrueFalseCluster, Cloze, Ordering)


def loss_of_type(content: ItemContent, *, is_gift: bool) -> Unsupported | None:
    """Return why the type or one of its settings cannot be written, or None."""
    if not isinstance(content, _GIFT_TYPES if is_gift else _XML_TYPES):
        return Unsupported("type_not_supported", {"type": content.type})
    if is_gift and isinstance(content, MultipleChoice) and content.rule is MultipleChoiceRule.ALL_OR_NOTHING:
        return Unsupported("rule_not_supported")
    settings = _settings(content) + (_settings_beyond_gift(content) if is_gift else [])
    return Unsupported("setting_not_supported", {"setting": "; ".join(settings)}) if settings else None


def _settings(content: ItemContent) -> list[str]:
    match content:
        case MultipleChoice():
            is_floored = content.rule is MultipleChoiceRule.WEIGHTED and content.floor != "0"
            return _named((_FLOOR, is_floored), (_LIMIT, bool(content.max_choices)))
        case TrueFalseCluster():
            is_stepped = content.scoring is ClusterScoring.STEPS and content.steps != KPRIME_STEPS
            return _named((_STEPS, is_stepped))
        case ShortText():
            return _named((_DIACRITICS, content.ignores_diacritics))
        case Cloze():
            return _cloze_settings(content)
        case Matching():
            return _matching_settings(content)
        case Essay():
            return _named((_RUBRIC, bool(content.rubric)))
        case _:
            return []


def _settings_beyond_gift(content: ItemContent) -> list[str]:
    match content:
        case ShortText():
            return _named((_CASE, content.is_case_sensitive))
        case Numeric():
            return _named((_UNIT, bool(content.unit)))
        case Essay():
            has_limits = bool(content.min_words or content.max_words)
            return _named((_WORDS, has_limits), (_GUIDANCE, bool(content.guidance)))
        case _:
            return []


def _cloze_settings(content: Cloze) -> list[str]:
    texts = [gap for gap in content.gaps if isinstance(gap, TextGap)]
    numbers = [gap for gap in content.gaps if isinstance(gap, NumberGap)]
    options = [o for gap in content.gaps if isinstance(gap, ChoiceGap) for o in gap.options]
    return _named(
        (_WHOLE, content.rule is ClozeRule.ALL_OR_NOTHING),
        (_DIACRITICS, any(gap.ignores_diacritics for gap in texts)),
        (_UNIT, any(gap.unit for gap in numbers)),
        (_PINS, any(option.pinned for option in options)),
    )


def _matching_settings(content: Matching) -> list[str]:
    keyed = [pair.prompt for pair in content.pairs]
    is_one_each = sorted(keyed) == sorted(prompt.id for prompt in content.prompts)
    has_shares = content.wrong != "0" or any(pair.share for pair in content.pairs)
    is_free = content.max_per_prompt == 1 and content.is_target_reusable and is_one_each
    return _named(
        (_WHOLE, content.rule is MatchingRule.ALL_OR_NOTHING),
        (_PAIR_SHARES, has_shares),
        (_PAIRING, not is_free),
    )


def _named(*settings: tuple[str, bool]) -> list[str]:
    return [name for name, is_lost in settings if is_lost]
