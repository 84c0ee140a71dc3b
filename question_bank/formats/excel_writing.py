"""Writing items into the house template so that they read back with the same meaning."""

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, assert_never

import xlsxwriter

from question_bank.citations import format_citation
from question_bank.formats.excel_facts import parse_date, read_basis
from question_bank.formats.excel_instructions import write_instructions
from question_bank.formats.excel_layout import (
    HOUSE_HEADER,
    LEVEL_CHOICES,
    MARKUP_HTML,
    MARKUP_PLAIN,
    MAX_OPTION_COLUMNS,
    PINNED_ALL,
    PINNED_NONE,
    RATING_CHOICES,
    TEMPLATE,
    TYPE_NAMES,
    Column,
)
from question_bank.formats.excel_sheets import read_sheet
from question_bank.formats.excel_types import WEIGHT, settings_text, type_cells
from question_bank.formats.unsupported import MESSAGES, Unsupported, UnsupportedItem
from question_bank.formats.workbook import MAX_ROWS, CellValue, Sheet
from question_bank.items import ItemDraft, semantic_hash
from question_bank.lint import apply_order_safety
from question_bank.taxonomy import LEVEL_NAMES, RATING_NAMES
from question_bank.text import plain, rich_from_plain
from question_bank.types.case import Case
from question_bank.types.content import ChoiceContent, ItemContent, Option, option_label
from question_bank.types.essay import Essay
from question_bank.types.multiple_choice import MultipleChoice, MultipleChoiceRule
from question_bank.types.single_choice import SingleChoice
from question_bank.types.true_false import TrueFalse

__all__ = ["MESSAGES", "Unsupported", "UnsupportedItem", "template", "unsupported", "write"]

_MAX_CELL_CHARS = 32_767
_CREATED = datetime(2025, 1, 1)  # noqa: DTZ001 - a fixed stamp without zone, so that equal items give equal bytes
_WIDTHS: dict[Column | int, int] = {
    Column.STEM: 60,
    Column.RATIONALE: 40,
    Column.BASIS: 44,
    Column.SEQUENCE: 6,
}
_DATE_COLUMNS = (Column.IN_FORCE_FROM, Column.IN_FORCE_TO)


def unsupported(draft: ItemDraft) -> Unsupported | None:
    """Return why the draft would lose something in a spreadsheet, or None if it reads back the same."""
    content = draft.content
    if isinstance(content, Case):
        for part in content.parts:
            if isinstance(part.content, Case) or (reason := unsupported(ItemDraft(content=part.content))):
                return reason
        if not content.parts:
            return Unsupported("incomplete_options", {})
    elif _type_and_rule(content) not in TYPE_NAMES:
        return Unsupported("type_not_supported", {"type": content.type})
    if isinstance(content, ChoiceContent) and (reason := _option_loss(content)):
        return reason
    if (
        not isinstance(content, ChoiceContent | Case)
        and len(content.shuffle_units().ids) > MAX_OPTION_COLUMNS
    ):
        count = len(content.shuffle_units().ids)
        return Unsupported("too_many_options", {"limit": MAX_OPTION_COLUMNS, "count": count})
    rows = item_rows(draft)
    values = [value for cells in rows for value in cells.values()]
    if any(len(value) > _MAX_CELL_CHARS for value in values if isinstance(value, str)):
        return Unsupported("text_too_long", {"limit": _MAX_CELL_CHARS})
    bare = tuple(c.model_copy(update={"in_force_from": None, "in_force_to": None}) for c in draft.citations)
    if read_basis(str(rows[0].get(Column.BASIS, ""))) != bare:
        return Unsupported("citation_not_expressible", {"text": str(rows[0].get(Column.BASIS, ""))[:120]})
    return None if _reads_back(draft, rows) else Unsupported("text_reads_differently", {})


def _reads_back(draft: ItemDraft, rows: Sequence[Mapping[Column | int, str | int | date]]) -> bool:
    """Tell whether these rows mean the draft again: the notation of some types cannot say every text."""
    values: list[list[CellValue]] = [[cells.get(place, "") for place in TEMPLATE] for cells in rows]
    verdicts = read_sheet(Sheet("", values, {}), HOUSE_HEADER)
    back = verdicts[0].draft if len(verdicts) == 1 else None
    return back is not None and semantic_hash(back) == semantic_hash(draft)


def _type_and_rule(content: ItemContent) -> tuple[str, MultipleChoiceRule | None]:
    return content.type, content.rule if isinstance(content, MultipleChoice) else None


