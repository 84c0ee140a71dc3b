"""Charts of a fairness report as SVG: the same picture in the page, by its style sheet, and in the document."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from markupsafe import Markup

from exam_service.i18n import format_number
from question_bank.assembly.columns import BIN, LARGEST_BIN
from question_bank.fairness.report import Spread

WIDTH: Final = 560
HEIGHT: Final = 84  # of one row of columns
HEAD: Final = 26
FEWEST: Final = 4  # columns on either side

PRINT_STYLE: Final = (
    ".bar-fill{fill:#2f5d8a}.bar-fill-below{fill:#a8552a}.chart-text{font:11px 'Libertinus Serif';fill:#222}"
    ".chart-axis{stroke:#555}"
)
"""Colours for paper, where no style sheet of the page is."""


@dataclass(frozen=True)
class Row:
    """A named row of columns; `is_reference` is drawn in the other colour."""

    label: str
    spread: Spread
    is_reference: bool = False


def spread_chart(rows: Sequence[Row], *, title: str, for_print: bool = False) -> Markup:
    """How many forms lie how many marks above or below the bank's mean form, one row of columns below the other."""
    used = [place for row in rows for place, count in enumerate(row.spread.columns) if count]
    half = max(FEWEST, *(abs(place - LARGEST_BIN) + 1 for place in used)) if used else FEWEST
    half = min(half, LARGEST_BIN)
    bottom = len(rows) * (HEIGHT + HEAD)
    parts = [
        part for number, row in enumerate(rows) for part in _row(row, top=number * (HEIGHT + HEAD), half=half)
    ]
    parts += _scale(half, top=bottom)
    style = f"<style>{PRINT_STYLE}</style>" if for_print else ""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-14 0 {WIDTH + 28} {bottom + 20}" width="100%" '
        f'role="img" aria-label="{escape(title)}">'
    )
    return Markup(head + style + "".join(parts) + "</svg>")  # noqa: S704 - every text in it is escaped


def _row(row: Row, *, top: int, half: int) -> Iterator[str]:
    shown = row.spread.columns[LARGEST_BIN - half : LARGEST_BIN + half]
    step, floor, most = WIDTH / (2 * half), top + HEAD + HEIGHT, max(*shown, 1)
    yield f'<text class="chart-text" x="0" y="{top + 18}">{escape(row.label)}</text>'
    css = "bar-fill bar-fill-below" if row.is_reference else "bar-fill"
    for place, count in enumerate(shown):
        if count:
            height = (HEIGHT - 4) * count / most
            yield (
                f'<rect class="{css}" x="{place * step + 1:.1f}" y="{floor - height:.1f}" '
                f'width="{step - 2:.1f}" height="{height:.1f}"></rect>'
            )
    yield f'<line class="chart-axis" x1="0" x2="{WIDTH}" y1="{floor + 0.5}" y2="{floor + 0.5}"></line>'


def _scale(half: int, *, top: int) -> Iterator[str]:
    span = half * BIN
    ticks = [round(-span + span * part / 2, 2) for part in range(5)]
    for tick in ticks:
        text = ("+" if tick > 0 else "") + format_number(tick)
        at = (tick + span) / (2 * span) * WIDTH
        yield f'<text class="chart-text" x="{at:.1f}" y="{top + 14}" text-anchor="middle">{text}</text>'
