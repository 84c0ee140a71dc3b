"""The matrix of a blueprint as people draw it: rows of competencies, columns of levels, one table for each section.

Every number is text as typed until `body_of` checks it. A row holds the cells that share competency, type and points,
so every blueprint has a matrix and comes back from it unchanged but for the order of its cells.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from question_bank.blueprint import Blueprint, Cell, Preset, Section
from question_bank.pool import PoolItem
from question_bank.taxonomy import CognitiveLevel

ANY_LEVEL = "any"
COLUMNS = (*(level.value for level in CognitiveLevel), ANY_LEVEL)
MOST_PARTS = 20
MOST_ROWS = 200

Place = tuple[int, int, str]
"""Section, row and column of a cell, from zero."""


@dataclass(frozen=True)
class Row:
    """Cells of one competency ("" any), type ("" any) and points; `counts` by column, "" for none. Pretest rows
    count for nothing."""

    competency: str = ""
    item_type: str = ""
    points: str = "1"
    counts: Mapping[str, str] = field(default_factory=dict)
    is_pretest: bool = False

    @property
    def total(self) -> int:
        return sum(whole(self.counts.get(column, "")) for column in COLUMNS)


@dataclass(frozen=True)
class Part:
    """A section: heading, the number of questions that it must have, rows, the minutes advised and the least share of
    its points in percent ("" unsaid)."""

    title: str = ""
    question_count: str = ""
    is_shuffled: bool = True
    rows: tuple[Row, ...] = (Row(),)
    minutes: str = ""
    minimum: str = ""

    @property
    def total(self) -> int:
        return sum(row.total for row in self.rows)

    @property
    def points(self) -> Decimal:
        scored = (row for row in self.rows if not row.is_pretest)
        return sum((row.total * (number(row.points) or Decimal(0)) for row in scored), Decimal(0))

    def column_total(self, column: str) -> int:
        return sum(whole(row.counts.get(column, "")) for row in self.rows)


@dataclass(frozen=True)
class Matrix:
    """A blueprint while it is being edited; the three totals are what the printed matrix declares, the others limits
    on the expected minutes of a form and on the share of forms that hold one question, in percent, the expected mark of
    an average candidate and the least information at the cut score ("" unsaid)."""

    question_count: str = ""
    total_points: str = ""
    duration_min: str = ""
    parts: tuple[Part, ...] = (Part(),)
    least_min: str = ""
    most_min: str = ""
    max_exposure: str = ""
    max_unit_exposure: str = ""
    target: str = ""
    least_information: str = ""

    @property
    def total(self) -> int:
        return sum(part.total for part in self.parts)

    @property
    def points(self) -> Decimal:
        return sum((part.points for part in self.parts), Decimal(0))

    @property
    def columns(self) -> tuple[str, ...]:
        """The four levels, and "any level" when a row uses it."""
        rows = [row for part in self.parts for row in part.rows]
        return COLUMNS if any(row.counts.get(ANY_LEVEL) for row in rows) else COLUMNS[:-1]


class MatrixMistyped(Exception):
    """Values that are no numbers: name of the field → what it should be ("count", "points")."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(", ".join(fields))
        self.fields = dict(fields)


