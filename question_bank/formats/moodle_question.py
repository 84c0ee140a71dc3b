"""A question as Moodle's formats state it, before it becomes an item: GIFT, Aiken and Moodle XML share it.

Fractions are shares of the points: 1 is everything, negative takes points away.
"""

import html
import re
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from markdown_it import MarkdownIt

from question_bank.formats.reading import RowFinding
from question_bank.text import rich_from_plain, sanitise

_markdown = MarkdownIt("commonmark", {"html": True})
_LOST_TAGS = re.compile(
    r"<(?P<tag>img|audio|video|source|object|embed|iframe|svg|math|script|style|form|input|a)\b[^>]*",
    re.IGNORECASE,
)
_TEX = re.compile(r"\$\$.+?\$\$|\\\(.+?\\\)|\\\[.+?\\\]", re.DOTALL)
MAX_ANSWERS = 200
"""More answers than any question has; a file of nothing but answers stops here."""
MEDIA_TAGS = frozenset({"img", "audio", "video", "source", "object", "embed", "iframe", "svg", "math"})


class TextFormat(StrEnum):
    """How a text is marked up; `moodle` is HTML in which line breaks count."""

    MOODLE = "moodle"
    HTML = "html"
    PLAIN = "plain"
    MARKDOWN = "markdown"


@dataclass(frozen=True, slots=True)
class MoodleText:
    """A text with its markup, as written in the source."""

    source: str
    format: TextFormat = TextFormat.HTML

    def rich(self) -> str:
        """Return the text as rich text of the allowed subset."""
        text = self.source
        match self.format:
            case TextFormat.PLAIN:
                return rich_from_plain(text)
            case TextFormat.MARKDOWN:
                return sanitise(_markdown.render(text).replace("\n", " "))
            case TextFormat.MOODLE if "<" in text or "&" in text:
                return sanitise(re.sub(r"(?<!>)\n", "<br>", text))
            case TextFormat.MOODLE:
                return rich_from_plain(text)
            case TextFormat.HTML:
                return sanitise(text.replace("\n", " "))

    def lost_tags(self) -> list[str]:
        """Return the names of tags that do not survive in rich text and carry more than looks."""
        if self.format is TextFormat.PLAIN or "<" not in self.source:
            return []
        return sorted({match["tag"].lower() for match in _LOST_TAGS.finditer(self.source)})

    def has_tex(self) -> bool:
        """Tell whether the text holds formulas in TeX, which stay as typed."""
        return _TEX.search(self.source) is not None


def plain_text(text: str) -> MoodleText:
    """Return plain text as a text whose signs are all literal."""
    return MoodleText(html.escape(text, quote=False).replace("\n", "<br>"))


@dataclass(frozen=True, slots=True)
class MoodleAnswer:
    """One answer with the share of the points it gives; `tolerance` belongs to numerical answers."""

    text: MoodleText
    fraction: Decimal
    feedback: MoodleText | None = None
    tolerance: str = ""


@dataclass(frozen=True, slots=True)
class MoodleQuestion:
    """One question; `kind` is Moodle's name of its type, such as multichoice or truefalse.

    A true/false question has the answers `true` and `false`. `row` is the line where it begins, `place` its
    path. `findings` are what the reader of the format has to say.
    """

    kind: str
    row: int
    text: MoodleText
    name: str = ""
    place: str = ""
    answers: tuple[MoodleAnswer, ...] = ()
    pairs: tuple[tuple[MoodleText, MoodleText], ...] = ()
    is_single: bool = True
    is_shuffled: bool = True
    general_feedback: MoodleText | None = None
    id_number: str = ""
    tags: tuple[str, ...] = ()
    category: str = ""
    findings: tuple[RowFinding, ...] = field(default=())
