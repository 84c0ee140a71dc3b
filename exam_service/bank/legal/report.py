"""Legal currency of a bank: how every place stands that its items cite, as rows, as a workbook and as CSV."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session
from xlsxwriter import Workbook

from exam_service.actor import Actor
from exam_service.bank.access import get_bank, items_visible_to
from exam_service.bank.head import current_version, trusted_draft
from exam_service.bank.legal.register import checked_at, load_register
from exam_service.bank.legal.sentences import currency_name, currency_sentence
from exam_service.bank.models import Item, ItemVersion
from exam_service.bank.sentences import state_name
from exam_service.i18n import gettext as _
from question_bank.citations import Citation, format_citation
from question_bank.legal.currency import Currency, CurrencyState, currency
from question_bank.review import ReviewState

WIDTHS = (14, 18, 60, 60, 24, 14, 50)
NO_BASIS = "none"


@dataclass(frozen=True)
class ReportRow:
    """A citation of an item and how it stands; `citation` and `found` are None where the item cites nothing."""

    item_id: UUID
    code: str
    state: str
    summary: str
    citation: Citation | None
    found: Currency | None

    @property
    def standing(self) -> str:
        """The state's value, or `none` without a citation."""
        return self.found.state.value if self.found else NO_BASIS

    @property
    def citation_text(self) -> str:
        return format_citation(self.citation) if self.citation else ""

    @property
    def standing_name(self) -> str:
        return currency_name(self.found.state) if self.found else _("Chưa có căn cứ")

    @property
    def sentence(self) -> str:
        return currency_sentence(self.found) if self.found else ""

    @property
    def document_id(self) -> str:
        """The one document of the register that is meant; empty otherwise."""
        documents = self.found.documents if self.found else ()
        return documents[0].id if len(documents) == 1 else ""


def currency_report(session: Session, actor: Actor, *, bank_id: UUID, on: date) -> list[ReportRow]:
    """A row for each citation of each item of the bank that is not retired, as the item says now, by code.

    Raises NotFound. Three queries whatever the size of the bank.
    """
    bank = get_bank(session, actor, bank_id=bank_id)
    items = session.scalars(
        items_visible_to(actor)
        .where(Item.bank_id == bank.id, Item.state != ReviewState.RETIRED.value)
        .order_by(Item.code)
    ).all()
    versions: dict[UUID, list[ItemVersion]] = {}
    statement = select(ItemVersion).where(ItemVersion.item_id.in_([item.id for item in items]))
    for version in session.scalars(statement.order_by(ItemVersion.item_id, ItemVersion.number)):
        versions.setdefault(version.item_id, []).append(version)
    register = load_register(session)
    shown = {item.id: current_version(versions.get(item.id, [])) for item in items}
    times = checked_at(session, [version.id for version in shown.values() if version])
    rows: list[ReportRow] = []
    for item in items:
        current = shown[item.id]
        body = item.draft if item.draft is not None else current.body if current else {}
        # A draft that is being written has been checked by nobody yet.
        checked = times.get(current.id) if current is not None and item.draft is None else None
        head = (item.id, item.code, item.state, item.summary)
        cited = trusted_draft(body).citations
        rows += [ReportRow(*head, one, currency(one, register, on=on, checked_at=checked)) for one in cited]
        if not cited:
            rows.append(ReportRow(*head, None, None))
    return rows


def count_standings(rows: Sequence[ReportRow]) -> dict[str, int]:
    """State → number of citations, in the order in which a keeper looks at them; items without basis last."""
    counted = Counter(row.standing for row in rows)
    return {value: counted[value] for value in (*CurrencyState, NO_BASIS) if counted[value]}


def _headings() -> tuple[str, ...]:
    return (
        _("Mã câu hỏi"),
        _("Trạng thái"),
        _("Phần dẫn"),
        _("Căn cứ pháp lý"),
        _("Hiệu lực"),
        _("Từ ngày"),
        _("Diễn giải"),
    )


def _cells(row: ReportRow) -> tuple[str, ...]:
    since = row.found.since if row.found else None
    return (
        row.code,
        state_name(row.state),
        row.summary,
        row.citation_text,
        row.standing_name,
        since.strftime("%d/%m/%Y") if since else "",
        row.sentence,
    )


def report_workbook(rows: Sequence[ReportRow], *, title: str) -> bytes:
    """An .xlsx file with one line per citation; every text stays text, also what begins with "="."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(buffer, options) as workbook:
        sheet = workbook.add_worksheet(_("Hiệu lực căn cứ"))
        bold = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        text = workbook.add_format({"quote_prefix": True, "valign": "top", "text_wrap": True})
        sheet.write_string(0, 0, title, workbook.add_format({"bold": True, "font_size": 14}))
        for column, (heading, width) in enumerate(zip(_headings(), WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(2, column, heading, bold)
        for place, row in enumerate(rows, start=3):
            for column, value in enumerate(_cells(row)):
                sheet.write_string(place, column, value, text)
        sheet.freeze_panes(3, 1)
        sheet.autofilter(2, 0, max(len(rows) + 2, 3), len(WIDTHS) - 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
    return buffer.getvalue()


def report_csv(rows: Sequence[ReportRow]) -> bytes:
    """The same as UTF-8 text with a byte-order mark, so that spreadsheets read the Vietnamese."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(_headings())
    writer.writerows([harmless(cell) for cell in _cells(row)] for row in rows)
    return buffer.getvalue().encode("utf-8-sig")


def harmless(cell: str) -> str:
    """The cell of a CSV file as text, also where it looks like a formula."""
    # Source: OWASP, CSV Injection: a spreadsheet runs a cell that begins with one of these as a formula.
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
