"""The exchange formats that the bank reads and writes, each by its module in `question_bank.formats`."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Protocol

from exam_service.bank.sentences import domain_sentence
from exam_service.errors import Refusal
from exam_service.i18n import N_, language
from exam_service.i18n import gettext as _
from question_bank.formats import (
    aiken,
    cloze_text,
    docx_file,
    excel,
    excel_writing,
    gift,
    json_questions,
    moodle_xml,
    native_json,
    plain_text,
    unsupported,
)
from question_bank.formats.cloze_parsing import has_gaps
from question_bank.formats.column_mapping import ColumnMapping, SheetColumns
from question_bank.formats.encoding import Encoding, decode
from question_bank.formats.json_records import looks_like_data
from question_bank.formats.native_package import is_native
from question_bank.formats.qti import reading as qti
from question_bank.formats.qti import writing as qti_writing
from question_bank.formats.reading import ImportReading
from question_bank.formats.refusal import UnreadableFile as UnreadableSource
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


class ColumnsUnknown(Refusal):
    """A spreadsheet whose headings say nothing: somebody has to say what its columns hold."""

    code = "columns_unknown"
    status = 422
    message = "%(reason)s"


@dataclass(frozen=True)
class HowToRead:
    """What a person has said about a file: its encoding, and the columns of its sheets by their names."""

    encoding: Encoding | None = None
    columns: Mapping[str, ColumnMapping] = field(default_factory=dict)


@dataclass(frozen=True)
class Reader:
    """A format that questions are imported from; `read` raises UnreadableFile and ColumnsUnknown."""

    name: str
    label: str
    extensions: tuple[str, ...]
    read: Callable[[bytes, HowToRead], ImportReading]


@dataclass(frozen=True)
class Format(Reader):
    """A format that is also written; `write` takes only drafts for which `loss` is None, and their images by name.

    `has_history`: it holds versions and reviews too, so it is written by `native_export`.
    """

    media_type: str
    write: Callable[[Iterable[ItemDraft], Mapping[str, bytes]], bytes]
    loss: Callable[[ItemDraft], str | None]
    template: Callable[[], bytes]
    has_history: bool = False


def reading(read: Callable[[bytes], ImportReading]) -> Callable[[bytes, HowToRead], ImportReading]:
    """A reader of files that need no explaining, with its refusals in the words of the service."""

    def refusing(data: bytes, _how: HowToRead) -> ImportReading:
        with _in_words():
            return read(data)

    return refusing


class TextReader(Protocol):
    """A reader that takes the encoding which a person has confirmed."""

    def __call__(self, data: bytes, *, encoding: Encoding | None = None) -> ImportReading: ...


def reading_text(read: TextReader) -> Callable[[bytes, HowToRead], ImportReading]:
    """A reader of files whose encoding may have to be confirmed, with its refusals in the words of the service."""

    def refusing(data: bytes, how: HowToRead) -> ImportReading:
        with _in_words():
            return read(data, encoding=how.encoding)

    return refusing


def _read_excel(data: bytes, how: HowToRead) -> ImportReading:
    with _in_words():
        return excel.read(data, columns=how.columns, encoding=how.encoding)


@contextmanager
def _in_words() -> Iterator[None]:
    """Within the block the domain's refusal of a file becomes one in the language of the request."""
    try:
        yield
    except UnreadableSource as error:
        refusal = ColumnsUnknown if error.code == "no_header" else UnreadableFile
        raise refusal(field="file", reason=error.message(language().value)) from error


def _read_data(data: bytes, how: HowToRead) -> ImportReading:
    """Data: a package of our own that is one .json file, else questions in any common shape."""
    with _in_words():
        if is_native(data):
            return native_json.read(data)
        return json_questions.read(data, columns=how.columns, encoding=how.encoding)


def _read_text(data: bytes, *, encoding: Encoding | None = None) -> ImportReading:
    """A text file: data, cloze or GIFT when it looks like it, else the layouts in which people type questions."""
    text = decode(data, confirmed=encoding).text
    if looks_like_data(text):
        return json_questions.read(data, encoding=encoding)
    if has_gaps(text):
        return cloze_text.read(data, encoding=encoding)
    is_gift = gift.looks_like_gift(text)
    return gift.read(data, encoding=encoding) if is_gift else plain_text.read(data, encoding=encoding)


def _read_package(data: bytes) -> ImportReading:
    """A package: by its manifest the bank's own, else QTI, whose reader says what it misses."""
    return native_json.read(data) if is_native(data) or not data.startswith(b"PK") else qti.read(data)


def _qti(version: str) -> Format:
    return Format(
        f"qti{version.replace('.', '')}",
        f"QTI {version}",
        (".zip",),
        reading(_read_package),
        "application/zip",
        lambda drafts, media: qti_writing.write(drafts, version=version, media=media),
        _loss(qti_writing.unsupported),
        qti_writing.template,
    )


