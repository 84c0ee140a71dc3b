"""The exchange formats that the bank reads and writes, each by its module in `question_bank.formats`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePath

from exam_service.bank.sentences import domain_sentence
from exam_service.errors import Refusal
from exam_service.i18n import N_, language
from question_bank.formats import docx_file, excel, excel_writing, gift, moodle_xml, plain_text
from question_bank.formats.encoding import decode
from question_bank.formats.qti import reading as qti
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
    """A format that is also written; `write` takes only drafts for which `loss` is None."""

    media_type: str
    write: Callable[[Iterable[ItemDraft]], bytes]
    loss: Callable[[ItemDraft], str | None]
    template: Callable[[], bytes]


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
    """A text file: GIFT when it holds answers in braces, else the layouts in which people type questions."""
    text = decode(data).text
    return gift.read(data) if gift.looks_like_gift(text) else plain_text.read(data)


def _read_xml(data: bytes) -> ImportReading:
    """An .xml file: by its root element a QTI item, else Moodle's, whose reader says what else it may be."""
    return qti.read(data) if qti.is_qti(data) else moodle_xml.read(data)


def _excel_loss(draft: ItemDraft) -> str | None:
    reason = excel.unsupported(draft)
    return None if reason is None else domain_sentence(excel_writing.MESSAGES, reason.code, reason.params)


FORMATS: dict[str, Format] = {
    "xlsx": Format(
        "xlsx",
        N_("Bảng tính Excel"),
        (".xlsx", ".xlsm", ".xls"),
        _reading(excel.read),
        XLSX,
        excel.write,
        _excel_loss,
        excel.template,
    ),
}


READERS: tuple[Reader, ...] = (
    *FORMATS.values(),
    Reader("docx", N_("Văn bản Word"), (".docx",), _reading(docx_file.read)),
    Reader("txt", N_("Văn bản thuần"), (".txt",), _reading(_read_text)),
    Reader("gift", N_("GIFT của Moodle"), (".gift",), _reading(gift.read)),
    Reader("moodle_xml", N_("XML của Moodle"), (".xml",), _reading(_read_xml)),
    Reader("qti", N_("Gói QTI 2.1–3.0"), (".zip",), _reading(qti.read)),
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
