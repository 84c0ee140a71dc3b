"""Opening a Word file that a stranger sent: limits first, then the document with python-docx.

Nothing outside the file is read: remote templates, linked images and external relationships are left alone.
"""

import io
import zipfile
import zlib
from dataclasses import dataclass

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
    NotImplementedError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
    etree.LxmlError,
)
"""What python-docx and the archive raise over damaged files; none of them says more than that."""


@dataclass(frozen=True, slots=True)
class WordFile:
    """The document; `has_macros` tells that the file carries a program or an embedded object, not run."""

    document: Document
    has_macros: bool


def open_document(data: bytes) -> WordFile:
    """Return the document of a .docx or .docm file.

    Sizes are checked as the parts really unpack, before anything is parsed.

    Raises:
        UnreadableText: `file_too_large`, `not_a_document`, `legacy_doc`, `encrypted_document`,
            `document_too_large`, `doctype_refused`, `document_malformed`.
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
            names = _check_parts(archive, infos)
        document = docx.Document(io.BytesIO(_as_plain_document(data, names)))
        is_sound = document.element.body is not None and document.styles.element is not None
    except UnreadableText:
        raise
    except DAMAGE as error:
        raise UnreadableText("document_malformed") from error
    if not is_sound:
        raise UnreadableText("document_malformed")
    return WordFile(document, any(name.endswith(("vbaproject.bin", ".bin")) for name in names))


def _check_parts(archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo]) -> set[str]:
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
    return set(names)


def _as_plain_document(data: bytes, names: set[str]) -> bytes:
    """Return the file with the content type of a document without macros, which python-docx asks for."""
    if "word/vbaproject.bin" not in names:
        return data
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
        for info in source.infolist():
            content = source.read(info)
            if info.filename == "[Content_Types].xml":
                content = content.replace(
                    b"application/vnd.ms-word.document.macroEnabled.main+xml",
                    b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
                )
            target.writestr(info.filename, content)
    return buffer.getvalue()
