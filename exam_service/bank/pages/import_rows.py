"""One row of an import: as a candidate would see it, its form, and the buttons that repair it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.bank import import_editing, imports
from exam_service.bank.banks import competency_labels
from exam_service.bank.import_rows import ImportRow
from exam_service.bank.pages.frame import Author, go_on, show
from exam_service.bank.pages.import_views import cell_fields, media_address, parse_fix, row_view
from exam_service.bank.presentation import with_key
from exam_service.bank.sentences import level_name, rating_name
from exam_service.bank.similar.importing import near_notes
from exam_service.db import Reading, Tx
from exam_service.errors import NotFound
from exam_service.i18n import gettext as _
from question_bank.formats.excel_layout import MAX_OPTION_COLUMNS, TYPE_NAMES, Column
from question_bank.formats.row_form import Place, fits_a_row, form_cells
from question_bank.taxonomy import LEVEL_NAMES, RATING_NAMES
from question_bank.text import MAX_RICH_TEXT_CHARS

router = APIRouter(prefix="/imports")
Cell = Annotated[str, Field(max_length=MAX_RICH_TEXT_CHARS)]


class RowForm(BaseModel):
    """The cells of one row, by the names of the house template's columns."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: Cell = ""
    stem: Cell = ""
    option_0: Cell = ""
    option_1: Cell = ""
    option_2: Cell = ""
    option_3: Cell = ""
    option_4: Cell = ""
    option_5: Cell = ""
    option_6: Cell = ""
    option_7: Cell = ""
    key: Cell = ""
    settings: Cell = ""
    rationale: Cell = ""
    basis: Cell = ""
    in_force_from: Cell = ""
    in_force_to: Cell = ""
    competency: Cell = ""
    level: Cell = ""
    rating: Cell = ""
    expected_time: Cell = ""
    tags: Cell = ""
    pinned: Cell = ""
    markup: Cell = ""
    source_id: Cell = ""

    def cells(self) -> dict[Place, str]:
        """The filled cells by their place in the house template."""
        texts = {name: text for name, text in self.model_dump().items() if text}
        places: dict[str, Place] = {column.name.lower(): column for column in Column}
        places |= {f"option_{index}": index for index in range(MAX_OPTION_COLUMNS)}
        return {places[name]: text.replace("\r\n", "\n") for name, text in texts.items() if name in places}


def _row(session: Session, actor: Actor, import_id: UUID, index: int) -> ImportRow:
    rows = imports.rows_in(imports.get_import(session, actor, import_id))
    if not 0 <= index < len(rows):
        raise NotFound
    return rows[index]


@router.get("/{import_id}/rows/{index}")
def show_row(request: Request, session: Reading, actor: Author, import_id: UUID, index: int) -> Response:
    """The row on a page of its own; for htmx only what goes into the table."""
    found = imports.get_import(session, actor, import_id)
    row = _row(session, actor, import_id, index)
    draft = row.item_draft()
    cells: dict[Place, str] = form_cells(draft) if draft else {Column.STEM: row.preview}
    context: dict[str, Any] = {
        "found": found,
        "view": row_view(
            row,
            None,
            near=near_notes(session, actor, [row])[row.index],
            media_at=media_address(found),
        ),
        "shown": with_key(draft.content, media_at=media_address(found)) if draft else None,
        "cells": cell_fields(cells),
        "fits": draft is None or fits_a_row(draft),
        "options": _shown_options(cells),
        "types": sorted(set(TYPE_NAMES.values())),
        "levels": [(names["vi"], level_name(level)) for level, names in LEVEL_NAMES.items()],
        "ratings": [(names["vi"], rating_name(rating)) for rating, names in RATING_NAMES.items()],
        "competencies": [(code, f"{code} – {name}") for code, name in competency_labels(session).items()],
        "is_open": found.state == "previewed",
    }
    if request.headers.get("HX-Request"):
        return show(request, session, actor, "_import_row", **context)
    return show(request, session, actor, "import_row", tab="imports", **context)


def _shown_options(cells: dict[Place, str]) -> list[int]:
    """The options that have a box: those filled and two more, four at least."""
    filled = [place for place in cells if isinstance(place, int) and cells[place]]
    return list(range(min(MAX_OPTION_COLUMNS, max(4, len(filled) + 1))))


@router.post("/{import_id}/rows/{index}")
def edit_row(
    request: Request,
    session: Tx,
    actor: Author,
    import_id: UUID,
    index: int,
    form: Annotated[RowForm, Form()],
) -> Response:
    row = import_editing.edit_row(session, actor, import_id=import_id, index=index, cells=form.cells())
    return _back(request, import_id, row, _("Đã sửa dòng %(row)s.", row=row.row))


@router.post("/{import_id}/rows/{index}/fix")
def fix_row(
    request: Request,
    session: Tx,
    actor: Author,
    import_id: UUID,
    index: int,
    fix: Annotated[str, Form(max_length=1000)],
) -> Response:
    code, action, argument = parse_fix(fix)
    row = import_editing.apply_fix(
        session, actor, import_id=import_id, index=index, code=code, action=action, argument=argument
    )
    return _back(request, import_id, row, _("Đã sửa dòng %(row)s.", row=row.row))


@router.post("/{import_id}/fix-all")
def fix_all(
    request: Request, session: Tx, actor: Author, import_id: UUID, code: Annotated[str, Form(max_length=80)]
) -> Response:
    count = import_editing.apply_to_all(session, actor, import_id=import_id, code=code)
    return go_on(request, f"/bank/imports/{import_id}", _("Đã sửa %(count)s dòng.", count=count))


def _back(request: Request, import_id: UUID, row: ImportRow, sentence: str) -> Response:
    return go_on(request, f"/bank/imports/{import_id}#row-{row.index}", sentence)
