"""Opening a Word file that a stranger sent: limits first, then the document with python-docx.

Nothing outside the file is read: remote templates, linked images and external relationships are left alone.
"""

import io
import re
import zipfile
import zlib

import docx
from docx.document import Document
from docx.opc.exceptions import OpcError
from lxml import etree

from question_bank.formats.encoding import MAX_FILE_BYTES, UnreadableText

MAX_UNPACKED_BYTES = 100 * 1024 * 1024
MAX_XML_BYTES = 40 * 1024 * 1024
MAX_PARTS = 5_000
DAMAGE = (
    OpcError,
    KeyError,
    ValueError,
    AttributeError,
    TypeError,
    IndexError,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
    etree.LxmlError,
)
"""What python-docx and the archive raise over damaged files; none of them says more than that."""


_EQUATION = re.compile(r"^(?:Equation\.|MathType|DSEquations)", re.IGNORECASE)
_OBJECT = re.compile(rb'ProgID="([^"]*)"')


def open_document(data: bytes) -> Document:
    """Return the document of a .docx file.

    A file with a macro, or with an embedded object other than an equation, is refused: a list of questions
    has no use for one.

    Sizes are checked as the parts really unpack, before anything is parsed.

    Raises:
        UnreadableText: `file_too_large`, `not_a_document`, `legacy_doc`, `encrypted_document`,
            `document_too_large`, `doctype_refused`, `document_malformed`, `document_macros_refused`,
            `document_objects_refused`.
    """
    if len(data) > MAX_FILE_BYTES:
        raise UnreadableText("file_too_large", {"limit_mb": MAX_FILE_BYTES // 2**20})
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        is_encrypted = "EncryptedPackage".encode("utf-16-le") in data
        raise UnreadableText("encrypted_document" if is_encrypted else "legacy_doc")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
    except DAMAGE as error:
        raise UnreadableText("not_a_document") from error
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_parts(archive, infos)
            _refuse_programs(archive)
        document = docx.Document(io.BytesIO(data))
        is_sound = document.element.body is not None and document.styles.element is not None
    except UnreadableText:
        raise
    except DAMAGE as error:
        raise UnreadableText("document_malformed") from error
    if not is_sound:
        raise UnreadableText("document_malformed")
    return document


def _refuse_programs(archive: zipfile.ZipFile) -> None:
    names = [name.lower() for name in archive.namelist()]
    if any(name.endswith("vbaproject.bin") for name in names):
        raise UnreadableText("document_macros_refused")
    if any(name.startswith("word/activex/") for name in names):
        raise UnreadableText("document_objects_refused")
    embedded = [name for name in names if name.startswith("word/embeddings/")]
    kinds = [kind.decode(errors="replace") for kind in _OBJECT.findall(archive.read("word/document.xml"))]
    is_bare = any(name.endswith(".bin") for name in embedded) and not kinds
    # The numbers behind a chart are embedded too, without a program; they are not read.
    if is_bare or not all(_EQUATION.match(kind) for kind in kinds):
        raise UnreadableText("document_objects_refused")


def _check_parts(archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo]) -> None:
    names = [info.filename.lower() for info in infos]
    if "word/document.xml" not in names or len(set(names)) < len(names):
        raise UnreadableText("not_a_document")
    if any(info.flag_bits & 1 for info in infos):
        raise UnreadableText("encrypted_document")
    unpacked = xml = 0
    for info in infos if len(infos) <= MAX_PARTS else ():
        is_xml = info.filename.lower().endswith((".xml", ".rels"))
        head = b""
        # The size in the header may lie: count what comes out.
        with archive.open(info) as part:
            while chunk := part.read(2**18):
                unpacked, xml = unpacked + len(chunk), xml + len(chunk) * is_xml
                head = head or chunk[:4096].replace(b"\0", b"")
                if unpacked > MAX_UNPACKED_BYTES or xml > MAX_XML_BYTES:
                    break
        if is_xml and b"<!DOCTYPE" in head:
            raise UnreadableText("doctype_refused")
    if len(infos) > MAX_PARTS or unpacked > MAX_UNPACKED_BYTES or xml > MAX_XML_BYTES:
        raise UnreadableText("document_too_large", {"limit_mb": MAX_UNPACKED_BYTES // 2**20})
