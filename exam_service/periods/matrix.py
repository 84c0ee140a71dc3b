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
    """Cells of one competency ("" any), type ("" any) and points; `counts` by column, "" for none."""

    competency: str = ""
    item_type: str = ""
    points: str = "1"
    counts: Mapping[str, str] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(whole(self.counts.get(column, "")) for column in COLUMNS)


@dataclass(frozen=True)
class Part:
    """A section: heading, the number of questions that it must have ("" unsaid), rows."""

    title: str = ""
    question_count: str = ""
    is_shuffled: bool = True
    rows: tuple[Row, ...] = (Row(),)

    @property
    def total(self) -> int:
        return sum(row.total for row in self.rows)

    @property
    def points(self) -> Decimal:
        return sum((row.total * (number(row.points) or Decimal(0)) for row in self.rows), Decimal(0))

    def column_total(self, column: str) -> int:
        return sum(whole(row.counts.get(column, "")) for row in self.rows)


@dataclass(frozen=True)
class Matrix:
    """A blueprint while it is being edited; the three totals are what the printed matrix declares ("" unsaid)."""

    question_count: str = ""
    total_points: str = ""
    duration_min: str = ""
    parts: tuple[Part, ...] = (Part(),)

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
    return Matrix(
        shown(blueprint.question_count),
        shown(blueprint.total_points),
        shown(blueprint.duration_min),
        tuple(_part(section) for section in blueprint.sections),
    )


def _part(section: Section) -> Part:
    rows: dict[tuple[str, str, str], dict[str, str]] = {}
    for cell in section.cells:
        key = (cell.competency or "", cell.item_type or "", shown(cell.points_per_item))
        rows.setdefault(key, {})[cell.level.value if cell.level else ANY_LEVEL] = str(cell.count)
    return Part(
        section.title,
        shown(section.question_count),
        section.shuffled,
        tuple(Row(*key, counts) for key, counts in rows.items()),
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
    for name in ("question_count", "duration_min"):
        wrong |= _bad_total(name, getattr(matrix, name))
    if matrix.total_points and number(matrix.total_points) is None:
        wrong["total_points"] = "points"
    if wrong:
        raise MatrixMistyped(wrong)
    return {
        "title": title,
        "question_count": whole(matrix.question_count) or None,
        "total_points": _text(number(matrix.total_points)),
        "duration_min": whole(matrix.duration_min) or None,
        "sections": [_section(part) for part in matrix.parts],
    }


def _bad_total(name: str, text: str) -> dict[str, str]:
    return {name: "count"} if text and not whole(text) else {}


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _section(part: Part) -> dict[str, Any]:
    return {
        "title": part.title,
        "question_count": whole(part.question_count) or None,
        "shuffled": part.is_shuffled,
        "cells": [
            {
                "competency": row.competency or None,
                "level": None if column == ANY_LEVEL else column,
                "item_type": row.item_type or None,
                "count": count,
                "points_per_item": _text(number(row.points)),
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


def remove_part(matrix: Matrix, at: int) -> Matrix:
    return replace(matrix, parts=matrix.parts[:at] + matrix.parts[at + 1 :])


def fill(matrix: Matrix, preset: Preset) -> Matrix:
    """The matrix declares the number of questions and minutes of the preset."""
    return replace(matrix, question_count=str(preset.question_count), duration_min=str(preset.duration_min))


def _with_part(matrix: Matrix, at: int, part: Part) -> Matrix:
    return replace(matrix, parts=(*matrix.parts[:at], part, *matrix.parts[at + 1 :]))