def _read_xml(data: bytes, *, encoding: Encoding | None = None) -> ImportReading:
    """An .xml file: by its root element a QTI item, else Moodle's, whose reader says what else it may be."""
    return qti.read(data) if qti.is_qti(data) else moodle_xml.read(data, encoding=encoding)


def _excel_loss(draft: ItemDraft) -> str | None:
    reason = excel.unsupported(draft)
    return None if reason is None else domain_sentence(excel_writing.MESSAGES, reason.code, reason.params)


def _loss(
    reason_of: Callable[[ItemDraft], unsupported.Unsupported | None],
) -> Callable[[ItemDraft], str | None]:
    """What a draft would lose, in the words and the language of the service."""

    def loss(draft: ItemDraft) -> str | None:
        reason = reason_of(draft)
        return None if reason is None else reason.message(language().value)

    return loss


FORMATS: dict[str, Format] = {
    "xlsx": Format(
        "xlsx",
        N_("Bảng tính Excel"),
        (".xlsx", ".xlsm", ".xls"),
        _read_excel,
        XLSX,
        lambda drafts, _media: excel.write(drafts),
        _excel_loss,
        excel.template,
    ),
    "native": Format(
        "native",
        N_("Gói ngân hàng (cả lịch sử)"),
        (".zip",),
        reading(_read_package),
        "application/zip",
        native_json.write,
        _loss(native_json.unsupported),
        native_json.template,
        has_history=True,
    ),
    "moodle_xml": Format(
        "moodle_xml",
        N_("XML của Moodle"),
        (".xml",),
        reading_text(_read_xml),
        "application/xml",
        moodle_xml.write,
        _loss(moodle_xml.unsupported),
        moodle_xml.template,
    ),
    "gift": Format(
        "gift",
        N_("GIFT của Moodle"),
        (".gift",),
        reading_text(gift.read),
        "text/plain; charset=utf-8",
        lambda drafts, _media: gift.write(drafts),
        _loss(gift.unsupported),
        gift.template,
    ),
    **{made.name: made for made in map(_qti, ("3.0", "2.2", "2.1"))},
}
"""The formats that banks are written in, by name."""


READERS: tuple[Reader, ...] = (
    *FORMATS.values(),
    Reader("docx", N_("Văn bản Word"), (".docx", ".docm", ".doc"), reading_text(docx_file.read)),
    Reader(
        "data",
        N_("Dữ liệu JSON hoặc JavaScript"),
        (".json", ".jsonl", ".ndjson", ".js", ".js.txt"),
        _read_data,
    ),
    Reader("txt", N_("Văn bản thuần"), (".txt", ".csv", ".tsv"), reading_text(_read_text)),
    Reader("aiken", N_("Aiken của Moodle"), (".aiken",), reading_text(aiken.read)),
)
_NAMES_BY_CONTENT = {"qti": N_("Gói QTI"), "qti_item": N_("Câu hỏi QTI (XML)")}
"""What a file is called whose extension is that of several formats, by what stands in it."""
DESCRIBERS: Mapping[str, Callable[[bytes], tuple[SheetColumns, ...]]] = {
    "xlsx": excel.describe,
    "data": json_questions.describe,
}
"""Format → its columns with a guess, for a person to say what they hold; the other formats have none."""
EXTENSIONS = ",".join(dict.fromkeys(extension for reader in READERS for extension in reader.extensions))


def kind_of(file_name: str, data: bytes) -> str:
    """What the file is, for `kind_label`: its format, and where several share an extension, by its content.

    Raises UnknownFormat.
    """
    name = format_of(file_name).name
    if name == "native" and data.startswith(b"PK") and not is_native(data):
        return "qti"
    if name == "data" and is_native(data):
        return "native"
    return "qti_item" if name == "moodle_xml" and qti.is_qti(data) else name


def kind_label(kind: str) -> str:
    """What people call a file of this kind; empty for a file of which no kind is known."""
    labels = {reader.name: reader.label for reader in READERS} | _NAMES_BY_CONTENT
    return _(labels[kind]) if kind in labels else ""


def format_of(file_name: str) -> Reader:
    """The format of a file by its extension. Raises UnknownFormat."""
    suffixes = [suffix.lower() for suffix in PurePath(file_name).suffixes]
    # The longer one says more: `questions.js.txt` is data under the name of a text.
    for extension in ("".join(suffixes[-2:]), *suffixes[-1:]):
        for known in READERS:
            if extension in known.extensions:
                return known
    extension = suffixes[-1] if suffixes else ""
    names = EXTENSIONS.replace(",", ", ")
    raise UnknownFormat(field="file", extension=extension or "?", known=names)