def _option_loss(content: ChoiceContent) -> Unsupported | None:
    if len(content.options) > MAX_OPTION_COLUMNS:
        return Unsupported("too_many_options", {"limit": MAX_OPTION_COLUMNS, "count": len(content.options)})
    if {p.code for p in content.problems()} & {"empty_option", "key_not_an_option", "repeated_option_id"}:
        return Unsupported("incomplete_options", {})
    is_both = content.order_locked and any(option.pinned for option in content.options)
    if is_both and apply_order_safety(_unpinned(content)) != content:
        return Unsupported("pinned_and_locked", {})
    return None


def write(items: Iterable[ItemDraft]) -> bytes:
    """Return a workbook in the house template with a row per item, the same bytes for the same items.

    All text is stored as text: what looks like a formula is none, here and when the cell is edited.

    Raises:
        UnsupportedItem: an item would lose something; see `unsupported`.
    """
    drafts = list(items)
    for index, draft in enumerate(drafts):
        if reason := unsupported(draft):
            raise UnsupportedItem(index, reason)
    return _build(drafts)


def template() -> bytes:
    """Return the empty house template: headings, choice lists and a sheet of instructions."""
    return _build([])


def _build(drafts: list[ItemDraft]) -> bytes:
    buffer = io.BytesIO()
    settings = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, settings) as book:
        book.set_properties({"title": "Ngân hàng câu hỏi", "created": _CREATED})
        sheet = book.add_worksheet("Câu hỏi")
        _write_heading(book, sheet)
        formats = {
            "text": book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"}),
            # Without the quote prefix, editing a cell that begins with "=" would turn it into a formula.
            "quoted": book.add_format(
                {"text_wrap": True, "valign": "top", "num_format": "@", "quote_prefix": True}
            ),
            "date": book.add_format({"num_format": "dd/mm/yyyy", "valign": "top"}),
            "number": book.add_format({"valign": "top"}),
        }
        numbered = [
            (number, cells) for number, draft in enumerate(drafts, start=1) for cells in item_rows(draft)
        ]
        for row, (number, found) in enumerate(numbered, start=1):
            cells: dict[Column | int, str | int | date] = {Column.SEQUENCE: number, **found}
            for position, place in enumerate(TEMPLATE):
                _write_cell(sheet, (row, position), cells.get(place, ""), formats=formats)
        write_instructions(book)
    return buffer.getvalue()


def _write_cell(sheet: Any, at: tuple[int, int], value: str | int | date, *, formats: dict[str, Any]) -> None:
    match value:
        case "":
            return
        case str():
            is_risky = value[0] in "=+-@\t"
            status = sheet.write_string(*at, value, formats["quoted" if is_risky else "text"])
        case int():
            status = sheet.write_number(*at, value, formats["number"])
        case date():
            status = sheet.write_datetime(*at, value, formats["date"])
        case _:
            assert_never(value)
    assert status == 0, (at, status)


def row_cells(draft: ItemDraft, *, facts_only: bool = False) -> dict[Column | int, str | int | date]:
    """Return what the cells of the draft's row in the house template hold; `facts_only`: not those of the content."""
    facts: dict[Column | int, str | int | date] = {
        Column.BASIS: "\n".join(format_citation(citation) for citation in draft.citations),
        Column.IN_FORCE_FROM: _dates([citation.in_force_from for citation in draft.citations]),
        Column.IN_FORCE_TO: _dates([citation.in_force_to for citation in draft.citations]),
        Column.COMPETENCY: draft.competency or "",
        Column.LEVEL: LEVEL_NAMES[draft.level]["vi"] if draft.level else "",
        Column.RATING: RATING_NAMES[draft.difficulty_rating]["vi"] if draft.difficulty_rating else "",
        Column.EXPECTED_TIME: draft.expected_time_s or "",
        Column.TAGS: ", ".join(draft.tags),
    }
    return facts if facts_only else {**_content_cells(draft), **facts}


def item_rows(draft: ItemDraft) -> list[dict[Column | int, str | int | date]]:
    """Return the cells of every row that the draft needs: one, and for a case one more for each of its questions."""
    rows = [row_cells(draft)]
    if isinstance(draft.content, Case):
        for part in draft.content.parts:
            cells = _content_cells(ItemDraft(content=part.content))
            if part.weight != 1:
                settings = str(cells.get(Column.SETTINGS, ""))
                cells[Column.SETTINGS] = "\n".join(filter(None, [settings, f"{WEIGHT}: {part.weight}"]))
            rows.append({**cells, Column.OF_CASE: "x"})
    return rows


def _rich_texts(content: ItemContent) -> list[str]:
    texts = [content.stem, content.rationale]
    if not isinstance(content, Case):
        texts += [text for _place, text in content.texts()]
    if isinstance(content, Essay):
        texts.append(content.guidance)
        for criterion in content.rubric:
            texts += [criterion.description, *(level.description for level in criterion.levels)]
    return texts


