"""The currency report of a bank: page, workbook and CSV."""

from datetime import date
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from exam_service.bank.access import banks_visible_to, get_bank
from exam_service.bank.legal.report import (
    NO_BASIS,
    count_standings,
    currency_report,
    report_csv,
    report_workbook,
)
from exam_service.bank.legal.sentences import CURRENCY_KINDS, currency_name
from exam_service.bank.legal.touching import today
from exam_service.bank.pages.frame import Viewer, show
from exam_service.db import Reading
from exam_service.i18n import format_date
from exam_service.i18n import gettext as _
from exam_service.pagination import PAGE_SIZE, Page
from question_bank.formats.excel_facts import parse_date
from question_bank.legal.currency import CurrencyState

router = APIRouter(prefix="/report")
MEDIA_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


class ReportFilter(BaseModel):
    """The bank by code, one state or all, and the day (today when it is empty or cannot be read)."""

    model_config = ConfigDict(frozen=True)

    bank: str = Field(default="", max_length=100)
    state: str = Field(default="", max_length=40)
    day: str = Field(default="", max_length=20)

    @property
    def on(self) -> date:
        return parse_date(self.day) or today()

    def query(self) -> dict[str, str]:
        """The parameters that are set."""
        return {name: value for name, value in self.model_dump().items() if value}


@router.get("")
def show_report(
    request: Request,
    session: Reading,
    actor: Viewer,
    wanted: Annotated[ReportFilter, Query()],
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    banks = session.scalars(banks_visible_to(actor)).all()
    code = wanted.bank or (banks[0].code if banks else "")
    rows = (
        currency_report(session, actor, bank_id=get_bank(session, actor, code=code).id, on=wanted.on)
        if code
        else []
    )
    chosen = [row for row in rows if not wanted.state or row.standing == wanted.state]
    number = min(page, max(1, -(-len(chosen) // PAGE_SIZE)))
    first = (number - 1) * PAGE_SIZE
    return show(
        request,
        session,
        actor,
        "legal/report",
        tab="legal",
        banks=[(bank.code, f"{bank.code} – {bank.name}") for bank in banks],
        bank_code=code,
        wanted=wanted,
        query=wanted.query(),
        counts=count_standings(rows),
        page=Page(chosen[first : first + PAGE_SIZE], number, PAGE_SIZE, len(chosen)),
        names={
            **{state.value: currency_name(state) for state in CurrencyState},
            NO_BASIS: _("Chưa có căn cứ"),
        },
        kinds={**CURRENCY_KINDS, NO_BASIS: "neutral"},
        on=wanted.on,
    )


@router.get("/{code}.{kind}")
def download_report(
    session: Reading,
    actor: Viewer,
    code: str,
    kind: Literal["xlsx", "csv"],
    wanted: Annotated[ReportFilter, Query()],
) -> Response:
    """The report, under the filter of the page."""
    bank = get_bank(session, actor, code=code)
    rows = currency_report(session, actor, bank_id=bank.id, on=wanted.on)
    rows = [row for row in rows if not wanted.state or row.standing == wanted.state]
    title = _("Hiệu lực căn cứ – %(bank)s, ngày %(day)s", bank=bank.name, day=format_date(wanted.on))
    data = report_workbook(rows, title=title) if kind == "xlsx" else report_csv(rows)
    name = quote(f"hieu_luc_{bank.code}_{wanted.on:%Y%m%d}.{kind}")
    headers = {
        "Content-Disposition": f"attachment; filename=\"{name}\"; filename*=UTF-8''{name}",
        "Cache-Control": "no-store",
    }
    return Response(data, media_type=MEDIA_TYPES[kind], headers=headers)
