"""The structure of a legal document from its lines: parts, chapters, articles with clauses and points, annexes.

Nothing is left out and nothing is added: what is no heading stays text of the place where it stands. What looks wrong
(an article missing from the row, a quotation that never ends) is a finding for the person who knows the document.

Source: Nghị định 30/2020/NĐ-CP, Phụ lục I, on how the text of a document is divided (phần, chương, mục, tiểu mục, điều,
khoản, điểm).
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

MOST_IN_HEADING = 250
_TITLE_LINES = 3
_NAMED = 8  # numbers that a finding names


class Level(StrEnum):
    """What a section of a document is."""

    OPENING = "opening"  # everything before the first heading
    PART = "part"
    CHAPTER = "chapter"
    SECTION = "section"
    SUBSECTION = "subsection"
    ARTICLE = "article"
    ANNEX = "annex"


class LineKind(StrEnum):
    """What a line within a section is."""

    TEXT = "text"
    CLAUSE = "clause"
    POINT = "point"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A table of the document as texts of its cells by row."""

    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class StatuteLine:
    """One line of a section: its text, or the cells of a table."""

    kind: LineKind
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(slots=True)
class StatuteSection:
    """A heading with the lines below it; `number` is as written: "12", "5a", "II", "thứ nhất"."""

    level: Level
    number: str = ""
    heading: str = ""
    lines: list[StatuteLine] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class StatuteFinding:
    """Something to look at; `code` and `params` name the sentence in `MESSAGES`."""

    code: str
    params: dict[str, str | int] = field(default_factory=dict)

    def sentence(self, language: str = "vi") -> str:
        """Return the sentence in `vi` or `en`."""
        return MESSAGES[self.code][language].format(**self.params)


@dataclass(frozen=True, slots=True)
class StatuteText:
    """A document by its sections, in the order of the text."""

    sections: tuple[StatuteSection, ...]
    findings: tuple[StatuteFinding, ...] = ()

    def count(self, level: Level) -> int:
        return sum(section.level is level for section in self.sections)

    def count_lines(self, kind: LineKind) -> int:
        return sum(line.kind is kind for section in self.sections for line in section.lines)


MESSAGES: dict[str, dict[str, str]] = {
    "no_articles": {
        "vi": "Không thấy Điều nào, nên thí sinh không nhảy đến Điều được; vẫn đọc và tìm được trong văn bản. "
        "Dòng tên Điều phải viết như “Điều 12. Tên điều”.",
        "en": "No article was found, so candidates cannot jump to one; they can still read and search. "
        "The line of an article must read like “Điều 12. Title”.",
    },
    "articles_missing": {
        "vi": "Không thấy {articles}. Hãy kiểm tra tệp có đủ văn bản không.",
        "en": "Not found: {articles}. Check whether the file holds the whole document.",
    },
    "articles_repeated": {
        "vi": "Gặp hai lần: {articles}. Hãy kiểm tra tệp.",
        "en": "Found twice: {articles}. Check the file.",
    },
    "quotation_open": {
        "vi": "Có dấu “ mở mà không đóng; mọi dòng “Điều …” được coi là Điều của chính văn bản.",
        "en": "A quotation mark is opened and never closed; every line “Điều …” is taken for an article of the "
        "document itself.",
    },
    "contents_left_out": {
        "vi": "Bỏ {count} dòng mục lục có số trang; mục lục được lập lại từ các đề mục.",
        "en": "{count} lines of a table of contents with page numbers are left out; the contents are made anew "
        "from the headings.",
    },
}

