"""The report of an import as a workbook: what was found in every row and what became of it."""

import io

import xlsxwriter

from exam_service.bank.import_rows import finding, loaded
from exam_service.bank.models import ItemImport
from exam_service.bank.sentences import level_name, row_finding_sentence
from exam_service.i18n import N_
from exam_service.i18n import gettext as _

SEVERITIES = {
    "ok": N_("Dùng được"),
    "warning": N_("Cần xem"),
    "hold": N_("Cần quyết định"),
    "error": N_("Không đọc được"),
}
RESULTS = {
    "created": N_("Câu mới"),
    "updated": N_("Cập nhật"),
    "unchanged": N_("Không đổi"),
    "left_out": N_("Bỏ qua"),
}
_COLUMNS = (
    (N_("Trang"), 14),
    (N_("Dòng"), 8),
    (N_("Kết luận"), 18),
    (N_("Kết quả"), 14),
    (N_("Mã"), 14),
    (N_("Câu hỏi"), 60),
    (N_("Mức độ"), 14),
    (N_("Năng lực"), 14),
    (N_("Lưu ý"), 80),
)


def report_file(found: ItemImport) -> bytes:
    """The workbook of the report; every text is stored as text."""
    buffer = io.BytesIO()
    settings = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, settings) as book:
        sheet = book.add_worksheet(_("Kết quả nhập"))
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        text = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@", "quote_prefix": True})
        sheet.write_string(0, 0, _("Tệp"), bold)
        sheet.write_string(0, 1, found.file_name, text)
        sheet.write_string(1, 0, "SHA-256", bold)
        sheet.write_string(1, 1, found.file_hash, text)
        for column, (name, width) in enumerate(_COLUMNS):
            sheet.set_column(column, column, width)
            sheet.write_string(3, column, _(name), bold)
        for number, values in enumerate(_rows(found), start=4):
            for column, value in enumerate(values):
                if isinstance(value, int):
                    sheet.write_number(number, column, value)
                else:
                    sheet.write_string(number, column, value[:32_000], text)
        sheet.freeze_panes(4, 0)
    return buffer.getvalue()


def _rows(found: ItemImport) -> list[tuple[str | int, ...]]:
    notes = [row_finding_sentence(finding(kept)) for kept in found.outcome.get("notes", [])]
    rows: list[tuple[str | int, ...]] = [("", "", _("Về cả tệp"), "", "", "", "", "", note) for note in notes]
    for row in loaded(found.verdicts):
        draft = row.item_draft()
        rows.append(
            (
                row.sheet,
                row.row,
                _(SEVERITIES[row.severity.value]),
                _(RESULTS[row.result]) if row.result else "",
                row.item_code or "",
                row.preview,
                level_name(draft.level) if draft else "",
                (draft.competency or "") if draft else "",
                "\n".join(row_finding_sentence(said) for said in row.row_findings()),
            )
        )
    return rows
