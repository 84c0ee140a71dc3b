"""One spreadsheet row into one draft, with a finding for everything that was not plainly as it should be."""

import re
from datetime import date, datetime, time, timedelta

from pydantic import ValidationError

from question_bank.citations import Citation, UnreadableCitation, parse_citations
from question_bank.formats.excel_layout import (
    FALSE_NAMES,
    MARKUP_HTML,
    PINNED_ALL,
    PINNED_NONE,
    TRUE_NAMES,
    TYPE_BY_SPELLING,
    TYPE_NAMES,
    Column,
    Header,
)
from question_bank.formats.reading import RowFinding, RowVerdict, Verdict
from question_bank.formats.workbook import CellValue, NoteKind, Sheet, cell_name, number_text
from question_bank.items import AnyContent, ItemDraft
from question_bank.lint import CombinationKind, apply_order_safety, find_combination
from question_bank.taxonomy import (
    CognitiveLevel,
    InvalidCompetencyCode,
    UnknownLevel,
    parse_competency_code,
    parse_level,
)
from question_bank.text import clean_text, fold, plain, rich_from_plain, sanitise, tone_fold
from question_bank.types.content import Option
from question_bank.types.multiple_choice import MultipleChoice, MultipleChoiceRule
from question_bank.types.single_choice import SingleChoice
from question_bank.types.true_false import TrueFalse

TypeAndRule = tuple[str, MultipleChoiceRule | None]
_PREVIEW_CHARS = 200
_LETTERS = re.compile(r"(?:dap an|phuong an|cau|y)? ?(?P<letters>[a-h](?: ?(?:va )?[a-h])*)")