_NUMBER = r"(?:thứ\s+)?(?:nhất|một|hai|ba|tư|bốn|năm|sáu|bảy|tám|chín|mười(?:\s+\w+)?)|[IVXLC]{1,7}|[0-9]{1,2}[a-zđ]?"
_REST = r"\s*[.:–-]?\s*(?P<rest>.*)"
_HEADINGS: tuple[tuple[Level, re.Pattern[str]], ...] = tuple(
    (level, re.compile(pattern + _REST, re.IGNORECASE))
    for level, pattern in (
        (Level.PART, rf"(?P<name>phần)\s+(?P<number>{_NUMBER})(?!\w)"),
        (Level.CHAPTER, rf"(?P<name>chương)\s+(?P<number>{_NUMBER})(?!\w)"),
        (Level.SECTION, rf"(?P<name>mục)\s+(?P<number>{_NUMBER})(?!\w)"),
        (Level.SUBSECTION, rf"(?P<name>tiểu\s+mục)\s+(?P<number>{_NUMBER})(?!\w)"),
        (Level.ANNEX, rf"(?P<name>phụ\s+lục)(?:\s+(?:số\s+)?(?P<number>{_NUMBER})(?!\w))?"),
    )
)
_ARTICLE = re.compile(r"điều\s+(?P<number>[0-9]{1,3}[a-zđ]{0,2})\s*(?:[.:]\s*(?P<rest>.*)|)", re.IGNORECASE)
_CLAUSE = re.compile(r"[0-9]{1,3}\s*[.)]\s+\S")
_POINT = re.compile(r"[a-zđ]{1,2}\s*\)\s+\S")
_OTHER_PLACE = re.compile(r"(?:phần|chương|mục|điều|khoản|điểm|phụ\s+lục)\s", re.IGNORECASE)
_PAGE = re.compile(r"(?:\.{4}|…{2}|(?:\.\s){4}|\s{4})\s*[0-9]{1,3}$")
_LEAST_TITLE = 3
_LONGEST_PAGE = 20  # characters of a line's end that may hold its page number
_TERMINAL = re.compile(r"[.;:!?…”\"]\s*$")


def parse_statute(lines: Sequence[str | SourceTable], *, is_wrapped: bool = False) -> StatuteText:
    """Return the sections of the document and what to look at.

    `is_wrapped`: the lines come from a plain text file, where a sentence may go on in the next line.
    """
    kept = [line for line in lines if not (isinstance(line, str) and _is_of_contents(line.strip()))]
    findings = [StatuteFinding("contents_left_out", {"count": len(lines) - len(kept)})] * (
        len(kept) < len(lines)
    )
    if is_wrapped:
        kept = list(_joined(kept))
    parser = _Parser(heeds_quotations=True)
    parser.read(kept)
    if parser.is_quoting:
        findings.append(StatuteFinding("quotation_open"))
        parser = _Parser(heeds_quotations=False)
        parser.read(kept)
    sections = tuple(one for one in parser.sections if one.heading or one.lines)
    return StatuteText(sections, (*findings, *_check_articles(sections)))


def _is_of_contents(line: str) -> bool:
    """Whether a title and dots or a gap lead to a page number at the end of the line.

    Only the end is looked at: a search over the whole of a long line of dots or spaces would take minutes.
    """
    return (
        len(line) > _LEAST_TITLE
        and _PAGE.search(line, max(_LEAST_TITLE, len(line) - _LONGEST_PAGE)) is not None
    )


def _joined(lines: Sequence[str | SourceTable]) -> Iterator[str | SourceTable]:
    """A line that begins with a small letter goes on with the sentence before it."""
    sentence: list[str] = []
    for line in lines:
        text = line.strip() if isinstance(line, str) else ""
        before = sentence[-1] if sentence else ""
        if before and _goes_on(text) and not _TERMINAL.search(before):
            sentence.append(text)
            continue
        if sentence:
            yield " ".join(sentence)
        sentence = [text] if isinstance(line, str) else []
        if isinstance(line, SourceTable):
            yield line
    if sentence:
        yield " ".join(sentence)


def _goes_on(text: str) -> bool:
    return text[:1].islower() and not _POINT.match(text)


