"""Word files for tests, built with python-docx and a little XML for what it has no words for."""

import io
import zipfile
from collections.abc import Callable

import docx
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.text.paragraph import Paragraph


def word_file(build: Callable[[Document], object]) -> bytes:
    document = docx.Document()
    build(document)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def text_file(*lines: str) -> bytes:
    def build(document: Document) -> None:
        for line in lines:
            document.add_paragraph(line)

    return word_file(build)


def repacked(data: bytes, parts: dict[str, bytes]) -> bytes:
    """The file with some parts replaced or added."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        contents = {name: source.read(name) for name in source.namelist()} | parts
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in contents.items():
            target.writestr(name, content)
    return buffer.getvalue()


def add_lists(document: Document) -> None:
    """Define list 90 (`Câu 1:`, then `A.` below it) and list 91 (`1.`, then `a)` below it)."""
    numbering = document.part.numbering_part.element
    forms = {
        "90": (("decimal", "Câu %1:"), ("upperLetter", "%2.")),
        "91": (("decimal", "%1."), ("lowerLetter", "%2)")),
    }
    for identifier, levels in forms.items():
        shown = "".join(
            f'<w:lvl w:ilvl="{i}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/></w:lvl>'
            for i, (form, text) in enumerate(levels)
        )
        abstract = f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{identifier}">{shown}</w:abstractNum>'
        numbering.insert(0, parse_xml(abstract))
        number = (
            f'<w:num {nsdecls("w")} w:numId="{identifier}"><w:abstractNumId w:val="{identifier}"/></w:num>'
        )
        numbering.append(parse_xml(number))


def listed(paragraph: Paragraph, *, number: int, level: int) -> Paragraph:
    """The paragraph as a member of a list."""
    properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
    properties.get_or_add_ilvl().val = level
    properties.get_or_add_numId().val = number
    return paragraph


def add_xml(paragraph: Paragraph, inner: str) -> None:
    """Append raw WordprocessingML (or Office math) to the paragraph."""
    holder = parse_xml(f"<w:p {nsdecls('w', 'm')}>{inner}</w:p>")
    for child in list(holder):
        paragraph._p.append(child)
