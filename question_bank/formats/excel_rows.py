"""One spreadsheet row into one draft, with a finding for everything that was not plainly as it should be."""

import re

from pydantic import ValidationError

from question_bank.formats.cloze_parsing import MalformedGap, has_gaps
from question_bank.formats.drafting import Found
from question_bank.formats.excel_cells import RowCells
from question_bank.formats.excel_cloze import read_cloze
from question_bank.formats.excel_facts import (
    read_citations,
    read_competency,
    read_expected_time,
    read_level,
    read_rating,
)
from question_bank.formats.excel_layout import (
    FALSE_NAMES,
    PINNED_ALL,
    PINNED_NONE,
    TRUE_NAMES,
    TYPE_BY_SPELLING,
    TYPE_NAMES,
    Column,
)
from question_bank.formats.excel_options import RowOptions, read_options, split_stem
from question_bank.formats.excel_types import UnreadableCell, read_settings, type_fields
from question_bank.formats.reading import RowVerdict, Verdict
from question_bank.items import AnyContent, ItemDraft, parse_content
from question_bank.lint import CombinationKind, apply_order_safety, find_combination
from question_bank.text import fold, plain, tone_fold
from question_bank.types.content import Option, option_label
from question_bank.types.multiple_choice import MultipleChoice, MultipleChoiceRule
from question_bank.types.single_choice import SingleChoice
from question_bank.types.true_false import TrueFalse

TypeAndRule = tuple[str, MultipleChoiceRule | None]
_PREVIEW_CHARS = 200
_LETTERS = re.compile(r"(?:dap an|phuong an|cau|y)? ?(?P<letters>[a-h](?: ?(?:va )?[a-h])*)")
_STEM_NUMBER = re.compile(r"\s*(?:câu\s+hỏi|câu)\s*(?:số\s*)?[0-9]{1,4}\s*[.:)/\-–]\s*(?=\S)", re.IGNORECASE)


