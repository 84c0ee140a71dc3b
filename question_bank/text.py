"""Text as the bank keeps it: clean Unicode, a small sanitised subset of HTML, and search keys."""

import html
import re
import unicodedata
from typing import Annotated

import nh3
from pydantic import AfterValidator, StringConstraints, ValidationInfo

from question_bank import mathml

MAX_RICH_TEXT_CHARS = 30_000
"""The longest accepted rich text; below the 32,767 characters that one spreadsheet cell can carry."""

ALLOWED_TAGS = (
    frozenset(
        re.findall(
            r"\w+", "p br b strong i em u sub sup ul ol li table caption thead tbody tfoot tr th td img"
        )
    )
    | mathml.ELEMENTS
)
_DROPPED_WITH_CONTENT = (
    frozenset({"script", "style", "iframe", "object", "svg", "noscript", "template"}) | mathml.DROPPED
)
_UNWRAPPED_TAGS = frozenset(
    re.findall(
        r"\S+",
        """a article audio blockquote body button center code col colgroup div embed font form h1 h2 h3 h4 h5
        h6 head hr html input label link meta o:p pre s section small span strike textarea title video""",
    )
)
_ATTRIBUTE = r"""\s+[A-Za-z_:][-A-Za-z0-9_:.]*\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>=]+)"""


def _tag_pattern(names: frozenset[str]) -> re.Pattern[str]:
    known = "|".join(sorted(map(re.escape, names)))
    return re.compile(rf"</?(?:{known})(?:{_ATTRIBUTE})*\s*/?>|<!--", re.IGNORECASE)


_EVERY_TAG = ALLOWED_TAGS | _DROPPED_WITH_CONTENT | _UNWRAPPED_TAGS | mathml.UNWRAPPED
_MATHML_ONLY = (mathml.ELEMENTS | mathml.DROPPED | mathml.UNWRAPPED) - {"math"}
_TAG_IN_FORMULA = _tag_pattern(_EVERY_TAG)
_TAG = _tag_pattern(_EVERY_TAG - _MATHML_ONLY)
_FORMULA = re.compile(r"<math", re.IGNORECASE)
_LESS_THAN = re.compile(r"<")
_MEDIA_SOURCE = re.compile(r"media:([0-9A-Za-z][0-9A-Za-z._-]{0,127})")
_MEDIA_IN_TEXT = re.compile(r"""\bsrc=\\?["']media:([0-9A-Za-z][0-9A-Za-z._-]{0,127})""")
_IMAGE = re.compile(r"<img\b[^>]*>")
_ALTERNATIVE = re.compile(r'\salt="[^"]*[^"\s][^"]*"')
_SPAN = re.compile(r"[1-9][0-9]?")
_IMAGE_WITHOUT_SOURCE = re.compile(r"<img(?![^>]*\ssrc=)[^>]*>")

_ODD_CHARACTERS = re.compile(
    "(?P<line>\r\n?|[\x0b\x0c\x85\u2028\u2029])"
    "|(?P<space>[\t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000])"
    "|[\x00-\x09\x0e-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]"
)
# What `clean_text` would change but for the form of composition; most texts hold nothing of it.
_UNTIDY = re.compile(
    r"[\x00-\x1f\x7f-\xa0\xad\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ud800-\udfff]|  "
)
_MARKUP = re.compile("[<>&]")
_MAX_PASSES = 8
_TONE_MARKS = "\u0300\u0301\u0303\u0309\u0323"
_WORD = re.compile(r"\w+")
_SHORT_WORDS_WITH_LETTER_D = str.maketrans({"đ": "d", "ð": "d", "ɖ": "d"})


def _clean_characters(text: str) -> str:
    # Composition comes last: an invisible character may have stood between a letter and its mark.
    text = _ODD_CHARACTERS.sub(lambda m: "\n" if m["line"] else " " if m["space"] else "", text)
    return unicodedata.normalize("NFC", text)


