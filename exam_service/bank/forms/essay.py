"""Fields of an essay: word limits, the rubric of criteria and levels, guidance for markers."""

from typing import Any

from exam_service.bank.forms.fields import Fields
from exam_service.bank.forms.numbers import Errors, percent, read_count, read_percent
from exam_service.i18n import gettext as _
from question_bank.types.essay import Essay

FRESH_LEVELS = ("100", "70", "40", "0")


def show_essay(fields: Fields, content: Essay) -> None:
    fields.put("min_words", str(content.min_words or ""))
    fields.put("max_words", str(content.max_words or ""))
    fields.put_rich("guidance", content.guidance)
    fields.put("rubric", *(criterion.id for criterion in content.rubric))
    for criterion in content.rubric:
        below = fields.below("rubric", criterion.id)
        below.put("name", criterion.name)
        below.put_rich("description", criterion.description)
        below.put("weight", str(criterion.weight))
        below.put("levels", *(level.id for level in criterion.levels))
        for level in criterion.levels:
            row = below.below("levels", level.id)
            row.put_rich("description", level.description)
            row.put("share", percent(level.share))


def read_essay(fields: Fields, errors: Errors) -> dict[str, Any]:
    return {
        "min_words": read_count(fields, "min_words", errors, most=10_000),
        "max_words": read_count(fields, "max_words", errors, most=10_000),
        "guidance": fields.text("guidance"),
        "rubric": [_read_criterion(entry, below, errors) for entry, below in fields.entries("rubric")],
    }


def _read_criterion(entry: str, below: Fields, errors: Errors) -> dict[str, Any]:
    return {
        "id": entry,
        "name": below.text("name"),
        "description": below.text("description"),
        "weight": max(1, read_count(below, "weight", errors, default=1, most=1000)),
        "levels": [
            {
                "id": level,
                "description": row.text("description"),
                "share": read_percent(row, "share", errors, default="0"),
            }
            for level, row in below.entries("levels")
        ],
    }


def start_essay(fields: Fields) -> None:
    """Give a fresh essay the criteria by which such answers are usually marked."""
    if fields.ids("rubric"):
        return
    for name, weight in (
        (_("Đúng căn cứ pháp luật"), "2"),
        (_("Cách giải quyết"), "2"),
        (_("Trình bày"), "1"),
    ):
        entry, below = fields.add("rubric")
        below.put("name", name)
        below.put("weight", weight)
        start_levels(fields, entry)


def start_levels(fields: Fields, criterion: str) -> None:
    """Give a fresh criterion its levels, best first."""
    below = fields.below("rubric", criterion)
    if not below.ids("levels"):
        for share in FRESH_LEVELS:
            _level, row = below.add("levels")
            row.put("share", share)