class RowReader:
    """Reads one row; `usual_options` is how many options most rows of the sheet have."""

    def __init__(self, cells: RowCells, *, usual_options: int = 0, reads_emphasis: bool = True) -> None:
        self._cells = cells
        self._usual_options = usual_options
        self._reads_emphasis = reads_emphasis
        self._options = RowOptions()
        self._text = ""

    def read(self) -> RowVerdict:
        """Return the verdict on the row."""
        cells = self._cells
        stem = self._stem()
        draft: ItemDraft | None = None
        kind = self._type()
        if not plain(stem) and "<img" not in stem:
            cells.say("missing_stem", Verdict.ERROR, Column.STEM)
        elif kind is not None:
            draft = self._draft(stem, kind)
        severity = max((f.severity for f in cells.findings), key=lambda s: s.rank, default=Verdict.OK)
        preview = plain(stem)[:_PREVIEW_CHARS]
        return RowVerdict(cells.sheet.name, cells.row + 1, severity, tuple(cells.findings), draft, preview)

    def _stem(self) -> str:
        """Return passage and question; takes the options out of the cell where they stand in it."""
        cells = self._cells
        text = cells.text(Column.STEM)
        self._options = read_options(cells, usual=self._usual_options)
        if not self._options.texts and (split := split_stem(cells, text)):
            text, self._options = split
            cells.say("options_in_stem", Verdict.OK, Column.STEM, count=len(self._options.texts))
        numbered = None if cells.header.is_house else _STEM_NUMBER.match(text)
        if numbered:
            text = text[numbered.end() :]
            cells.say("stem_number_removed", Verdict.OK, Column.STEM, text=numbered.group().strip())
        self._text = text
        passage = cells.rich(cells.text(Column.PASSAGE))
        if passage:
            cells.say("passage_joined", Verdict.WARNING, Column.PASSAGE)
        stem = cells.rich(text)
        return f"{passage}<br>{stem}" if passage and stem else passage or stem

    def _type(self) -> TypeAndRule | None:
        cells = self._cells
        text = cells.text(Column.TYPE)
        if text:
            kind = TYPE_BY_SPELLING.get(fold(text))
            if kind is None:
                known = ", ".join(TYPE_NAMES.values())
                cells.say("unknown_type", Verdict.ERROR, Column.TYPE, text=text[:60], known=known)
            return kind
        key = fold(cells.raw_text(Column.KEY))
        kind = ("single_choice", None)
        if not self._options.texts and has_gaps(self._text):
            kind = ("cloze", None)
        elif not self._options.texts and (
            key in ("dung", "sai") or isinstance(cells.value(Column.KEY), bool)
        ):
            kind = ("true_false", None)
        elif len(letters_of(cells.raw_text(Column.KEY)) or ()) > 1 or len(self._options.starred) > 1:
            kind = ("multiple_choice", MultipleChoiceRule.ALL_OR_NOTHING)
        if kind != ("single_choice", None):
            cells.say("type_inferred", Verdict.WARNING, Column.TYPE, type_name=TYPE_NAMES[kind])
        return kind

    def _draft(self, stem: str, kind: TypeAndRule) -> ItemDraft | None:
        cells = self._cells
        try:
            draft = ItemDraft(
                content=self._content(stem, kind),
                level=read_level(cells),
                competency=read_competency(cells),
                citations=read_citations(cells),
                difficulty_rating=read_rating(cells),
                expected_time_s=read_expected_time(cells),
                tags=tuple(re.split(r"\s*[,;\n]\s*", cells.text(Column.TAGS))),
                source_id=cells.text(Column.SOURCE_ID) or None,
            )
        except ValidationError as error:
            for detail in error.errors():
                name = ".".join(str(part) for part in detail["loc"])
                cells.say("invalid_value", Verdict.ERROR, Column.STEM, field=name)
            return None
        said = {finding.code for finding in cells.findings}
        for problem in draft.problems():
            is_said = problem.code == "empty_option" or (problem.code == "no_key" and said & KEY_CODES)
            if not is_said:
                cells.say(problem.code, Verdict.HOLD, self._place_of(problem.place), **problem.params)
        return draft

    def _place_of(self, place: str) -> Column | int:
        name, _, index = place.partition("/")
        if name == "options" and index:
            return self._options.place_of(sorted(self._options.texts)[int(index)])
        return Column.STEM if name in ("stem", "options") else Column.KEY

    def _content(self, stem: str, kind: TypeAndRule) -> AnyContent:
        cells = self._cells
        rationale = cells.rich(cells.text(Column.RATIONALE))
        if kind[0] not in ("single_choice", "multiple_choice", "true_false"):
            return self._other_content(kind[0], {"stem": stem, "rationale": rationale})
        if kind[0] == "true_false":
            if self._options.texts:
                cells.say("true_false_with_options", Verdict.HOLD, min(self._options.texts))
            return TrueFalse(stem=stem, rationale=rationale, key=self._truth())
        by_index = {i: Option.create(text) for i, text in sorted(self._options.texts.items())}
        self._check_gaps(by_index)
        keys = tuple(by_index[i].id for i in self._keys(by_index))
        options = tuple(by_index.values())
        content: SingleChoice | MultipleChoice
        if kind[1] is not None:
            content = MultipleChoice(stem=stem, rationale=rationale, options=options, keys=keys, rule=kind[1])
        else:
            if len(keys) > 1:
                cells.say("several_keys", Verdict.HOLD, Column.KEY, text=cells.raw_text(Column.KEY)[:40])
            key = keys[0] if len(keys) == 1 else None
            content = SingleChoice(stem=stem, rationale=rationale, options=options, key=key)
        return self._pinned(self._with_settings(content), by_index)

    def _with_settings(self, content: SingleChoice | MultipleChoice) -> SingleChoice | MultipleChoice:
        text = self._cells.text(Column.SETTINGS)
        if not text:
            return content
        try:
            fields = read_settings(content.type, text, [option.id for option in content.options])
        except UnreadableCell as error:
            self._cells.say("unreadable_setting", Verdict.HOLD, error.column, text=error.text[:80])
            return content
        changed = parse_content({**content.model_dump(), **fields}, is_trusted=True)
        assert isinstance(changed, SingleChoice | MultipleChoice)
        return changed

    def _other_content(self, kind: str, shared: dict[str, str]) -> AnyContent:
        cells = self._cells
        if kind == "cloze":
            return self._cloze(shared)
        fields: dict[str, object] = {}
        texts = self._options.texts
        try:
            ids: list[str] = []
            if kind != "case":
                key, rubric = cells.text(Column.KEY), cells.text(Column.RUBRIC)
                fields, ids = type_fields(kind, texts, key=key, rubric=rubric, rich=cells.rich)
            fields |= read_settings(kind, cells.text(Column.SETTINGS), ids)
        except UnreadableCell as error:
            code = "unreadable_key" if error.column is Column.KEY else "unreadable_setting"
            cells.say(code, Verdict.HOLD, error.column, text=error.text[:80])
        content = parse_content({"type": kind, **shared, **fields})
        letters = letters_of(cells.text(Column.PINNED))
        return with_pins(content, cells.text(Column.PINNED), letters or [])

    def _cloze(self, shared: dict[str, str]) -> AnyContent:
        """Return the text with the gaps that are written in it."""
        cells = self._cells
        found = Found(cells.row + 1)
        fields: dict[str, object] = {}
        try:
            settings = read_settings("cloze", cells.text(Column.SETTINGS), [])
            fields = read_cloze(self._text, settings, found, rich=cells.rich, is_html=cells.is_html)
            # A passage stands before the text; `shared` holds both as they are in their cells.
            passage = shared["stem"].removesuffix(cells.rich(self._text))
            fields["stem"] = f"{passage}{fields['stem']}"
        except UnreadableCell as error:
            cells.say("unreadable_setting", Verdict.HOLD, error.column, text=error.text[:80])
        except MalformedGap as error:
            cells.say(error.code, Verdict.HOLD, Column.STEM, **error.params)
        for one in found.findings:
            cells.say(one.code, one.severity, Column.STEM, **one.params)
        return parse_content({"type": "cloze", **shared, **fields})

    def _check_gaps(self, by_index: dict[int, Option]) -> None:
        if not by_index or self._options.is_split:
            return
        cells, columns = self._cells, self._cells.header.options
        gaps = [i for i in columns if i < max(by_index) and i not in by_index]
        for gap in gaps:
            cells.say("option_gap", Verdict.WARNING, gap, count=len(by_index))
        combinations = (find_combination(plain(option.text)) for option in by_index.values())
        if gaps and any(c and c.kind is CombinationKind.LETTER_REFERENCE for c in combinations):
            cells.say("gap_shifts_letters", Verdict.HOLD, gaps[0])
        count = max(by_index) + 1
        if 2 <= count < self._usual_options and count in columns:
            cells.say(
                "option_missing", Verdict.WARNING, count, count=len(by_index), usual=self._usual_options
            )

    def _keys(self, by_index: dict[int, Option]) -> list[int]:
        """Return the indexes that the key column and the marks of the options agree on."""
        cells = self._cells
        stated = self._stated_keys(by_index)
        shown = self._options.emphasised if self._reads_emphasis else set()
        claims = [set(stated)] if stated else []
        claims += [marked for marked in (self._options.starred, shown) if marked]
        if len({frozenset(claim) for claim in claims}) > 1:
            letters = " / ".join(", ".join(option_label(i) for i in sorted(claim)) for claim in claims)
            cells.say("keys_conflict", Verdict.HOLD, Column.KEY, text=letters)
            return []
        if claims and not stated:
            cells.say("key_from_marks", Verdict.OK, Column.KEY)
        return sorted(claims[0]) if claims else []

    def _stated_keys(self, by_index: dict[int, Option]) -> list[int]:
        cells = self._cells
        text = "" if cells.below else cells.text(Column.KEY)
        if not text or (cells.below and self._options.starred):
            return []
        exact = [i for i, option in by_index.items() if tone_fold(plain(option.text)) == tone_fold(text)]
        numbers = (
            [int(n) - 1 for n in re.findall(r"[0-9]+", text)] if re.fullmatch(r"[1-8 ,;]+", text) else []
        )
        if numbers and exact and exact != numbers:
            cells.say("ambiguous_key", Verdict.HOLD, Column.KEY, text=text[:40])
            return []
        is_text = len(exact) == 1 and len(text) > 1
        found = exact if is_text else letters_of(text) or numbers or exact or _lettered(text, by_index)
        if not found:
            cells.say("unreadable_key", Verdict.HOLD, Column.KEY, text=text[:80])
        elif not all(i in by_index for i in found):
            cells.say("key_without_option", Verdict.HOLD, Column.KEY, text=text[:40])
            return []
        return found

    def _truth(self) -> bool | None:
        text = self._cells.text(Column.KEY)
        if text and fold(text) not in TRUE_NAMES | FALSE_NAMES:
            self._cells.say("unreadable_key", Verdict.HOLD, Column.KEY, text=text[:80])
            return None
        return fold(text) in TRUE_NAMES if text else None

    def _pinned(self, content: SingleChoice | MultipleChoice, by_index: dict[int, Option]) -> AnyContent:
        cells = self._cells
        text = cells.text(Column.PINNED)
        wanted = fold(text)
        letters = letters_of(text)
        if wanted == fold(PINNED_NONE):
            return content
        if wanted == fold(PINNED_ALL):
            return content.model_copy(update={"order_locked": True})
        if letters and all(i in by_index for i in letters):
            ids = {by_index[i].id for i in letters}
            options = tuple(o.model_copy(update={"pinned": o.id in ids}) for o in content.options)
            return content.model_copy(update={"options": options})
        if wanted:
            cells.say("unknown_pinning", Verdict.WARNING, Column.PINNED, text=text[:40])
        safe = apply_order_safety(content)
        if safe != content:
            cells.say("order_protected", Verdict.OK, self._options.place_of(min(by_index)))
        return safe