class RowReader:
    """Reads one row; `usual_options` is how many options most rows of the sheet have."""

    def __init__(self, sheet: Sheet, header: Header, *, row: int, usual_options: int) -> None:
        self._sheet, self._header, self._row = sheet, header, row
        self._usual_options = usual_options
        self._findings: list[RowFinding] = []
        self._is_html = fold(self._raw_text(Column.MARKUP)) == fold(MARKUP_HTML)

    def read(self) -> RowVerdict:
        """Return the verdict on the row."""
        stem = self._stem()
        draft: ItemDraft | None = None
        kind = self._type()
        if not plain(stem) and "<img" not in stem:
            self._say("missing_stem", Verdict.ERROR, Column.STEM)
        elif kind is not None:
            draft = self._draft(stem, kind)
        severity = max((f.severity for f in self._findings), key=lambda s: s.rank, default=Verdict.OK)
        preview = plain(stem)[:_PREVIEW_CHARS]
        return RowVerdict(self._sheet.name, self._row + 1, severity, tuple(self._findings), draft, preview)

    def _position(self, place: Column | int) -> int | None:
        return self._header.options.get(place) if isinstance(place, int) else self._header.columns.get(place)

    def _cell_name(self, place: Column | int) -> str | None:
        position = self._position(place)
        return None if position is None else cell_name(self._row, position)

    def _value(self, place: Column | int) -> CellValue:
        position = self._position(place)
        cells = self._sheet.rows[self._row]
        return cells[position] if position is not None and position < len(cells) else ""

    def _raw_text(self, place: Column | int) -> str:
        value = self._value(place)
        return clean_text(value) if isinstance(value, str) else ""

    def _say(
        self, code: str, severity: Verdict, place: Column | int | None = None, **params: str | int
    ) -> None:
        cell = None if place is None else self._cell_name(place)
        self._findings.append(RowFinding(code, severity, cell, params))

    def _text(self, place: Column | int) -> str:
        """Return the cell as a person would read it, saying so where that is not certain."""
        value = self._value(place)
        position = self._position(place)
        notes = set() if position is None else self._sheet.notes.get((self._row, position), set())
        if NoteKind.ERROR in notes:
            self._say("error_cell", Verdict.HOLD, place)
            return ""
        if NoteKind.FORMULA in notes and value == "":
            self._say("formula_without_value", Verdict.HOLD, place)
        text = self._value_text(value, place, notes=notes)
        if NoteKind.FORMULA in notes and text:
            self._say("formula_value", Verdict.WARNING, place, text=text[:80])
        return text

    def _value_text(self, value: CellValue, place: Column | int, *, notes: set[NoteKind]) -> str:
        match value:
            case str():
                return value.strip() if self._is_html else clean_text(value)
            case bool():
                text = "Đúng" if value else "Sai"
                if place is not Column.KEY:
                    self._say("boolean_rendered", Verdict.WARNING, place, text=text)
                return text
            case int() | float():
                text = number_text(value, notes)
                if notes & {NoteKind.PERCENT, NoteKind.FRACTION}:
                    self._say("number_rendered", Verdict.WARNING, place, text=text)
                return text
            case date():
                self._say("date_cell", Verdict.HOLD, place, readings=_date_readings(value))
            case time() | timedelta():
                self._say("time_cell", Verdict.HOLD, place)
        return ""

    def _rich(self, text: str) -> str:
        return sanitise(text) if self._is_html else rich_from_plain(text)

    def _stem(self) -> str:
        stem = self._rich(self._text(Column.STEM))
        passage = self._rich(self._text(Column.PASSAGE))
        if passage:
            self._say("passage_joined", Verdict.WARNING, Column.PASSAGE)
        return f"{passage}<br>{stem}" if passage and stem else passage or stem

    def _type(self) -> TypeAndRule | None:
        text = self._text(Column.TYPE)
        if text:
            kind = TYPE_BY_SPELLING.get(fold(text))
            if kind is None:
                known = ", ".join(TYPE_NAMES.values())
                self._say("unknown_type", Verdict.ERROR, Column.TYPE, text=text[:60], known=known)
            return kind
        key = fold(self._raw_text(Column.KEY))
        has_options = any(self._value(index) != "" for index in self._header.options)
        kind = ("single_choice", None)
        if not has_options and (key in ("dung", "sai") or isinstance(self._value(Column.KEY), bool)):
            kind = ("true_false", None)
        elif len(_letters_of(self._raw_text(Column.KEY)) or ()) > 1:
            kind = ("multiple_choice", MultipleChoiceRule.ALL_OR_NOTHING)
        if kind != ("single_choice", None):
            self._say("type_inferred", Verdict.WARNING, Column.TYPE, type_name=TYPE_NAMES[kind])
        return kind

    def _draft(self, stem: str, kind: TypeAndRule) -> ItemDraft | None:
        try:
            draft = ItemDraft(
                content=self._content(stem, kind),
                level=self._level(),
                competency=self._competency(),
                citations=self._citations(),
                expected_time_s=self._expected_time(),
                tags=tuple(re.split(r"\s*[,;\n]\s*", self._text(Column.TAGS))),
                source_id=self._text(Column.SOURCE_ID) or None,
            )
        except ValidationError as error:
            for detail in error.errors():
                name = ".".join(str(part) for part in detail["loc"])
                self._say("invalid_value", Verdict.ERROR, Column.STEM, field=name)
            return None
        said = {finding.code for finding in self._findings}
        for problem in draft.problems():
            is_said = problem.code == "empty_option" or (problem.code == "no_key" and said & _KEY_CODES)
            if not is_said:
                self._say(problem.code, Verdict.HOLD, self._place_of(problem.place), **problem.params)
        return draft

    def _place_of(self, place: str) -> Column | int:
        name, _, index = place.partition("/")
        if name == "options" and index:
            return self._filled_options()[int(index)]
        return Column.STEM if name in ("stem", "options") else Column.KEY

    def _filled_options(self) -> list[int]:
        return [index for index in sorted(self._header.options) if self._is_filled(index)]

    def _is_filled(self, index: int) -> bool:
        value, position = self._value(index), self._header.options[index]
        return bool(clean_text(value) if isinstance(value, str) else True) or (
            (self._row, position) in self._sheet.notes
        )

    def _content(self, stem: str, kind: TypeAndRule) -> AnyContent:
        rationale = self._rich(self._text(Column.RATIONALE))
        if kind[0] == "true_false":
            if self._filled_options():
                self._say("true_false_with_options", Verdict.HOLD, self._filled_options()[0])
            return TrueFalse(stem=stem, rationale=rationale, key=self._truth())
        by_index = {i: Option.create(self._rich(self._text(i))) for i in self._filled_options()}
        self._check_gaps(by_index)
        keys = tuple(by_index[i].id for i in self._keys(by_index))
        options = tuple(by_index.values())
        content: SingleChoice | MultipleChoice
        if kind[1] is not None:
            content = MultipleChoice(stem=stem, rationale=rationale, options=options, keys=keys, rule=kind[1])
        else:
            if len(keys) > 1:
                self._say("several_keys", Verdict.HOLD, Column.KEY, text=self._raw_text(Column.KEY)[:40])
            key = keys[0] if len(keys) == 1 else None
            content = SingleChoice(stem=stem, rationale=rationale, options=options, key=key)
        return self._pinned(content, by_index)

    def _check_gaps(self, by_index: dict[int, Option]) -> None:
        if not by_index:
            return
        gaps = [i for i in self._header.options if i < max(by_index) and i not in by_index]
        for gap in gaps:
            self._say("option_gap", Verdict.WARNING, gap, count=len(by_index))
        combinations = (find_combination(plain(option.text)) for option in by_index.values())
        if gaps and any(c and c.kind is CombinationKind.LETTER_REFERENCE for c in combinations):
            self._say("gap_shifts_letters", Verdict.HOLD, gaps[0])
        count = max(by_index) + 1
        if 2 <= count < self._usual_options and count in self._header.options:
            self._say(
                "option_missing", Verdict.WARNING, count, count=len(by_index), usual=self._usual_options
            )

    def _keys(self, by_index: dict[int, Option]) -> list[int]:
        text = self._text(Column.KEY)
        if not text:
            return []
        exact = [i for i, option in by_index.items() if tone_fold(plain(option.text)) == tone_fold(text)]
        numbers = (
            [int(n) - 1 for n in re.findall(r"[0-9]+", text)] if re.fullmatch(r"[1-8 ,;]+", text) else []
        )
        if numbers and exact and exact != numbers:
            self._say("ambiguous_key", Verdict.HOLD, Column.KEY, text=text[:40])
            return []
        is_text = len(exact) == 1 and len(text) > 1
        found = exact if is_text else _letters_of(text) or numbers or exact
        if not found:
            self._say("unreadable_key", Verdict.HOLD, Column.KEY, text=text[:80])
        elif not all(i in by_index for i in found):
            self._say("key_without_option", Verdict.HOLD, Column.KEY, text=text[:40])
            return []
        return found

    def _truth(self) -> bool | None:
        text = self._text(Column.KEY)
        if text and fold(text) not in TRUE_NAMES | FALSE_NAMES:
            self._say("unreadable_key", Verdict.HOLD, Column.KEY, text=text[:80])
            return None
        return fold(text) in TRUE_NAMES if text else None

    def _pinned(self, content: SingleChoice | MultipleChoice, by_index: dict[int, Option]) -> AnyContent:
        text = self._text(Column.PINNED)
        wanted = fold(text)
        letters = _letters_of(text)
        if wanted == fold(PINNED_NONE):
            return content
        if wanted == fold(PINNED_ALL):
            return content.model_copy(update={"order_locked": True})
        if letters and all(i in by_index for i in letters):
            ids = {by_index[i].id for i in letters}
            options = tuple(o.model_copy(update={"pinned": o.id in ids}) for o in content.options)
            return content.model_copy(update={"options": options})
        if wanted:
            self._say("unknown_pinning", Verdict.WARNING, Column.PINNED, text=text[:40])
        safe = apply_order_safety(content)
        if safe != content:
            self._say("order_protected", Verdict.OK, min(by_index))
        return safe

    def _level(self) -> CognitiveLevel | None:
        text = self._text(Column.LEVEL)
        try:
            return parse_level(text) if text else None
        except UnknownLevel:
            self._say("unknown_level", Verdict.WARNING, Column.LEVEL, text=text[:60])
            return None

    def _competency(self) -> str | None:
        text = self._text(Column.COMPETENCY)
        try:
            return parse_competency_code(text) if text else None
        except InvalidCompetencyCode:
            self._say("invalid_competency_code", Verdict.WARNING, Column.COMPETENCY, text=text[:60])
            return None

    def _expected_time(self) -> int | None:
        text = self._text(Column.EXPECTED_TIME)
        if not text:
            return None
        if re.fullmatch(r"[0-9]{1,4}", text) and 5 <= int(text) <= 7200:
            return int(text)
        self._say("invalid_time", Verdict.WARNING, Column.EXPECTED_TIME, text=text[:40])
        return None

    def _citations(self) -> tuple[Citation, ...]:
        citations = read_basis(self._text(Column.BASIS))
        for citation in citations:
            if citation.document_number is None and citation.article is None:
                self._say(
                    "citation_unreadable", Verdict.WARNING, Column.BASIS, text=(citation.title or "")[:120]
                )
        starts = self._dates(Column.IN_FORCE_FROM, count=len(citations))
        ends = self._dates(Column.IN_FORCE_TO, count=len(citations))
        dated: list[Citation] = []
        for citation, start, end in zip(citations, starts, ends, strict=True):
            if start and end and end <= start:
                self._say("invalid_dates", Verdict.WARNING, Column.IN_FORCE_TO)
            is_sound = not (start and end and end <= start)
            update = {"in_force_from": start, "in_force_to": end if is_sound else None}
            dated.append(citation.model_copy(update=update))
        return tuple(dated)

    def _dates(self, column: Column, *, count: int) -> list[date | None]:
        value = self._value(column)
        if value != "" and count == 0:
            self._say("dates_without_basis", Verdict.WARNING, column)
        if isinstance(value, date):
            return [value.date() if isinstance(value, datetime) else value] * count
        lines = self._text(column).split("\n") if value != "" else [""]
        dates: list[date | None] = []
        for line in lines:
            parsed = parse_date(line)
            if parsed is None and line.strip(" -"):
                self._say("unreadable_date", Verdict.WARNING, column, text=line[:40])
            dates.append(parsed)
        return dates * count if len(dates) == 1 else (dates + [None] * count)[:count]


