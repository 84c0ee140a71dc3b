"""One block of lines into the verdict on its question: stem, options, every mark of the key, the rest named."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from question_bank.formats.drafting import Found, choice_content, draft_of, keep_order_safe
from question_bank.formats.excel_facts import read_basis
from question_bank.formats.inline_objects import InlineObjects
from question_bank.formats.layout_blocks import Block
from question_bank.formats.layout_lines import Emphasis, Line, Stretch
from question_bank.formats.layout_options import FoundOption, RunTracker, find_options
from question_bank.formats.layout_signs import (
    ANSWER_HEADING,
    FIELD_LINE,
    INLINE_KEY,
    KEY_LINE,
    is_junk,
    is_noise,
)
from question_bank.formats.layout_types import (
    cluster_content,
    is_cluster_key,
    truths_at_ends,
    truths_of_key,
    written_content,
)
from question_bank.formats.reading import RowVerdict, Verdict
from question_bank.taxonomy import UnknownLevel, parse_level
from question_bank.text import clean_text, fold, rich_from_plain, tone_fold
from question_bank.types.content import option_label
from question_bank.types.multiple_choice import MultipleChoiceRule

_LETTERS = re.compile(r"\(?([A-Ha-h])\)?(?:\s*(?:,|;|và|\+|&)\s*\(?([A-Ha-h])\)?)*\s*[.)]?")
_LETTER_AND_TEXT = re.compile(r"([A-H])\s*[.):]\s*(\S.*)")
_LIST_ITEM = re.compile(r"\s*(?:[-+•*–]\s|\(?[a-z0-9]{1,2}[.)]\s)")
_TRUE, _FALSE = frozenset({"dung", "d", "true"}), frozenset({"sai", "s", "false"})
_NOTES = {
    "image": ("media_not_kept", Verdict.HOLD, {"tags": "img"}),
    "vector": ("vector_not_kept", Verdict.HOLD, {}),
    "object": ("media_not_kept", Verdict.HOLD, {"tags": "object"}),
    "textbox": ("media_not_kept", Verdict.HOLD, {"tags": "textbox"}),
    "formula": ("formula_as_text", Verdict.WARNING, {}),
    "deleted": ("tracked_changes_accepted", Verdict.WARNING, {}),
}


@dataclass(slots=True)
class _Parts:
    body: list[Line] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    rationale: list[str] = field(default_factory=list)
    basis: list[str] = field(default_factory=list)
    level: str = ""
    guidance: list[str] = field(default_factory=list)
    is_written: bool = False
    ignored: list[Line] = field(default_factory=list)
    tracker: RunTracker = field(default_factory=RunTracker)


class QuestionReader:
    """Reads one block; `table_keys` are the letters that a key table gives for its number."""

    def __init__(
        self,
        block: Block,
        *,
        sheet: str = "",
        table_keys: Sequence[str] = (),
        counted: bool,
        objects: InlineObjects | None = None,
    ) -> None:
        self._objects = objects or InlineObjects()
        self._block = block
        self._table_keys = table_keys
        self._counted = counted
        self._found = Found(block.row, sheet)
        self._parts = _Parts()

    def read(self) -> RowVerdict:
        """Return the verdict."""
        self._sort_lines()
        stretch = Stretch(self._parts.body)
        options = find_options(stretch.text, with_numbers=self._counted)
        first = options[0].marker[0] if options else len(stretch.text)
        stem = self._rich(stretch.text[:first])
        self._say_notes()
        self._check_labels(options)
        texts = [self._rich(stretch.text[option.start : option.end]) for option in options]
        content = self._content(stem, texts, options=options, stretch=stretch)
        draft = draft_of(self._found, content, **self._metadata())
        preview = stem or " / ".join(texts)
        for line in self._parts.ignored:
            self._found.say("line_ignored", Verdict.WARNING, line=line.number, text=line.text.strip()[:80])
        return self._found.verdict(draft and keep_order_safe(self._found, draft), preview=preview)

    def _rich(self, text: str) -> str:
        return self._objects.placed(rich_from_plain(_joined(text)))

    def _sort_lines(self) -> None:
        """Put every line where it belongs; what follows the options and is no part of them is set aside."""
        parts = self._parts
        is_over = False
        for line in self._block.lines:
            text = line.text.strip()
            if not text:
                continue
            field_match = FIELD_LINE.fullmatch(text)
            if parts.body and field_match:
                self._take_field(field_match["name"], field_match["value"])
                is_over = True
            elif parts.body and self._is_key(text):
                is_over = True
            elif parts.body and not parts.tracker.has_run and ANSWER_HEADING.fullmatch(text):
                is_over = parts.is_written = True
            elif is_over:
                self._take_rest(line)
            elif is_junk(text) or (
                parts.tracker.has_run and is_noise(text) and not parts.tracker.expects(line.text)
            ):
                parts.ignored.append(line)
            else:
                parts.tracker.feed(line.text)
                parts.body.append(self._without_inline_key(line))
        # A last line that begins anew after whole options is the title of the next section, not their end.
        if len(parts.body) > 1 and self._is_title(parts.body[-1]):
            parts.ignored.insert(0, parts.body.pop())

    def _is_title(self, line: Line) -> bool:
        text = line.text.strip()
        before = self._block.lines.index(line) if line in self._block.lines else 0
        follows_gap = before > 0 and not self._block.lines[before - 1].text.strip()
        is_short = len(text) <= 60 and text[:1].isupper() and not text.endswith((".", ";", ",", "!"))
        return (
            follows_gap
            and is_short
            and _has_run(self._parts.body[:-1])
            and not any(option.marker[0] == 0 for option in find_options(text, with_numbers=True))
        )

    def _is_key(self, text: str) -> bool:
        match = KEY_LINE.fullmatch(text)
        if match is None:
            return False
        key = match["key"].strip(" *_.")
        is_plain = _LETTERS.fullmatch(key) or _LETTER_AND_TEXT.fullmatch(key) or fold(key) in _TRUE | _FALSE
        if is_plain or is_cluster_key(key):
            self._parts.keys.append(key)
            return True
        # "Đáp án nào đúng?" is text; with a colon, it is a key that has to be understood.
        if ":" not in match["delimiter"]:
            return False
        if key:
            self._parts.keys.append(key)
        self._parts.is_written |= not self._parts.tracker.has_run
        return True

    def _without_inline_key(self, line: Line) -> Line:
        match = INLINE_KEY.search(line.text)
        if match is None or not self._parts.tracker.has_run:
            return line
        self._parts.keys.append(match["key"])
        return line.part(0, match.start())

    def _take_field(self, name: str, value: str) -> None:
        folded = fold(name)
        if folded.startswith(("can cu", "co so")):
            self._parts.basis.append(value)
        elif folded.startswith("muc do"):
            self._parts.level = value
        elif folded.startswith(("goi y", "huong dan cham", "huong dan tra loi")):
            self._parts.guidance.append(value)
            self._parts.is_written = True
        else:
            self._parts.rationale.append(value)

    def _take_rest(self, line: Line) -> None:
        parts = self._parts
        if parts.is_written and not is_noise(line.text):
            parts.guidance.append(line.text)
        elif parts.rationale and not is_noise(line.text):
            parts.rationale.append(line.text)
        else:
            parts.ignored.append(line)

    def _check_labels(self, options: Sequence[FoundOption]) -> None:
        wanted = [option_label(index) for index in range(len(options))]
        labels = [option.label for option in options]
        if labels and labels != wanted:
            missing = sorted(set(map(option_label, range(ord(max(labels)) - ord("A") + 1))) - set(labels))
            self._found.say("option_label_missing", Verdict.HOLD, text=", ".join(missing))

    def _content(
        self, stem: str, texts: list[str], *, options: Sequence[FoundOption], stretch: Stretch
    ) -> dict[str, Any]:
        rationale = self._objects.placed(rich_from_plain("\n".join(self._parts.rationale)))
        shared = {"stem": stem, "rationale": rationale}
        if not options and self._parts.keys and fold(self._parts.keys[0]) in _TRUE | _FALSE:
            return {"type": "true_false", "key": fold(self._parts.keys[0]) in _TRUE, **shared}
        if not options and (self._parts.is_written or self._block.is_essay):
            return self._written(shared)
        cluster = self._cluster(shared, texts, options=options, stretch=stretch)
        if cluster is not None:
            return cluster
        keys = self._keys(options, texts, stretch=stretch)
        rule = None
        if len(keys) > 1:
            rule = MultipleChoiceRule.ALL_OR_NOTHING
            self._found.say(
                "taken_as_multiple", Verdict.WARNING, text=", ".join(options[i].label for i in keys)
            )
        return choice_content(stem, texts, keys=keys, rationale=rationale, rule=rule)

    def _written(self, shared: dict[str, Any]) -> dict[str, Any]:
        parts = self._parts
        key = parts.keys[0] if parts.keys else ""
        guidance = "\n".join([*parts.keys[1:], *parts.guidance])
        whole = self._objects.placed(rich_from_plain("\n".join(text for text in (key, guidance) if text)))
        made = written_content(shared, key, whole if guidance else "", is_essay=self._block.is_essay)
        if made["type"] == "short_text":
            self._found.say("taken_as_short_text", Verdict.WARNING, text=key)
            return made
        self._found.say("taken_as_essay", Verdict.WARNING)
        return {**made, "guidance": whole}

    def _cluster(
        self, shared: dict[str, Any], texts: list[str], *, options: Sequence[FoundOption], stretch: Stretch
    ) -> dict[str, Any] | None:
        """Return a cluster of statements where a key or the end of every option says true or false of each."""
        labels = [option.label for option in options]
        truths = truths_of_key(self._parts.keys, labels) if len(options) > 1 else None
        if truths is None:
            ends = [option.marker[0] for option in options[1:]] + [len(stretch.text)]
            whole = [stretch.text[o.start : end].strip() for o, end in zip(options, ends, strict=False)]
            marked = truths_at_ends(whole)
            if marked is None:
                return None
            texts, truths = [self._rich(text) for text in marked[0]], marked[1]
        self._found.say("taken_as_cluster", Verdict.OK)
        return cluster_content(shared, texts, truths)

    def _keys(self, options: Sequence[FoundOption], texts: list[str], *, stretch: Stretch) -> list[int]:
        """Return the indexes that all marks of the key agree on; contradictions are said and give none."""
        stated = [self._stated(key, options, texts=texts) for key in self._parts.keys]
        if self._table_keys:
            stated.append(_indexes(self._table_keys, options))
            if stated[-1] is None:
                self._found.say("key_not_found", Verdict.HOLD, text=", ".join(self._table_keys))
        starred = {index for index, option in enumerate(options) if option.is_starred}
        shown = _emphasised(options, stretch)
        claims = [keys for keys in stated if keys]
        claims += [marked for marked in (starred, shown) if marked]
        if len({frozenset(claim) for claim in claims}) > 1:
            letters = " / ".join(", ".join(options[i].label for i in sorted(claim)) for claim in claims)
            self._found.say("keys_conflict", Verdict.HOLD, text=letters)
            return []
        if claims and not any(stated):
            self._found.say("key_from_marks", Verdict.OK)
        return sorted(claims[0]) if claims else []

    def _stated(self, key: str, options: Sequence[FoundOption], *, texts: list[str]) -> set[int] | None:
        with_text = _LETTER_AND_TEXT.fullmatch(key)
        if _LETTERS.fullmatch(key) or with_text:
            letters = [with_text[1]] if with_text else re.findall("[A-H]", key.upper())
            found = _indexes(letters, options)
            if found is None:
                self._found.say("key_not_found", Verdict.HOLD, text=key[:40])
            return found
        same = {i for i, text in enumerate(texts) if tone_fold(text) == tone_fold(rich_from_plain(key))}
        if len(same) != 1:
            self._found.say("key_unreadable", Verdict.HOLD, text=key[:80])
        return same if len(same) == 1 else None

    def _metadata(self) -> dict[str, Any]:
        metadata: dict[str, Any] = {}
        if self._parts.basis:
            citations = read_basis("\n".join(self._parts.basis))
            for citation in citations:
                if citation.document_number is None and citation.article is None:
                    self._found.say("basis_kept_as_text", Verdict.WARNING, text=(citation.title or "")[:120])
            metadata["citations"] = citations[:20]
        if self._parts.level:
            try:
                metadata["level"] = parse_level(clean_text(self._parts.level).strip(" ."))
            except UnknownLevel:
                self._found.say("level_unknown", Verdict.WARNING, text=self._parts.level[:60])
        if self._block.level is not None:
            self._found.say("level_mark_as_tag", Verdict.OK, number=self._block.level)
            metadata["tags"] = (f"mức {self._block.level}",)
        return metadata

    def _say_notes(self) -> None:
        for note in dict.fromkeys(note for line in self._block.lines for note in line.notes):
            code, severity, params = _NOTES[note]
            self._found.say(code, severity, None, **params)


def _has_run(lines: Sequence[Line]) -> bool:
    return len(find_options("\n".join(line.text for line in lines), with_numbers=True)) > 1


def _indexes(letters: Sequence[str], options: Sequence[FoundOption]) -> set[int] | None:
    by_label = {option.label: index for index, option in enumerate(options)}
    return {by_label[letter] for letter in letters} if all(letter in by_label for letter in letters) else None


def _emphasised(options: Sequence[FoundOption], stretch: Stretch) -> set[int]:
    """Return the options set off from the others by the most telling emphasis, in their text or their letter."""
    by_text = [stretch.emphasised(option.start, option.end) for option in options]
    by_letter = [stretch.emphasised(*option.marker) for option in options]
    for emphases in (by_text, by_letter):
        for emphasis in Emphasis:
            marked = {index for index, found in enumerate(emphases) if emphasis in found}
            if 0 < len(marked) < len(options):
                return marked
    return set()


def _joined(text: str) -> str:
    """Return wrapped lines as running text; lines that are points of a list stay lines."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    joined = ""
    for line in lines:
        joined += ("\n" if _LIST_ITEM.match(line) else " ") + line if joined else line
    return joined
