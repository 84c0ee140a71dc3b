"""What flags and tables need to know of an item's content: its key, its distractors, how people call its categories."""

from exam_service.i18n import gettext as _
from question_bank.items import AnyContent
from question_bank.statistics.flags import ItemShape
from question_bank.text import plain
from question_bank.types.content import OMITTED, OTHER, ChoiceContent, option_label
from question_bank.types.true_false import TrueFalse


def shape_of(content: AnyContent) -> ItemShape:
    """Keyed categories and distractors; types whose categories are no options have no distractors."""
    key = content.correct_response()
    keyed = frozenset() if key is None else frozenset(content.categories(key))
    if isinstance(content, ChoiceContent):
        options: tuple[str, ...] = tuple(option.id for option in content.options)
    elif isinstance(content, TrueFalse):
        options = ("true", "false")
    else:
        options = ()
    return ItemShape(keyed, tuple(option for option in options if option not in keyed))


def short_labels(content: AnyContent) -> dict[str, str]:
    """Category → what people call it in a sentence: a letter, "Đúng", "(bỏ trống)"."""
    labels = {
        OMITTED: _("(bỏ trống)"),
        OTHER: _("(đáp án khác)"),
        "true": _("Đúng"),
        "false": _("Sai"),
    }
    if isinstance(content, ChoiceContent):
        labels |= {option.id: option_label(place) for place, option in enumerate(content.options)}
    return labels


def long_labels(content: AnyContent) -> dict[str, str]:
    """Category → its name in a table: a letter with the text of the option."""
    labels = short_labels(content)
    if isinstance(content, ChoiceContent):
        labels |= {option.id: f"{labels[option.id]}. {plain(option.text)}" for option in content.options}
    return labels