def whole(text: str) -> int:
    """The number typed into a cell; 0 for anything else, so that sums can be shown while typing."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else 0


def number(text: str) -> Decimal | None:
    """A positive number with comma or point, or None."""
    digits = text.strip().replace(",", ".")
    if not digits.replace(".", "", 1).isdigit() or not digits.isascii() or len(digits) > 9:
        return None
    return Decimal(digits) or None


def shown(value: Decimal | int | None) -> str:
    return "" if value is None else f"{Decimal(value).normalize():f}".replace(".", ",")


def matrix_of(blueprint: Blueprint) -> Matrix:
    """The matrix that shows the blueprint."""
    limits = blueprint.expected_time
    return Matrix(
        shown(blueprint.question_count),
        shown(blueprint.total_points),
        shown(blueprint.duration_min),
        tuple(_part(section) for section in blueprint.sections),
        shown(Decimal(limits.least_s) / 60) if limits else "",
        shown(Decimal(limits.most_s) / 60) if limits else "",
        shown(blueprint.max_exposure_percent),
        shown(blueprint.max_unit_exposure_percent),
        shown(blueprint.target_percent),
        shown(blueprint.least_information),
    )


def _part(section: Section) -> Part:
    rows: dict[tuple[str, str, str, bool], dict[str, str]] = {}
    for cell in section.cells:
        key = (cell.competency or "", cell.item_type or "", shown(cell.points_per_item), cell.pretest)
        rows.setdefault(key, {})[cell.level.value if cell.level else ANY_LEVEL] = str(cell.count)
    return Part(
        section.title,
        shown(section.question_count),
        section.shuffled,
        tuple(
            Row(competency, item_type, points, counts, is_pretest)
            for (competency, item_type, points, is_pretest), counts in rows.items()
        ),
        shown(section.minutes),
        shown(section.minimum_percent),
    )


def cell_places(matrix: Matrix) -> list[Place]:
    """Where each cell of the blueprint stands, in the order of `Blueprint.cells`."""
    return [
        (at, line, column)
        for at, part in enumerate(matrix.parts)
        for line, row in enumerate(part.rows)
        for column in COLUMNS
        if whole(row.counts.get(column, ""))
    ]


def body_of(matrix: Matrix, title: str) -> dict[str, Any]:
    """The blueprint as JSON. Raises MatrixMistyped naming every field that is no number."""
    wrong = {
        f"s{at}-r{line}-{column}": "count"
        for at, part in enumerate(matrix.parts)
        for line, row in enumerate(part.rows)
        for column, text in row.counts.items()
        if text not in ("", "0") and not whole(text)
    }
    for at, part in enumerate(matrix.parts):
        wrong |= {
            f"s{at}-r{n}-points": "points" for n, row in enumerate(part.rows) if number(row.points) is None
        }
        wrong |= _bad_total(f"s{at}-count", part.question_count)
        wrong |= _bad_total(f"s{at}-minutes", part.minutes) | _bad_number(f"s{at}-minimum", part.minimum)
    for name in ("question_count", "duration_min"):
        wrong |= _bad_total(name, getattr(matrix, name))
    for name in (
        "total_points",
        "least_min",
        "most_min",
        "max_exposure",
        "max_unit_exposure",
        "target",
        "least_information",
    ):
        wrong |= _bad_number(name, getattr(matrix, name))
    if bool(matrix.least_min) != bool(matrix.most_min):
        wrong["most_min" if matrix.least_min else "least_min"] = "points"
    if wrong:
        raise MatrixMistyped(wrong)
    return _limits(matrix) | {
        "title": title,
        "question_count": whole(matrix.question_count) or None,
        "total_points": _text(number(matrix.total_points)),
        "duration_min": whole(matrix.duration_min) or None,
        "sections": [_section(part) for part in matrix.parts],
    }


def _limits(matrix: Matrix) -> dict[str, Any]:
    """What of the limits is said; the rest is left out, as a blueprint leaves it out."""
    found: dict[str, Any] = {
        "max_exposure_percent": _text(number(matrix.max_exposure)),
        "max_unit_exposure_percent": _text(number(matrix.max_unit_exposure)),
        "target_percent": _text(number(matrix.target)),
        "least_information": _text(number(matrix.least_information)),
    }
    least, most = number(matrix.least_min), number(matrix.most_min)
    if least is not None and most is not None:
        found["expected_time"] = {"least_s": round(least * 60), "most_s": round(most * 60)}
    return {name: value for name, value in found.items() if value is not None}


def _bad_number(name: str, text: str) -> dict[str, str]:
    return {name: "points"} if text and number(text) is None else {}


def _bad_total(name: str, text: str) -> dict[str, str]:
    return {name: "count"} if text and not whole(text) else {}


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _section(part: Part) -> dict[str, Any]:
    return {
        "title": part.title,
        "question_count": whole(part.question_count) or None,
        "shuffled": part.is_shuffled,
        "minutes": whole(part.minutes) or None,
        "minimum_percent": _text(number(part.minimum)),
        "cells": [
            {
                "competency": row.competency or None,
                "level": None if column == ANY_LEVEL else column,
                "item_type": row.item_type or None,
                "count": count,
                "points_per_item": _text(number(row.points)),
                "pretest": row.is_pretest,
            }
            for row in part.rows
            for column in COLUMNS
            if (count := whole(row.counts.get(column, "")))
        ],
    }


def available(matrix: Matrix, pool: tuple[PoolItem, ...]) -> dict[Place, int]:
    """How many items fit each place of the matrix, also the empty ones."""
    return {
        (at, line, column): sum(cell.accepts(item) for item in pool)
        for at, part in enumerate(matrix.parts)
        for line, row in enumerate(part.rows)
        for column in matrix.columns
        for cell in (_cell(row, column),)
    }


def _cell(row: Row, column: str) -> Cell:
    return Cell(
        competency=row.competency or None,
        level=None if column == ANY_LEVEL else CognitiveLevel(column),
        item_type=row.item_type or None,
        count=1,
        pretest=row.is_pretest,
    )


def add_row(matrix: Matrix, at: int) -> Matrix:
    """An empty row more in section `at`, with the points of the row above."""
    part = matrix.parts[at]
    if len(part.rows) >= MOST_ROWS:
        return matrix
    points = part.rows[-1].points if part.rows else "1"
    return _with_part(matrix, at, replace(part, rows=(*part.rows, Row(points=points))))


def remove_row(matrix: Matrix, at: int, line: int) -> Matrix:
    part = matrix.parts[at]
    return _with_part(matrix, at, replace(part, rows=part.rows[:line] + part.rows[line + 1 :]))


def add_part(matrix: Matrix) -> Matrix:
    parts = matrix.parts if len(matrix.parts) >= MOST_PARTS else (*matrix.parts, Part())
    return replace(matrix, parts=parts)


def raise_part(matrix: Matrix, at: int) -> Matrix:
    """Section `at` before the one above it; the order of sections is that of the paper."""
    parts = list(matrix.parts)
    if at:
        parts[at - 1], parts[at] = parts[at], parts[at - 1]
    return replace(matrix, parts=tuple(parts))


def remove_part(matrix: Matrix, at: int) -> Matrix:
    return replace(matrix, parts=matrix.parts[:at] + matrix.parts[at + 1 :])


def fill(matrix: Matrix, preset: Preset) -> Matrix:
    """The matrix declares the number of questions and minutes of the preset."""
    return replace(matrix, question_count=str(preset.question_count), duration_min=str(preset.duration_min))


def _with_part(matrix: Matrix, at: int, part: Part) -> Matrix:
    return replace(matrix, parts=(*matrix.parts[:at], part, *matrix.parts[at + 1 :]))
