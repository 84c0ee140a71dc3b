"""The exchange formats that the bank reads and writes, each by its module in `question_bank.formats`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePath

from exam_service.bank.sentences import domain_sentence
from exam_service.errors import Refusal
from exam_service.i18n import N_
from question_bank.formats import excel, excel_writing
from question_bank.formats.excel import ImportReading
from question_bank.items import ItemDraft

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class UnreadableFile(Refusal):
    """A file of which nothing could be read; the sentence says what to do about it."""

    code = "unreadable_file"
    status = 422
    message = "%(reason)s"


class UnknownFormat(Refusal):
    code = "unknown_format"
    status = 422
    message = "Hệ thống chưa đọc được tệp loại %(extension)s. Hãy dùng: %(known)s."


@dataclass(frozen=True)
class Format:
    """One format: its extensions, and the functions that read, write and judge.

    `read` raises UnreadableFile; `write` takes only drafts for which `loss` is None.
    """

    name: str
    label: str
    extensions: tuple[str, ...]
    media_type: str
    read: Callable[[bytes], ImportReading]
    write: Callable[[Iterable[ItemDraft]], bytes]
    loss: Callable[[ItemDraft], str | None]
    template: Callable[[], bytes]


def _read_excel(data: bytes) -> ImportReading:
    try:
        return excel.read(data)
    except excel.UnreadableWorkbook as error:
        reason = domain_sentence(excel.MESSAGES, error.code, error.params)
        raise UnreadableFile(field="file", reason=reason) from error


def _excel_loss(draft: ItemDraft) -> str | None:
    reason = excel.unsupported(draft)
    return None if reason is None else domain_sentence(excel_writing.MESSAGES, reason.code, reason.params)


FORMATS: dict[str, Format] = {
    "xlsx": Format(
        "xlsx",
        N_("Bảng tính Excel"),
        (".xlsx", ".xlsm", ".xls"),
        XLSX,
        _read_excel,
        excel.write,
        _excel_loss,
        excel.template,
    ),
}


def format_of(file_name: str) -> Format:
    """The format of a file by its extension. Raises UnknownFormat."""
    extension = PurePath(file_name).suffix.lower()
    for known in FORMATS.values():
        if extension in known.extensions:
            return known
    names = ", ".join(extension for known in FORMATS.values() for extension in known.extensions)
    raise UnknownFormat(field="file", extension=extension or "?", known=names)
