"""The body of an item as rich text: what can be shown is kept, what cannot is left out and named."""

import html
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from lxml import etree

from question_bank.formats.drafting import Found
from question_bank.formats.qti.item import INTERACTIONS
from question_bank.formats.qti.pictures import Files
from question_bank.formats.reading import Verdict

_KEPT_INLINE = frozenset("b strong i em u sub sup".split())
_BLOCKS = frozenset(
    """address article aside blockquote body caption center contentBody dd div dl dt details fieldset figcaption
    figure footer form h1 h2 h3 h4 h5 h6 header hr infoControl legend main nav ol p pre prompt rubricBlock section
    stimulusBody summary table templateBlock ul""".split()
)
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6 dt legend caption summary".split())
_TABLE_PARTS = {"thead": "thead", "tbody": "tbody", "tfoot": "tbody", "tr": "tr", "td": "td", "th": "th"}
_LISTS = frozenset({"ol", "ul"})
_IGNORED = frozenset(
    "script style stylesheet colgroup col catalogInfo companionMaterialsInfo param track map".split()
)
_INLINE_INTERACTIONS = frozenset("endAttemptInteraction inlineChoiceInteraction textEntryInteraction".split())
_MEDIA = frozenset("audio video iframe embed object picture source canvas".split())
_FEEDBACK = frozenset({"feedbackInline", "feedbackBlock", "modalFeedback"})
_SHOWN_TO_CANDIDATES = frozenset({"candidate", "testConstructor", ""})


UNDERLINE = "qti-underline"
"""The class of the shared vocabulary that stands for the element u, which QTI does not have."""

Hook = Callable[[etree._Element], str]  # noqa: SLF001 - the name that lxml gives the class