class _Parser:
    """Goes through the lines once; `sections` grows."""

    def __init__(self, *, heeds_quotations: bool) -> None:
        self.sections = [StatuteSection(Level.OPENING)]
        self._heeds_quotations = heeds_quotations
        self._open = 0  # quotations that have begun and not ended: amended articles stand in them
        self._awaits_title = 0

    @property
    def is_quoting(self) -> bool:
        return self._open > 0

    def read(self, lines: Sequence[str | SourceTable]) -> None:
        for line in lines:
            if isinstance(line, SourceTable):
                self._awaits_title = 0
                self.sections[-1].lines.append(StatuteLine(LineKind.TABLE, rows=line.rows))
            elif text := " ".join(line.split()):
                self._take(text)

    def _take(self, text: str) -> None:
        section = None if self._open else heading_of(text)
        if section is not None:
            self.sections.append(section)
            is_bare = section.level is not Level.ARTICLE and not _title_in(section)
            self._awaits_title = _TITLE_LINES if is_bare else 0
        elif self._awaits_title and self._is_title(text):
            self._awaits_title -= 1
            heading = self.sections[-1].heading
            self.sections[-1].heading = f"{heading}{'.' * (_title_in(self.sections[-1]) == '')} {text}"
        else:
            self._awaits_title = 0
            self.sections[-1].lines.append(StatuteLine(_kind_of(text), text))
        if self._heeds_quotations:
            self._open = max(0, self._open + text.count("“") - text.count("”"))

    def _is_title(self, text: str) -> bool:
        """The first line below a bare heading, and capitals that follow it."""
        if len(text) > MOST_IN_HEADING or _CLAUSE.match(text) or _POINT.match(text):
            return False
        return text == text.upper() or (self._awaits_title == _TITLE_LINES and not _TERMINAL.search(text))


def _title_in(section: StatuteSection) -> str:
    """What the heading says beyond its name and number."""
    match = next(
        (m for level, p in _HEADINGS if level is section.level and (m := p.fullmatch(section.heading))), None
    )
    return match["rest"] if match else ""


def heading_of(text: str) -> StatuteSection | None:
    """Return the section that begins with this line, or None for a line that is no heading."""
    if match := _ARTICLE.fullmatch(text):
        return _article(text, number=match["number"].lower(), rest=match["rest"] or "")
    if len(text) > MOST_IN_HEADING:
        return None
    for level, pattern in _HEADINGS:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        rest = match["rest"]
        # "Chương II của Luật này …" speaks of a chapter; a title begins with a capital.
        if rest and (not rest[0].isupper() or _OTHER_PLACE.match(rest) or rest.endswith((";", ","))):
            return None
        if level is Level.ANNEX and match["number"] is None and match["name"] != match["name"].upper():
            return None
        return StatuteSection(level, match["number"] or "", text)
    return None


def _article(text: str, *, number: str, rest: str) -> StatuteSection:
    if len(text) <= MOST_IN_HEADING:
        return StatuteSection(Level.ARTICLE, number, text)
    # An article without a title: the whole of it stands in the line.
    name = text[: len(text) - len(rest)].strip()
    return StatuteSection(Level.ARTICLE, number, name, [StatuteLine(LineKind.TEXT, rest)])


def _kind_of(text: str) -> LineKind:
    if _CLAUSE.match(text):
        return LineKind.CLAUSE
    return LineKind.POINT if _POINT.match(text) else LineKind.TEXT


def _check_articles(sections: Sequence[StatuteSection]) -> Iterator[StatuteFinding]:
    """Where article 1 comes again (a regulation issued with a decision) a new row of numbers begins."""
    rows: list[list[str]] = [[]]
    for section in sections:
        if section.level is Level.ARTICLE:
            if section.number == "1" and rows[-1]:
                rows.append([])
            rows[-1].append(section.number)
    if not any(rows):
        yield StatuteFinding("no_articles")
        return
    missing, repeated = list[str](), list[str]()
    for row in rows:
        numbers = {int(re.findall(r"^[0-9]+", one)[0]) for one in row}
        missing += [str(number) for number in range(1, max(numbers)) if number not in numbers]
        repeated += [one for one, count in Counter(row).items() if count > 1]
    if missing:
        yield StatuteFinding("articles_missing", {"articles": _named(missing)})
    if repeated:
        yield StatuteFinding("articles_repeated", {"articles": _named(repeated)})


def _named(numbers: Sequence[str]) -> str:
    shown = ", ".join(f"Điều {number}" for number in numbers[:_NAMED])
    return f"{shown}, …" if len(numbers) > _NAMED else shown