def clean_text(text: str) -> str:
    """Return the text in NFC with ordinary spaces only.

    No-break and other odd spaces become a space, runs of spaces one space, invisible and control characters
    go; lines are trimmed, more than one empty line becomes one; line breaks stay. Idempotent.
    """
    if _is_tidy(text):  # an import cleans every cell several times
        return text.strip(" ")
    lines = (re.sub(" +", " ", line).strip() for line in _clean_characters(text).split("\n"))
    return re.sub("\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def _is_tidy(text: str) -> bool:
    return unicodedata.is_normalized("NFC", text) and not _UNTIDY.search(text)


def _safe_attribute(tag: str, name: str, value: str) -> str | None:
    if (tag, name) == ("img", "src"):
        return value if _MEDIA_SOURCE.fullmatch(value) else None
    if tag in mathml.ELEMENTS:
        return mathml.keep_attribute(name, value)
    if name in ("colspan", "rowspan", "width", "height", "start"):
        return (
            value if _SPAN.fullmatch(value) or (name in ("width", "height") and value.isdecimal()) else None
        )
    return unicodedata.normalize("NFC", value)


_cleaner = nh3.Cleaner(
    tags=set(ALLOWED_TAGS),
    clean_content_tags=set(_DROPPED_WITH_CONTENT),
    attributes={
        # Neither `title` nor `class`: what people cannot see is no part of a question.
        "*": {"lang"},
        "img": {"src", "alt", "width", "height"},
        "td": {"colspan", "rowspan"},
        "th": {"colspan", "rowspan", "scope"},
        "ol": {"start", "type"},
        **mathml.ATTRIBUTES,
    },
    attribute_filter=_safe_attribute,
    url_schemes={"media"},
    link_rel=None,
)
_stripper = nh3.Cleaner(tags=set(), clean_content_tags=set(_DROPPED_WITH_CONTENT), link_rel=None)


def _escape_stray_less_than(text: str) -> str:
    # An HTML parser swallows "x<y và z" as a broken tag; what is no tag by name and form is text and must
    # survive.
    pattern = _TAG_IN_FORMULA if _FORMULA.search(text) else _TAG
    tags = {match.start() for match in pattern.finditer(text)}
    return _LESS_THAN.sub(lambda m: "<" if m.start() in tags else "&lt;", text)


def sanitise(text: str) -> str:
    """Return the text as safe HTML of the allowed subset, in NFC; idempotent.

    Tags outside `ALLOWED_TAGS` are unwrapped (scripts, styles and frames go with their content), images may
    only point at `media:` references, formulas are MathML without links and scripts, and a `<` that does not
    begin a known tag is kept as text. Where there is no tag at all the input counts as plain text: its line
    breaks become `<br>`.
    """
    if _is_tidy(text) and not _MARKUP.search(text):
        return text.strip(" ")
    text = _clean_characters(text)
    if ":math" in text:
        text = mathml.without_prefix(text)
    if not _TAG.search(text):
        text = clean_text(text).replace("\n", "<br>")
    # A parser moves misplaced table parts, and what it writes may parse differently: repeat until it stands.
    for _ in range(_MAX_PASSES):
        previous, text = text, _clean_html(text)
        if text == previous:
            return text
    return _clean_html(html.escape(plain(text), quote=False).replace("\n", "<br>"))


def _clean_html(text: str) -> str:
    # This pass over the parsed text reaches odd spaces and decomposed letters written as references.
    cleaned = _cleaner.clean(_escape_stray_less_than(text)).replace("&nbsp;", " ")
    cleaned = _clean_characters(cleaned).replace("\n", " ")
    cleaned = _IMAGE_WITHOUT_SOURCE.sub("", cleaned)
    if "<mfenced" in cleaned:
        cleaned = mathml.with_fences(cleaned)
    return re.sub(r"\s*<br>\s*", "<br>", re.sub(" +", " ", cleaned)).strip()


def rich_from_plain(text: str) -> str:
    """Return plain text as rich text: cleaned, every `<`, `>` and `&` literal, line breaks as `<br>`."""
    return sanitise(html.escape(clean_text(text), quote=False).replace("\n", "<br>"))


def plain(rich: str) -> str:
    """Return what a reader sees of a rich text, cleaned, with line breaks; an image leaves its `[alt]`, a formula
    a line such as `a/b` or `x^2`."""
    if not _MARKUP.search(rich):
        return clean_text(rich)
    rich = mathml.formulas_as_text(rich) if "<math" in rich else rich
    text = re.sub(r"""<img[^>]*\salt="([^"]*)"[^>]*>""", r" [\1] ", rich)
    text = re.sub(r"<br>|</(?:p|li|tr|caption)>", "\n", text)
    text = re.sub(r"</(?:td|th)>", " ", text)
    return clean_text(html.unescape(_stripper.clean(text)))


def media_names(text: str) -> frozenset[str]:
    """Return the names of the images that a rich text shows, or that JSON with rich texts in it does."""
    return frozenset(_MEDIA_IN_TEXT.findall(text)) if "media:" in text else frozenset()


def images_without_alternative(rich: str) -> int:
    """Return how many images of a sanitised text say nothing to who cannot see them."""
    return sum(_ALTERNATIVE.search(image) is None for image in _IMAGE.findall(rich))


def _sanitise_field(text: str, info: ValidationInfo) -> str:
    if info.context and info.context.get("trusted"):
        return text
    cleaned = sanitise(text)
    if (
        len(cleaned) > MAX_RICH_TEXT_CHARS
    ):  # escaping makes text longer, and what is stored must validate again
        raise ValueError(f"rich text of {len(cleaned)} characters exceeds {MAX_RICH_TEXT_CHARS}")
    return cleaned


RichText = Annotated[str, StringConstraints(max_length=MAX_RICH_TEXT_CHARS), AfterValidator(_sanitise_field)]
"""A string that pydantic sanitises; `context={"trusted": True}` skips that for text from our own store."""

CleanText = Annotated[str, AfterValidator(clean_text)]
"""A plain string that pydantic passes through `clean_text`."""


def fold(text: str) -> str:
    """Return the search key: lower case, no diacritics, đ as d, all but letters and digits as one space."""
    lowered = unicodedata.normalize("NFKD", text.lower()).translate(_SHORT_WORDS_WITH_LETTER_D)
    return " ".join(
        re.sub(r"[\W_]+", " ", "".join(c for c in lowered if not unicodedata.combining(c))).split()
    )


def _tone_last(match: re.Match[str]) -> str:
    decomposed = unicodedata.normalize("NFD", match.group())
    tones = "".join(c for c in decomposed if c in _TONE_MARKS)
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if c not in _TONE_MARKS)) + tones


def tone_fold(text: str, *, keep_case: bool = False) -> str:
    """Return a key that keeps every diacritic but not where the tone stands: hòa and hoà give one key.

    Case (unless `keep_case`), spaces and punctuation at the end are dropped too. For comparing only, never for
    display.
    """
    cleaned = clean_text(text)
    lowered = unicodedata.normalize("NFC", cleaned if keep_case else cleaned.casefold())
    return " ".join(_WORD.sub(_tone_last, lowered).split()).rstrip(" .;,:?!…")
