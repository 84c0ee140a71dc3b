"""The exchange formats that the bank reads and writes, each by its module in `question_bank.formats`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from exam_service.bank.sentences import domain_sentence
from exam_service.errors import Refusal
from exam_service.i18n import N_, language
from question_bank.formats import (
    aiken,
    cloze_text,
    docx_file,
    excel,
    excel_writing,
    gift,
    moodle_xml,
    native_json,
    plain_text,
    unsupported,
)
from question_bank.formats.cloze_parsing import has_gaps
from question_bank.formats.encoding import decode
from question_bank.formats.qti import reading as qti
from question_bank.formats.qti import writing as qti_writing
from question_bank.formats.reading import ImportReading, Verdict
from question_bank.formats.refusal import UnreadableFile as UnreadableSource
from question_bank.items import ItemDraft

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class UnreadableFile(Refusal):
    """A file of which nothing could be read; the sentence says what to do about it."""

    code = "unreadable_file"
    status = 422
    message = "%(reason)s"


class GuessedEncoding(Refusal):
    """A text file of before Unicode; nothing is imported from a guess."""

    code = "guessed_encoding"
    status = 422
    message = "%(reason)s Hãy lưu lại tệp ở dạng Unicode (UTF-8) rồi tải lên."


class UnknownFormat(Refusal):
    code = "unknown_format"
    status = 422
    message = "Hệ thống chưa đọc được tệp loại %(extension)s. Hãy dùng: %(known)s."


@dataclass(frozen=True)
class Reader:
    """A format that questions are imported from; `read` raises UnreadableFile."""

    name: str
    label: str
    extensions: tuple[str, ...]
    read: Callable[[bytes], ImportReading]


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


def _reading(read: Callable[[bytes], ImportReading]) -> Callable[[bytes], ImportReading]:
    """`read`, with the domain's refusal of a file in the words and the language of the service."""

    def refusing(data: bytes) -> ImportReading:
        try:
            reading = read(data)
        except UnreadableSource as error:
            raise UnreadableFile(field="file", reason=error.message(language().value)) from error
        # Text in an encoding of before Unicode was guessed: only its owner can say whether the guess is right.
        guessed = next((found for found in reading.findings if found.severity is Verdict.HOLD), None)
        if guessed is not None:
            raise GuessedEncoding(field="file", reason=guessed.message(language().value))
        return reading

    return refusing


def _read_text(data: bytes) -> ImportReading:
    """A text file: cloze or GIFT when it holds answers in braces, else the layouts in which people type questions."""
    text = decode(data).text
    if has_gaps(text):
        return cloze_text.read(data)
    return gift.read(data) if gift.looks_like_gift(text) else plain_text.read(data)


def _read_package(data: bytes) -> ImportReading:
    """A .zip or .json: by its entries a package of QTI, else our own."""
    return qti.read(data) if qti.is_package(data) else native_json.read(data)


def _read_xml(data: bytes) -> ImportReading:
    """An .xml file: by its root element a QTI item, else Moodle's, whose reader says what else it may be."""
    return qti.read(data) if qti.is_qti(data) else moodle_xml.read(data)


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
        _reading(excel.read),
        XLSX,
        lambda drafts, _media: excel.write(drafts),
        _excel_loss,
        excel.template,
    ),
    "native": Format(
        "native",
        N_("Gói ngân hàng (cả lịch sử)"),
        (".zip", ".json"),
        _reading(_read_package),
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
        _reading(_read_xml),
        "application/xml",
        moodle_xml.write,
        _loss(moodle_xml.unsupported),
        moodle_xml.template,
    ),
    "qti": Format(
        "qti",
        N_("Gói QTI 3.0"),
        (".zip",),
        _reading(qti.read),
        "application/zip",
        lambda drafts, media: qti_writing.write(drafts, media=media),
        _loss(qti_writing.unsupported),
        qti_writing.template,
    ),
    "gift": Format(
        "gift",
        N_("GIFT của Moodle"),
        (".gift",),
        _reading(gift.read),
        "text/plain; charset=utf-8",
        lambda drafts, _media: gift.write(drafts),
        _loss(gift.unsupported),
        gift.template,
    ),
}
"""The formats that banks are written in, by name."""


READERS: tuple[Reader, ...] = (
    *FORMATS.values(),
    Reader("docx", N_("Văn bản Word"), (".docx",), _reading(docx_file.read)),
    Reader("txt", N_("Văn bản thuần"), (".txt",), _reading(_read_text)),
    Reader("aiken", N_("Aiken của Moodle"), (".aiken",), _reading(aiken.read)),
)
EXTENSIONS = ",".join(extension for reader in READERS for extension in reader.extensions)


def format_of(file_name: str) -> Reader:
    """The format of a file by its extension. Raises UnknownFormat."""
    extension = PurePath(file_name).suffix.lower()
    for known in READERS:
        if extension in known.extensions:
            return known
    names = EXTENSIONS.replace(",", ", ")
    raise UnknownFormat(field="file", extension=extension or "?", known=names)
