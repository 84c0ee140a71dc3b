"""The images of a Word document, each cleaned and stored once, with the alternative text that Word keeps."""

from html import escape

from docx.document import Document
from docx.oxml.ns import qn
from lxml import etree

from question_bank.media import MediaRefused, clean_image

_VML = "{urn:schemas-microsoft-com:vml}"
_OLD_DRAWINGS = (".emf", ".wmf", ".emz", ".wmz")
_MAX_IMAGES = 2_000
_MAX_ALT = 500


class DocumentImages:
    """Reads images by their relations; `media` collects them by name."""

    def __init__(self, document: Document) -> None:
        self.media: dict[str, bytes] = {}
        self._part = document.part
        self._known: dict[str, str] = {}

    def markup(self, drawing: etree._Element) -> tuple[str, str | None]:
        """Return the `<img>` elements of a drawing, and a note on what could not be taken: `image` or `vector`."""
        found: list[str] = []
        note: str | None = None
        for relation in dict.fromkeys(_relations(drawing)):
            name, reason = self._image(relation)
            note = reason or note
            if name:
                found.append(f'<img src="media:{name}" alt="{escape(_alternative(drawing))}">')
        return "".join(found), note if found or note else "image"

    def _image(self, relation: str) -> tuple[str, str | None]:
        if relation in self._known:
            return self._known[relation], None
        known = self._part.rels.get(relation)
        if known is None or known.is_external or len(self._known) >= _MAX_IMAGES:
            return "", "image"  # a picture that stands elsewhere is never fetched
        part = known.target_part
        if str(part.partname).lower().endswith(_OLD_DRAWINGS):
            return "", "vector"
        try:
            image = clean_image(part.blob)
        except MediaRefused:
            return "", "image"
        self.media[image.name] = image.data
        self._known[relation] = image.name
        return image.name, None


def _relations(drawing: etree._Element) -> list[str]:
    """Return the relations of the pictures; of two forms of one drawing the first that has any."""
    for holder in _forms(drawing):
        blips = [blip.get(qn("r:embed"), "") for blip in holder.iter(qn("a:blip"))]
        blips += [data.get(qn("r:id"), "") for data in holder.iter(f"{_VML}imagedata")]
        if any(blips):
            return [relation for relation in blips if relation]
    return []


def _forms(drawing: etree._Element) -> list[etree._Element]:
    is_choice = etree.QName(drawing).localname == "AlternateContent"
    return list(drawing) if is_choice else [drawing]


def _alternative(drawing: etree._Element) -> str:
    for properties in drawing.iter(qn("wp:docPr")):
        text = properties.get("descr", "").strip()
        if text:
            return str(text)[:_MAX_ALT]
    return ""