@dataclass(slots=True)
class Markup:
    """Turns elements of one item into rich text.

    `hook` says what stands where an interaction is. What is left out gathers in `dropped` (names of elements),
    `feedback` (identifier and text) and `notes` (texts for those who mark).
    """

    files: Files
    found: Found
    base: str = ""
    hook: Hook = lambda _: ""
    dropped: set[str] = field(default_factory=set)
    feedback: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    has_variables: bool = False

    def rich(self, element: etree._Element | None) -> str:
        """Return the content of an element as rich text; one paragraph alone loses its tags."""
        return "" if element is None else unwrapped(self._content(element))

    def rich_of(self, nodes: Iterable[etree._Element | str]) -> str:
        """Return a run of elements and texts as rich text."""
        return unwrapped(self._flow(nodes))

    def _content(self, element: etree._Element) -> str:
        return self._flow(nodes_of(element))

    def _flow(self, nodes: Iterable[etree._Element | str]) -> str:
        """Return nodes in order; where blocks stand among them, loose text becomes paragraphs."""
        pieces: list[str] = []
        run: list[str] = []
        has_blocks = False

        def close() -> None:
            text = _trimmed("".join(run))
            run.clear()
            if text:
                pieces.append(f"<p>{text}</p>")

        for node in nodes:
            if isinstance(node, str):
                run.append(html.escape(re.sub(r"\s+", " ", node), quote=False))
            elif _is_block(node):
                has_blocks = True
                close()
                pieces.append(self._block(node))
            else:
                run.append(self._inline(node))
        if not has_blocks:
            return _trimmed("".join(run))
        close()
        return "".join(pieces)

    def _block(self, element: etree._Element) -> str:
        tag = str(element.tag)
        if tag == "table":
            return self._table(element)
        if tag in _LISTS:
            items = "".join(f"<li>{unwrapped(self._content(child))}</li>" for child in element)
            return f"<{tag}>{items}</{tag}>"
        if tag == "rubricBlock":
            return self._rubric(element)
        if tag in _FEEDBACK or tag in _IGNORED:
            return self._inline(element)
        if tag == "pre":
            lines = "".join(str(text) for text in element.itertext()).strip("\n").split("\n")
            return f"<p>{'<br>'.join(html.escape(line, quote=False) for line in lines)}</p>"
        text = self.hook(element) if tag in INTERACTIONS else self._content(element)
        if tag in _HEADINGS and text and "<p>" not in text:
            return f"<p><strong>{text}</strong></p>"
        return text if not text or re.match(r"<(?:p|ul|ol|table)\b", text) else f"<p>{text}</p>"

    def _rubric(self, element: etree._Element) -> str:
        views = set((element.get("view") or "").split())
        text = self._content(element)
        if not views or views & _SHOWN_TO_CANDIDATES:
            return text if text.startswith("<p>") or not text else f"<p>{text}</p>"
        if text:
            self.notes.append(unwrapped(text))
        return ""

    def _table(self, element: etree._Element) -> str:
        captions = "".join(self._block(caption) for caption in element.iterfind("caption"))
        return f"{captions}<table>{self._table_parts(element)}</table>"

    def _table_parts(self, element: etree._Element) -> str:
        made: list[str] = []
        for child in element:
            tag = _TABLE_PARTS.get(str(child.tag))
            if tag is None:
                continue
            spans = "".join(
                f' {name}="{value}"'
                for name in ("colspan", "rowspan")
                if (value := (child.get(name) or "").strip()).isdecimal() and value != "1"
            )
            inner = unwrapped(self._content(child)) if tag in ("td", "th") else self._table_parts(child)
            made.append(f"<{tag}{spans}>{inner}</{tag}>")
        return "".join(made)

    def _inline(self, element: etree._Element) -> str:
        tag = str(element.tag)
        if tag in INTERACTIONS:
            return self.hook(element)
        if tag in _KEPT_INLINE:
            inner = self._content(element)
            return f"<{tag}>{inner}</{tag}>" if inner else ""
        special = self._special(element)
        if special is not None:
            return special
        if tag in _FEEDBACK:
            self._keep_feedback(element)
            return ""
        if tag in _IGNORED:
            self.dropped.add(tag)
            return ""
        if tag in _MEDIA:
            return self._media(element)
        if tag == "a" and element.get("href"):
            self.dropped.add("a")
        # Spaces around what is only unwrapped belong to the text.
        return self._spaced(element)

    def _special(self, element: etree._Element) -> str | None:
        """Return what stands for an element that is shown in its own way, None for any other."""
        match element.tag:
            case "br" | "hr":
                return "<br>"
            case "img":
                return self._image(element.get("src") or "", element)
            case "math":
                return self._formula(element)
            case "svg":
                return self._placed(self.files.drawing(_svg(element), found=self.found), element, name="svg")
            case "printedVariable" | "templateInline" | "templateBlock":
                self.has_variables = True
                return self._content(element)
            case "xiInclude":
                self.found.say("qti_include_refused", Verdict.WARNING, self.base or None)
                return ""
            case "hottext":
                return f"<u>{self._content(element)}</u>"
            case "gap":
                return self.hook(element)
            case "span" if element.get("class") == UNDERLINE:
                return f"<u>{self._content(element)}</u>"
            case _:
                return None

    def _spaced(self, element: etree._Element) -> str:
        text = self._content(element)
        lead = " " if (element.text or "").startswith((" ", "\n", "\t")) else ""
        last = (element[-1].tail if len(element) else element.text) or ""
        return f"{lead}{text}{' ' if last.endswith((' ', chr(10), chr(9))) else ''}"

    def _keep_feedback(self, element: etree._Element) -> None:
        text = unwrapped(self._content(element))
        if text:
            self.feedback.append(((element.get("identifier") or "").strip(), text))

    def _media(self, element: etree._Element) -> str:
        address = element.get("data") or element.get("src") or ""
        kind = element.get("type") or ""
        is_image = kind.startswith("image/") or re.search(
            r"\.(?:png|jpe?g|gif|svg|webp|bmp)$", address, re.IGNORECASE
        )
        if element.tag == "object" and is_image:
            return self._image(address, element)
        if element.tag == "picture":
            return "".join(self._inline(child) for child in element.iterfind("img"))
        fallback = self._content(element) if element.tag in ("object", "video", "audio") else ""
        name = (address or str(element.tag)).rpartition("/")[2][:80]
        self.found.say("qti_media_dropped", Verdict.WARNING, self.base or None, name=name or str(element.tag))
        return f" [{html.escape(name, quote=False)}] {fallback}"

    def _image(self, address: str, element: etree._Element) -> str:
        return self._placed(
            self.files.image(address, base=self.base, found=self.found),
            element,
            name=address.rpartition("/")[2],
        )

    def _placed(self, media: str | None, element: etree._Element, *, name: str) -> str:
        alt = " ".join((element.get("alt") or element.get("aria-label") or "").split())
        if not alt and element.tag == "object":
            alt = " ".join("".join(str(text) for text in element.itertext()).split())
        if media is None:
            shown = " – ".join(part for part in (name[:80], alt[:200]) if part)
            return f" [hình: {html.escape(shown or '?', quote=False)}] "
        sizes = "".join(
            f' {key}="{value}"'
            for key in ("width", "height")
            if (value := (element.get(key) or "").strip()).isdecimal() and 0 < int(value[:5]) <= 8000
        )
        return f'<img src="media:{media}" alt="{html.escape(alt)}"{sizes}>'

    def _formula(self, element: etree._Element) -> str:
        copied = etree.fromstring(etree.tostring(element, with_tail=False))
        for key in list(copied.attrib):
            if key not in ("display", "alttext"):
                del copied.attrib[key]
        return etree.tostring(copied, encoding="unicode", method="xml")


def nodes_of(element: etree._Element) -> list[etree._Element | str]:
    """Return the texts and elements directly inside an element, in order."""
    nodes: list[etree._Element | str] = [element.text] if element.text else []
    for child in element:
        if isinstance(child.tag, str):
            nodes.append(child)
        if child.tail:
            nodes.append(child.tail)
    return nodes


def _is_block(element: etree._Element) -> bool:
    tag = str(element.tag)
    if tag in _BLOCKS or (tag in INTERACTIONS and tag not in _INLINE_INTERACTIONS):
        return True
    # What only groups is a block when it holds one.
    is_group = tag in ("span", "a", "templateInline") or tag in _FEEDBACK
    return is_group and any(_is_block(child) for child in element)


def _trimmed(text: str) -> str:
    text = re.sub(r" +", " ", text).strip()
    text = re.sub(r"^(?:<br>\s*)+|(?:\s*<br>)+$", "", text)
    return text.strip()


def unwrapped(text: str) -> str:
    """Return rich text without the tags of a paragraph that is all there is."""
    match = re.fullmatch(r"<p>((?:(?!</?p>).)*)</p>", text, re.DOTALL)
    return match[1] if match else text


def _svg(element: etree._Element) -> bytes:
    copied = etree.fromstring(etree.tostring(element, with_tail=False))
    text = etree.tostring(copied, encoding="unicode")
    return text.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1).encode()
