"""Fields of statements to be judged: one statement, or a cluster of them with its scoring table."""

from typing import Any

from exam_service.bank.forms.choices import start_options
from exam_service.bank.forms.fields import Fields
from exam_service.bank.forms.numbers import Errors, read_share
from exam_service.i18n import gettext as _
from question_bank.numerals import vietnamese_number
from question_bank.types.true_false import TrueFalse
from question_bank.types.true_false_cluster import ClusterScoring, TrueFalseCluster

_VERDICTS = {"true": True, "false": False}


def show_true_false(fields: Fields, content: TrueFalse) -> None:
    fields.put("verdict", *([] if content.key is None else [str(content.key).lower()]))


def read_true_false(fields: Fields, errors: Errors) -> dict[str, Any]:  # noqa: ARG001 - the form of every type
    return {"key": _VERDICTS.get(fields.text("verdict"))}


def show_cluster(fields: Fields, content: TrueFalseCluster) -> None:
    fields.put("options", *(statement.id for statement in content.statements))
    for statement in content.statements:
        below = fields.below("options", statement.id)
        below.put_rich("text", statement.text)
        below.tick("pinned", statement.pinned)
        below.put("verdict", *([] if statement.key is None else [str(statement.key).lower()]))
    fields.tick("order_locked", content.order_locked)
    fields.put("scoring", content.scoring.value)
    fields.put("steps", "; ".join(_step(step) for step in content.steps))


def _step(share: str) -> str:
    return share if "/" in share else vietnamese_number(share)


def read_cluster(fields: Fields, errors: Errors) -> dict[str, Any]:
    statements = [
        {
            "id": entry,
            "text": below.text("text"),
            "pinned": below.is_on("pinned"),
            "key": _VERDICTS.get(below.text("verdict")),
        }
        for entry, below in fields.entries("options")
    ]
    scoring = fields.text("scoring", ClusterScoring.STEPS.value)
    raw = {
        "statements": statements,
        "order_locked": fields.is_on("order_locked"),
        "scoring": scoring if scoring in set(ClusterScoring) else ClusterScoring.STEPS.value,
    }
    steps = _read_steps(fields, errors)
    return raw if steps is None else {**raw, "steps": steps}


def _read_steps(fields: Fields, errors: Errors) -> list[str] | None:
    typed = [text for text in fields.text("steps").split(";") if text.strip()]
    steps = [read_share(text) for text in typed]
    if None in steps:
        errors[fields.name("steps")] = _(
            "Bảng điểm là các phần của điểm câu, cách nhau bằng “;”: 0; 0,1; 0,25; 0,5; 1."
        )
        return None
    return [step for step in steps if step is not None] or None


def start_statements(fields: Fields) -> None:
    start_options(fields, count=4)
