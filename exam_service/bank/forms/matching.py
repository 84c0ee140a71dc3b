"""Fields of matching: prompts with the targets that belong to them, and the list of targets."""

from typing import Any

from exam_service.bank.forms.choices import read_options, show_options
from exam_service.bank.forms.fields import Fields
from exam_service.bank.forms.numbers import Errors, percent, read_count, read_percent
from question_bank.types.matching import Matching, MatchingRule

FRESH_ROWS = 3


def show_matching(fields: Fields, content: Matching) -> None:
    fields.put("prompts", *(prompt.id for prompt in content.prompts))
    for prompt in content.prompts:
        below = fields.below("prompts", prompt.id)
        below.put_rich("text", prompt.text)
        mine = [pair for pair in content.pairs if pair.prompt == prompt.id]
        below.put("target", *(pair.target for pair in mine))
        for pair in mine:
            if pair.share:
                below.put(f"share.{pair.target}", percent(pair.share))
    show_options(fields, content.targets, name="targets")
    fields.put("rule", content.rule.value)
    fields.put("wrong", percent(content.wrong))
    fields.put("max_per_prompt", str(content.max_per_prompt))
    fields.tick("is_target_single", not content.is_target_reusable)
    fields.tick("order_locked", content.order_locked)


def read_matching(fields: Fields, errors: Errors) -> dict[str, Any]:
    targets = fields.ids("targets")
    pairs = [
        {
            "prompt": entry,
            "target": target,
            "share": read_percent(below, f"share.{target}", errors, default=""),
        }
        for entry, below in fields.entries("prompts")
        for target in dict.fromkeys(below.all("target"))
        if target in targets
    ]
    rule = fields.text("rule")
    return {
        "prompts": [{"id": entry, "text": below.text("text")} for entry, below in fields.entries("prompts")],
        "targets": read_options(fields, name="targets"),
        "pairs": pairs,
        "rule": rule if rule in set(MatchingRule) else MatchingRule.PER_PAIR.value,
        "wrong": read_percent(fields, "wrong", errors, default="0"),
        "max_per_prompt": read_count(fields, "max_per_prompt", errors, default=1, most=26),
        "is_target_reusable": not fields.is_on("is_target_single"),
        "order_locked": fields.is_on("order_locked"),
    }


def start_matching(fields: Fields) -> None:
    """Give a fresh item prompts, each with a target of its own."""
    if fields.ids("prompts") or fields.ids("targets"):
        return
    for _place in range(FRESH_ROWS):
        target, _row = fields.add("targets")
        _prompt, below = fields.add("prompts")
        below.put("target", target)
