"""What a spreadsheet row says about a question: level, competency, legal basis with its dates, time."""

import re
from datetime import date, datetime

from question_bank.citations import Citation, UnreadableCitation, parse_citations
from question_bank.formats.excel_cells import RowCells
from question_bank.formats.excel_layout import Column
from question_bank.formats.reading import Verdict
from question_bank.taxonomy import (
    CognitiveLevel,
    DifficultyRating,
    InvalidCompetencyCode,
    UnknownLevel,
    UnknownRating,
    parse_competency_code,
    parse_level,
    parse_rating,
)


def read_level(cells: RowCells) -> CognitiveLevel | None:
    """Return the level; one that is unknown is said."""
    text = cells.text(Column.LEVEL)
    try:
        return parse_level(text) if text else None
    except UnknownLevel:
        cells.say("unknown_level", Verdict.WARNING, Column.LEVEL, text=text[:60])
        return None


def read_competency(cells: RowCells) -> str | None:
    """Return the competency's code; one that is malformed is said."""
    text = cells.text(Column.COMPETENCY)
    try:
        return parse_competency_code(text) if text else None
    except InvalidCompetencyCode:
        cells.say("invalid_competency_code", Verdict.WARNING, Column.COMPETENCY, text=text[:60])
        return None


def read_rating(cells: RowCells) -> DifficultyRating | None:
    """Return the author's rating of the difficulty; one that is unknown is said."""
    text = cells.text(Column.RATING)
    try:
        return parse_rating(text) if text else None
    except UnknownRating:
        cells.say("unknown_rating", Verdict.WARNING, Column.RATING, text=text[:60])
        return None


def read_expected_time(cells: RowCells) -> int | None:
    """Return the seconds; what is no number between 5 and 7200 is said."""
    text = cells.text(Column.EXPECTED_TIME)
    if not text:
        return None
    if re.fullmatch(r"[0-9]{1,4}", text) and 5 <= int(text) <= 7200:
        return int(text)
    cells.say("invalid_time", Verdict.WARNING, Column.EXPECTED_TIME, text=text[:40])
    return None


def read_citations(cells: RowCells) -> tuple[Citation, ...]:
    """Return the legal basis with the dates in force; what was not understood is kept as written, and said."""
    citations = read_basis(cells.text(Column.BASIS))
    for citation in citations:
        if citation.document_number is None and citation.article is None:
            text = (citation.title or "")[:120]
            cells.say("citation_unreadable", Verdict.WARNING, Column.BASIS, text=text)
    starts = _dates(cells, Column.IN_FORCE_FROM, count=len(citations))
    ends = _dates(cells, Column.IN_FORCE_TO, count=len(citations))
    dated: list[Citation] = []
    for citation, start, end in zip(citations, starts, ends, strict=True):
        is_sound = not (start and end and end <= start)
        if not is_sound:
            cells.say("invalid_dates", Verdict.WARNING, Column.IN_FORCE_TO)
        update = {"in_force_from": start, "in_force_to": end if is_sound else None}
        dated.append(citation.model_copy(update=update))
    return tuple(dated)


def _dates(cells: RowCells, column: Column, *, count: int) -> list[date | None]:
    value = cells.value(column)
    if value != "" and count == 0:
        cells.say("dates_without_basis", Verdict.WARNING, column)
    if isinstance(value, date):
        return [value.date() if isinstance(value, datetime) else value] * count
    lines = cells.text(column).split("\n") if value != "" else [""]
    dates: list[date | None] = []
    for line in lines:
        parsed = parse_date(line)
        if parsed is None and line.strip(" -"):
            cells.say("unreadable_date", Verdict.WARNING, column, text=line[:40])
        dates.append(parsed)
    return dates * count if len(dates) == 1 else (dates + [None] * count)[:count]


def parse_date(text: str) -> date | None:
    """Return the date written day first (01/07/2025, 1-7-2025) or as ISO 8601, or None."""
    match = re.fullmatch(r"\s*([0-9]{1,2})\s*[/.-]\s*([0-9]{1,2})\s*[/.-]\s*([0-9]{4})\s*", text)
    try:
        return (
            date(int(match[3]), int(match[2]), int(match[1])) if match else date.fromisoformat(text.strip())
        )
    except ValueError:
        return None


def read_basis(text: str) -> tuple[Citation, ...]:
    """Return the citations in a text, by line or semicolon; what cannot be read is kept as a title."""
    citations: list[Citation] = []
    for part in re.split(r"[;\n]", text):
        if not part.strip(" .,"):
            continue
        try:
            citations += parse_citations(part)
        except UnreadableCitation:
            citations.append(Citation(title=part.strip()[:500]))
    return tuple(citations)