def with_pins(content: AnyContent, text: str, letters: list[int]) -> AnyContent:
    """Return the content with its shuffling as the pinning column says, where its type has any."""
    if fold(text) == fold(PINNED_ALL) and hasattr(content, "order_locked"):
        return content.model_copy(update={"order_locked": True})
    for field in ("statements", "targets", "options"):
        entries = getattr(content, field, ())
        if letters and entries and max(letters) < len(entries):
            pinned = tuple(e.model_copy(update={"pinned": i in letters}) for i, e in enumerate(entries))
            return content.model_copy(update={field: pinned})
    return content


KEY_CODES = frozenset(
    {
        "unreadable_key",
        "ambiguous_key",
        "key_without_option",
        "several_keys",
        "keys_conflict",
        "date_cell",
        "error_cell",
    }
)
"""Findings that already say why a row has no key."""


def letters_of(text: str) -> list[int] | None:
    """Return the indexes that a cell such as `A, C` or `Đáp án B` names, or None where it is none."""
    match = _LETTERS.fullmatch(fold(text))
    is_glued = match is not None and re.search(r"[a-h]{2}", match["letters"].replace("va", ""))
    if match is None or (is_glued and not text.isupper()):
        return None
    letters = re.findall(r"[a-h]", match["letters"].replace("va", ""))
    return sorted({ord(letter) - ord("a") for letter in letters})


def _lettered(text: str, by_index: dict[int, Option]) -> list[int]:
    """Return the index of a key written with its text (`B. Chính phủ`), if letter and text agree."""
    match = re.fullmatch(r"\s*([A-H])\s*[.):]\s*(\S.*)", text, re.DOTALL)
    if match is None:
        return []
    index = ord(match[1]) - ord("A")
    option = by_index.get(index)
    is_same = option is not None and tone_fold(plain(option.text)) == tone_fold(match[2])
    return [index] if is_same else []
