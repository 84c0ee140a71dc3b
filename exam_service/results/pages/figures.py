"""Figures of one result as pages show them."""

from decimal import Decimal
from typing import Any

from exam_service.i18n import format_number
from exam_service.i18n import gettext as _
from exam_service.results.grading import percent_text
from exam_service.results.models import Result


def percent_of(result: Result) -> Decimal:
    """The share of the points that count in percent, cut (not rounded) to two places."""
    return Decimal(percent_text(result.counted_points, result.max_points))


def competency_bars(result: Result) -> list[dict[str, Any]]:
    """One row per competency: label with points, percent (cut to two places) for `ui.bars`."""
    rows = []
    for entry in result.competencies:
        points, max_points = Decimal(entry["points"]), Decimal(entry["max_points"])
        label = _(
            "%(name)s: %(points)s/%(max_points)s điểm",
            name=entry["name"],
            points=format_number(points),
            max_points=format_number(max_points),
        )
        rows.append(
            {"label": label, "name": entry["name"], "percent": float(percent_text(points, max_points))}
        )
    return rows
