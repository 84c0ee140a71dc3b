"""The questions that a file raises before its rows can be shown: its encoding, the meaning of its columns."""

from collections import defaultdict
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.bank import import_answers, imports
from exam_service.bank.import_reading import column_places, kept_how, mapping_of
from exam_service.bank.import_rows import finding
from exam_service.bank.models import Bank
from exam_service.bank.pages.frame import Author, go_on, show
from exam_service.bank.pages.items import account_names
from exam_service.bank.sentences import row_finding_sentence
from exam_service.db import Reading, Tx, attempting
from exam_service.errors import Invalid, Refusal
from exam_service.http import refusal_sentence
from exam_service.i18n import gettext as _
from question_bank.formats.column_mapping import ColumnMapping, SheetColumns, place_code, place_name
from question_bank.formats.encoding import Encoding

router = APIRouter(prefix="/imports")


class ColumnsForm(BaseModel):
    """Fields named `place-<sheet>-<column>` carry what a column holds; `row-<sheet>` the row of the headings."""

    model_config = ConfigDict(frozen=True, extra="allow")

    def mappings(self, sheets: tuple[SheetColumns, ...]) -> dict[str, ColumnMapping]:
        """The mapping by the sheet's name, for the sheets that were given any place."""
        places: dict[int, dict[str, str]] = defaultdict(dict)
        for name, value in (self.model_extra or {}).items():
            _word, _dash, rest = name.partition("place-")
            sheet, _dash, column = rest.partition("-")
            if (
                sheet.isdecimal()
                and column.isdecimal()
                and isinstance(value, str)
                and int(sheet) < len(sheets)
            ):
                places[int(sheet)][column] = value
        return {
            sheets[index].sheet: mapping_of(codes, header_row=sheets[index].guess.header_row)
            for index, codes in places.items()
        }


def encoding_page(
    request: Request, session: Session, actor: Actor, *, import_id: UUID, refusal: Refusal | None = None
) -> Response:
    found = imports.get_import(session, actor, import_id)
    choices = import_answers.encoding_choices(found)
    return show(
        request,
        session,
        actor,
        "import_encoding",
        tab="imports",
        status=refusal.status if refusal else 200,
        refusal=refusal_sentence(refusal) if refusal else "",
        found=found,
        bank=session.get_one(Bank, found.bank_id),
        names=account_names(session, {found.created_by}),
        choices=choices,
    )


@router.post("/{import_id}/encoding")
def confirm_encoding(
    request: Request, session: Tx, actor: Author, import_id: UUID, encoding: Annotated[str, Form()] = ""
) -> Response:
    try:
        with attempting(session):
            if encoding not in set(Encoding):
                raise Invalid(field="encoding", reason=_("Hãy chọn một bảng mã trong danh sách."))
            import_answers.confirm_encoding(session, actor, import_id=import_id, encoding=Encoding(encoding))
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return encoding_page(request, session, actor, import_id=import_id, refusal=refusal)
    return go_on(request, f"/bank/imports/{import_id}", _("Đã đọc tệp. Chưa có câu hỏi nào được ghi."))


@router.get("/{import_id}/columns")
def show_columns(request: Request, session: Reading, actor: Author, import_id: UUID) -> Response:
    return columns_page(request, session, actor, import_id=import_id)


def columns_page(
    request: Request,
    session: Session,
    actor: Actor,
    *,
    import_id: UUID,
    refusal: Refusal | None = None,
    chosen: dict[str, ColumnMapping] | None = None,
) -> Response:
    found = imports.get_import(session, actor, import_id)
    sheets = import_answers.sheets_of(session, actor, import_id)
    known = chosen or kept_how(found).columns
    return show(
        request,
        session,
        actor,
        "import_columns",
        tab="imports",
        status=refusal.status if refusal else 200,
        refusal=refusal_sentence(refusal) if refusal else "",
        found=found,
        bank=session.get_one(Bank, found.bank_id),
        names=account_names(session, {found.created_by}),
        notes=[row_finding_sentence(finding(kept)) for kept in found.outcome.get("notes", [])],
        sheets=[(sheet, _codes(known.get(sheet.sheet, sheet.guess))) for sheet in sheets],
        places=[(place_code(place), place_name(place)) for place in column_places()],
    )


def _codes(mapping: ColumnMapping) -> dict[int, str]:
    return {column: place_code(place) for column, place in mapping.places.items()}


@router.post("/{import_id}/columns")
def name_columns(
    request: Request, session: Tx, actor: Author, import_id: UUID, form: Annotated[ColumnsForm, Form()]
) -> Response:
    chosen = form.mappings(import_answers.sheets_of(session, actor, import_id))
    try:
        with attempting(session):
            import_answers.name_columns(session, actor, import_id=import_id, columns=chosen)
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return columns_page(
            request, session, actor, import_id=import_id, refusal=refusal, chosen=dict(chosen)
        )
    return go_on(request, f"/bank/imports/{import_id}", _("Đã đọc tệp. Chưa có câu hỏi nào được ghi."))
