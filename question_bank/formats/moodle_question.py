"""A question as Moodle's formats state it, before it becomes an item: GIFT, Aiken and Moodle XML share it.

Fractions are shares of the points: 1 is everything, negative takes points away.
"""

import html
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction

from markdown_it import MarkdownIt

from question_bank.formats.reading import RowFinding
from question_bank.shares import decimal_text
from question_bank.text import rich_from_plain, sanitise

_markdown = MarkdownIt("commonmark", {"html": True})
_LOST_TAGS = re.compile(
    r"<(?P<tag>img|audio|video|source|object|embed|iframe|svg|math|script|style|form|input|a)\b[^>]*",
    re.IGNORECASE,
)
_TEX = re.compile(r"\$\$.+?\$\$|\\\(.+?\\\)|\\\[.+?\\\]", re.DOTALL)
_PERCENT_UNIT = Decimal("0.00001")
"""The digits by which Moodle tells its weights apart."""
MAX_ANSWERS = 200
"""More answers than any question has; a file of nothing but answers stops here."""
MEDIA_TAGS = frozenset({"img", "audio", "video", "source", "object", "embed", "iframe", "svg", "math"})


class NotExpressible(ValueError):
    """A question of a known type that no item type here holds; `code` and `params` name the sentence."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code, self.params = code, params


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
        written = Counter(match["tag"].lower() for match in _LOST_TAGS.finditer(self.source))
        kept = Counter(match["tag"].lower() for match in _LOST_TAGS.finditer(self.rich() if written else ""))
        return sorted(tag for tag, count in written.items() if count > kept[tag])

    def has_tex(self) -> bool:
        """Tell whether the text holds formulas in TeX, which stay as typed."""
        return _TEX.search(self.source) is not None


_BARE_TAGS = re.compile(r"(?!</?(?:p|br|div|span)\b)<[!?/]?[A-Za-z][^<>]*>(?:\s*<[^<>]*>)*+\s*")


def bare_tag(source: str) -> bool:
    """Tell whether a text is nothing but tags, such as `<html>`."""
    return _BARE_TAGS.fullmatch(source) is not None


def percent_text(share: Fraction | Decimal) -> str:
    """Return a share as a percentage of at most five digits after the point: a third is `33.33333`."""
    exact = Fraction(share) * 100
    percent = Decimal(exact.numerator) / Decimal(exact.denominator)
    return decimal_text(percent.quantize(_PERCENT_UNIT, rounding=ROUND_HALF_UP))


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
class MoodleGap:
    """One answer embedded in a cloze text; `kind` is multichoice, multiresponse, shortanswer or numerical."""

    kind: str
    answers: tuple[MoodleAnswer, ...]
    weight: int = 1
    is_case_sensitive: bool = False
    is_list: bool = False
    is_shuffled: bool = False


@dataclass(frozen=True, slots=True)
class MoodleUnits:
    """The units of a numerical answer: names with their multipliers, the first is that of the value.

    `is_graded`: a wrong unit costs the share `penalty`; `is_typed`: the candidate enters it.
    """

    names: tuple[tuple[str, str], ...] = ()
    is_graded: bool = False
    is_typed: bool = True
    penalty: str = ""


@dataclass(frozen=True, slots=True)
class MoodleQuestion:
    """One question; `kind` is Moodle's name of its type, such as multichoice or truefalse.

    What the answers are depends on it: a true/false question has the answers `true` and `false`; the statements of
    mtf and kprime have fraction 1 where they are true; those of ordering stand in the right order; those of
    gapselect and ddwtos are the words to choose from, `groups` saying which belong together. `row` is the line
    where it begins, `place` its path, `grading` the name of its scoring method, `source` its markup as found.
    `findings` are what the reader of the format has to say, `media` the files that its texts show.
    """

    kind: str
    row: int
    text: MoodleText
    name: str = ""
    place: str = ""
    answers: tuple[MoodleAnswer, ...] = ()
    pairs: tuple[tuple[MoodleText, MoodleText], ...] = ()
    gaps: tuple[MoodleGap, ...] = ()
    groups: tuple[str, ...] = ()
    units: MoodleUnits | None = None
    is_single: bool = True
    is_shuffled: bool = True
    is_case_sensitive: bool = False
    grading: str = ""
    word_limits: tuple[int, int] = (0, 0)
    guidance: MoodleText | None = None
    general_feedback: MoodleText | None = None
    id_number: str = ""
    tags: tuple[str, ...] = ()
    category: str = ""
    source: str = ""
    media: Mapping[str, bytes] = field(default_factory=dict)
    findings: tuple[RowFinding, ...] = field(default=())
