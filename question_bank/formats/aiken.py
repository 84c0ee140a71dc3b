"""Aiken, the simplest of Moodle's text formats: single-choice questions in plain text.

A question on one line, options `A) …` or `A. …`, then `ANSWER: B`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from question_bank.formats.encoding import Encoding, decode
from question_bank.formats.moodle_export import unsupported_fields
from question_bank.formats.moodle_question import MAX_ANSWERS, MoodleAnswer, MoodleQuestion, plain_text
from question_bank.formats.moodle_reading import reading_of
from question_bank.formats.reading import ImportReading, RowFinding, Verdict
from question_bank.formats.unsupported import Unsupported, UnsupportedItem
from question_bank.items import ItemDraft, semantic_hash
from question_bank.text import plain, rich_from_plain
from question_bank.types.content import option_label
from question_bank.types.single_choice import SingleChoice

_MAX_LINES = 2 * MAX_ANSWERS
_OPTION = re.compile(r"([A-Z])[).][ \t]?(.*)")
_ANSWER = re.compile(r"ANSWER:\s*(.*)")


def read(data: bytes, *, encoding: Encoding | None = None) -> ImportReading:
    """Return the verdict on every question; `encoding` is one that a person has confirmed.

    Raises:
        UnreadableText: see `decode`; also `no_questions` and `too_many_questions`.
    """
    decoded = decode(data, confirmed=encoding)
    return reading_of(parse(decoded.text), findings=decoded.findings)


@dataclass(slots=True)
class _Pending:
    row: int = 0
    lines: int = 0
    stem: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)
    findings: list[RowFinding] = field(default_factory=list)

    def take(self, line: str, number: int) -> None:
        self.row = self.row or number
        self.lines += 1
        if self.lines > _MAX_LINES:
            if self.lines == _MAX_LINES + 1:
                params = {"count": self.lines, "limit": MAX_ANSWERS}
                self.findings.append(RowFinding("too_many_answers", Verdict.ERROR, None, params))
        elif match := _OPTION.fullmatch(line):
            self.letters.append(match[1])
            self.options.append(match[2].strip())
        elif self.options:
            self.options[-1] += f"\n{line}"
            self.findings.append(RowFinding("wrapped_line", Verdict.WARNING, None, {"line": number}))
        else:
            self.stem.append(line)

    def question(self, answer: str | None) -> MoodleQuestion:
        key = answer[:1].upper() if answer else ""
        if key not in self.letters or self.letters.count(key) > 1:
            code = "key_not_found" if answer else "answer_line_missing"
            self.findings.append(RowFinding(code, Verdict.HOLD, None, {"text": (answer or "")[:40]}))
        elif answer and len(answer.strip(" .")) > 1:
            params = {"text": answer[:40], "used": key}
            self.findings.append(RowFinding("answer_rest_ignored", Verdict.WARNING, None, params))
        is_only = self.letters.count(key) == 1
        answers = tuple(
            MoodleAnswer(plain_text(text), Decimal(int(is_only and letter == key)))
            for letter, text in zip(self.letters, self.options, strict=True)
        )
        stem = plain_text("\n".join(self.stem))
        return MoodleQuestion("multichoice", self.row, stem, answers=answers, findings=tuple(self.findings))


def parse(text: str) -> Iterator[MoodleQuestion]:
    """Yield every question; one without its ANSWER line carries a finding and no key."""
    pending = _Pending()
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.strip()
        if match := _ANSWER.fullmatch(line):
            pending.row = pending.row or number
            yield pending.question(match[1])
            pending = _Pending()
        elif line:
            pending.take(line, number)
    if pending.row:
        yield pending.question(None)


def unsupported(draft: ItemDraft) -> Unsupported | None:
    """Return why the draft would lose something in Aiken, or None if it reads back the same."""
    content = draft.content
    if not isinstance(content, SingleChoice):
        return Unsupported("type_not_supported", {"type": content.type})
    held = {
        "giải thích (rationale)": content.rationale,
        "mã câu hỏi (item code)": draft.source_id,
        "căn cứ (legal basis)": draft.citations,
        "năng lực (competency)": draft.competency,
        "mức độ (level)": draft.level,
        "thời gian (expected time)": draft.expected_time_s,
        "độ khó (difficulty)": draft.difficulty_rating,
        "từ khóa (tags)": draft.tags,
    }
    if fields := ", ".join(name for name, value in held.items() if value):
        return Unsupported("metadata_not_supported", {"fields": fields})
    if reason := unsupported_fields(draft, is_gift=True):
        return reason
    texts = [content.stem, *(option.text for option in content.options)]
    if any("<br>" in text or rich_from_plain(plain(text)) != text for text in texts):
        return Unsupported("markup_not_supported")
    (row, *more) = reading_of(parse(_block(content))).rows
    if more or row.draft is None or semantic_hash(row.draft) != semantic_hash(draft):
        return Unsupported("text_reads_differently")
    return None


def write(items: Iterable[ItemDraft]) -> bytes:
    """Return an Aiken file, UTF-8, with a question per item.

    Raises:
        UnsupportedItem: an item would lose something; see `unsupported`.
    """
    blocks: list[str] = []
    for index, draft in enumerate(items):
        reason = unsupported(draft)
        if reason is not None or not isinstance(draft.content, SingleChoice):
            raise UnsupportedItem(
                index, reason or Unsupported("type_not_supported", {"type": draft.content.type})
            )
        blocks.append(_block(draft.content))
    return "\n".join(blocks).encode()


def template() -> bytes:
    """Return an empty file."""
    return b""


def _block(content: SingleChoice) -> str:
    lines = [plain(content.stem)]
    lines += [f"{option_label(i)}. {plain(option.text)}" for i, option in enumerate(content.options)]
    key = next(i for i, option in enumerate(content.options) if option.id == content.key)
    return "\n".join([*lines, f"ANSWER: {option_label(key)}", ""])
