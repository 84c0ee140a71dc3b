"""What a version says, field by field, so that two versions can be compared: the same for every item type."""

import json
from typing import Any

from exam_service.i18n import gettext as _
from exam_service.i18n import language
from question_bank.items import AnyContent
from question_bank.text import plain
from question_bank.types.content import ChoiceContent, option_label
from question_bank.types.multiple_choice import MultipleChoice, MultipleChoiceRule

_TEXTS = {"type", "stem", "rationale"}
_SHOWN_OF_CHOICES = _TEXTS | {"options", "key", "keys", "order_locked", "rule"}


def content_fields(content: AnyContent) -> dict[str, str]:
    """Name → plain text of everything the content says, rationale apart."""
    fields = {_place_name(place): plain(text) for place, text in content.texts()}
    if isinstance(content, ChoiceContent):
        for place, option in enumerate(content.options):
            if option.pinned:
                fields[_place_name(f"options/{place}")] += f" [{_('giữ vị trí')}]"
        fields[_("Thứ tự phương án")] = _("Không trộn") if content.order_locked else _("Trộn khi ra đề")
    fields[_("Đáp án")] = content.key_summary(language().value)
    if isinstance(content, MultipleChoice):
        fields[_("Cách tính điểm")] = _rule_name(content.rule)
    if settings := _settings(content):
        fields[_("Chi tiết cách chấm")] = settings
    return fields


def _settings(content: AnyContent) -> str:
    """Everything but the texts, one setting a line; parts are named by their number, not by their id."""
    numbers = {own_id: str(number) for number, own_id in enumerate(content.ids(), 1)}
    raw = content.relabelled(numbers).model_dump(mode="json", exclude_defaults=True)
    shown_apart = _SHOWN_OF_CHOICES if isinstance(content, ChoiceContent) else _TEXTS
    settings = {name: _without_texts(value) for name, value in raw.items() if name not in shown_apart}
    return "\n".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in settings.items())


def _without_texts(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_texts(member) for member in value]
    if not isinstance(value, dict):
        return value
    # An accepted answer has a text but no id, and is no text that a candidate reads.
    hidden = _TEXTS | {"text", "name"} if "id" in value else _TEXTS
    return {name: _without_texts(member) for name, member in value.items() if name not in hidden}


def _rule_name(rule: MultipleChoiceRule) -> str:
    match rule:
        case MultipleChoiceRule.PARTIAL:
            return _("Tính điểm từng phần")
        case MultipleChoiceRule.WEIGHTED:
            return _("Theo trọng số phương án")
        case MultipleChoiceRule.ALL_OR_NOTHING:
            return _("Đúng tất cả mới có điểm")


def _place_name(place: str) -> str:
    """Phần dẫn, Phương án A, …; the parts of a case are numbered."""
    kind, _slash, rest = place.partition("/")
    if kind == "stem":
        return _("Phần dẫn")
    if kind == "options":
        return _("Phương án %(label)s", label=option_label(int(rest)))
    if kind == "parts":
        number, _slash, inner = rest.partition("/")
        return _("Câu %(number)s", number=int(number) + 1) + f" – {_place_name(inner)}"
    names = {
        "statements": _("Ý"),
        "prompts": _("Vế trái"),
        "targets": _("Vế phải"),
        "gaps": _("Chỗ trống"),
        "rubric": _("Tiêu chí"),
    }
    number, _slash, inner = rest.partition("/")
    own = f"{names[kind]} {int(number) + 1}"
    return f"{own} – {_place_name(inner)}" if inner.startswith("options") else own