def _content_cells(draft: ItemDraft) -> dict[Column | int, str | int | date]:
    content = draft.content
    is_html = any(rich_from_plain(plain(text)) != text for text in _rich_texts(content))

    def shown(text: str) -> str:
        return text if is_html else plain(text)

    cells: dict[Column | int, str | int | date] = {
        Column.SOURCE_ID: draft.source_id or "",
        Column.TYPE: TYPE_NAMES[_type_and_rule(content)],
        Column.STEM: shown(content.stem),
        Column.RATIONALE: shown(content.rationale),
        Column.MARKUP: MARKUP_HTML if is_html else "",
        Column.SETTINGS: settings_text(content),
    }
    if isinstance(content, ChoiceContent):
        cells |= {index: shown(option.text) for index, option in enumerate(content.options)}
        cells[Column.PINNED] = _pinning(content)
    elif not isinstance(content, Case | TrueFalse):
        cells |= type_cells(content, shown) or {}
        cells[Column.PINNED] = _held(content)
        return cells
    return cells if isinstance(content, Case) else {**cells, Column.KEY: _key(draft)}


def _held(content: ItemContent) -> str:
    """Return what the pinning column says of a type that is no choice."""
    units = content.shuffle_units()
    if units.locked and getattr(content, "order_locked", False):
        return PINNED_ALL
    return ", ".join(option_label(i) for i, id_ in enumerate(units.ids) if id_ in units.pinned)


def _key(draft: ItemDraft) -> str:
    match draft.content:
        case TrueFalse(key=None):
            return ""
        case TrueFalse(key=key):
            return "Đúng" if key else "Sai"
        case SingleChoice(key=key, options=options):
            return _letters(options, {key} if key else set())
        case MultipleChoice(keys=keys, options=options):
            return _letters(options, set(keys))
        case other:
            raise AssertionError(other.type)  # `unsupported` keeps every other type out


def _letters(options: tuple[Option, ...], ids: set[str]) -> str:
    return ", ".join(option_label(index) for index, option in enumerate(options) if option.id in ids)


def _unpinned(content: ChoiceContent) -> ChoiceContent:
    options = tuple(option.model_copy(update={"pinned": False}) for option in content.options)
    return content.model_copy(update={"options": options, "order_locked": False})


def _pinning(content: ChoiceContent) -> str:
    """Return what the pinning column must say; nothing where reading decides the same by itself."""
    if apply_order_safety(_unpinned(content)) == content:
        return ""
    if content.order_locked:
        return PINNED_ALL
    return (
        _letters(content.options, {option.id for option in content.options if option.pinned}) or PINNED_NONE
    )


def _dates(dates: list[date | None]) -> str | date:
    first = dates[0] if dates else None
    if all(day == first for day in dates):
        return first or ""
    lines = "\n".join(day.strftime("%d/%m/%Y") if day else "-" for day in dates)
    assert [parse_date(line) for line in lines.split("\n")] == dates
    return lines


def _heading(place: Column | int) -> str:
    return option_label(place) if isinstance(place, int) else place.value


def _write_heading(book: Any, sheet: Any) -> None:
    style = {
        "bold": True,
        "bg_color": "#12395B",
        "font_color": "#FFFFFF",
        "valign": "vcenter",
        "text_wrap": True,
    }
    heading = book.add_format(style)
    for position, place in enumerate(TEMPLATE):
        sheet.set_column(position, position, _WIDTHS.get(place, 24 if isinstance(place, int) else 16))
        sheet.write_string(0, position, _heading(place), heading)
    sheet.set_row(0, 30)
    sheet.freeze_panes(1, 0)
    choices: dict[Column, list[str]] = {
        Column.TYPE: list(TYPE_NAMES.values()),
        Column.LEVEL: list(LEVEL_CHOICES),
        Column.MARKUP: [MARKUP_PLAIN, MARKUP_HTML],
        Column.RATING: list(RATING_CHOICES),
    }
    lists = book.add_worksheet("Danh mục")
    for column, (place, values) in enumerate(choices.items()):
        # A list typed into the rule splits at commas, which one of the type names has; a range does not.
        lists.write_column(0, column, values)
        letter, position = "ABCD"[column], TEMPLATE.index(place)
        source = f"='Danh mục'!${letter}$1:${letter}${len(values)}"
        sheet.data_validation(1, position, MAX_ROWS, position, {"validate": "list", "source": source})
    time_rule = {"validate": "integer", "criteria": "between", "minimum": 5, "maximum": 7200}
    position = TEMPLATE.index(Column.EXPECTED_TIME)
    sheet.data_validation(1, position, MAX_ROWS, position, time_rule)
    lists.hide()