_KEY_CODES = {
    "unreadable_key",
    "ambiguous_key",
    "key_without_option",
    "several_keys",
    "date_cell",
    "error_cell",
}


def _letters_of(text: str) -> list[int] | None:
    match = _LETTERS.fullmatch(fold(text))
    is_glued = match is not None and re.search(r"[a-h]{2}", match["letters"].replace("va", ""))
    if match is None or (is_glued and not text.isupper()):
        return None
    letters = re.findall(r"[a-h]", match["letters"].replace("va", ""))
    return sorted({ord(letter) - ord("a") for letter in letters})


def _date_readings(value: date) -> str:
    # 1/3 typed into a spreadsheet becomes 3 January of the current year, or 1 March, by the sender's locale.
    pairs = dict.fromkeys([(value.day, value.month), (value.month, value.day)])
    short = [f"{first}/{second}" for first, second in pairs]
    long = [f"{first:02d}/{second:02d}/{value.year}" for first, second in pairs if second <= 12]
    return "; ".join(short + long)


def parse_date(text: str) -> date | None:
    """Return the date written day first (01/07/2025, 1-7-2025) or as ISO 8601, or None."""
    match = re.fullmatch(r"\s*([0-9]{1,2})\s*[/.-]\s*([0-9]{1,2})\s*[/.-]\s*([0-9]{4})\s*", text)
    try:
        return (
            date(int(match[3]), int(match[2]), int(match[1])) if match else date.fromisoformat(text.strip())
        )
    except ValueError:
        return None


def read_basis(text: str) -> tuple[Citation, ...]:
    """Return the citations in a cell, by line or semicolon; what cannot be read is kept as a title."""
    citations: list[Citation] = []
    for part in re.split(r"[;\n]", text):
        if not part.strip(" .,"):
            continue
        try:
            citations += parse_citations(part)
        except UnreadableCitation:
            citations.append(Citation(title=part.strip()[:500]))
    return tuple(citations)
