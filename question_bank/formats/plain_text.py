"""Question documents as plain text, in the layouts that Vietnamese question banks are passed around in.

`Câu 1.`, `Câu hỏi 1:`, `1.` or no number; options `A.`, `a)`, `1.`, on lines of their own or glued together;
the key as `Đáp án: B`, `ANSWER: C`, a star, or a table at the end. Tables with a header are read as
spreadsheets are. Every filled line is part of a question or named.
"""

from collections.abc import Sequence

from question_bank.formats.comparing import compare_rows
from question_bank.formats.delimited import read_table
from question_bank.formats.encoding import Encoding, UnreadableText, decode
from question_bank.formats.inline_objects import InlineObjects
from question_bank.formats.layout_blocks import Block, Blocks, split_blocks
from question_bank.formats.layout_lines import Line, tidy
from question_bank.formats.layout_passages import Passage, join_case, members
from question_bank.formats.layout_questions import QuestionReader
from question_bank.formats.layout_signs import Numbering, has_answer, take_key_table
from question_bank.formats.moodle_reading import MAX_QUESTIONS
from question_bank.formats.reading import ImportReading, RowFinding, RowVerdict, Verdict
from question_bank.formats.soundness import checked_rows
from question_bank.types.content import ChoiceContent

MAX_LINES = 200_000
MAX_LINE_CHARS = 100_000
_SAMPLE_CHARS = 100_000


def read(data: bytes, *, encoding: Encoding | None = None) -> ImportReading:
    """Return the verdict on every question; `encoding` is one that a person has confirmed.

    Raises:
        UnreadableText: see `decode` and `read_lines`; also `program_text`.
    """
    decoded = decode(data, confirmed=encoding)
    if _is_program(decoded.text):
        raise UnreadableText("program_text")
    table = read_table(decoded.text)
    if table is not None:
        return ImportReading(table.rows, (*decoded.findings, *table.findings))
    lines = [Line(number, tidy(text)) for number, text in enumerate(decoded.text.split("\n"), start=1)]
    reading = read_lines(lines)
    return ImportReading(
        tuple(compare_rows(checked_rows(reading.rows))), (*decoded.findings, *reading.findings)
    )


def read_lines(lines: Sequence[Line], *, objects: InlineObjects | None = None) -> ImportReading:
    """Return the verdict on every question of a document given as lines, not yet compared with each other.

    `objects` are the formulas and images whose signs stand in the lines.

    Raises:
        UnreadableText: `no_questions`, `too_many_questions`, `text_too_long`.
    """
    if len(lines) > MAX_LINES or any(len(line.text) > MAX_LINE_CHARS for line in lines):
        raise UnreadableText("text_too_long", {"limit": MAX_LINES, "chars": MAX_LINE_CHARS})
    body, table, is_ambiguous = take_key_table(lines)
    blocks = split_blocks(body)
    if len(blocks.questions) > MAX_QUESTIONS:
        raise UnreadableText("too_many_questions", {"limit": MAX_QUESTIONS})
    findings = [
        RowFinding("line_ignored", Verdict.OK, None, {"line": line.number, "text": line.text.strip()[:80]})
        for line in blocks.others
    ]
    numbers = [block.number for block in blocks.questions]
    if table and (is_ambiguous or len(set(numbers)) < len(numbers)):
        findings.append(RowFinding("key_table_ambiguous", Verdict.WARNING))
        table = {}
    unused = sorted(set(table) - set(numbers))
    if unused:
        shown = ", ".join(map(str, unused[:20]))
        findings.append(RowFinding("key_table_unused", Verdict.WARNING, None, {"text": shown}))
    is_counted = blocks.numbering is Numbering.WORD
    objects = objects or InlineObjects()
    verdicts = [
        QuestionReader(
            block, table_keys=table.get(block.number, ()), counted=is_counted, objects=objects
        ).read()
        for block in blocks.questions
    ]
    verdicts = _with_cases(blocks, verdicts, findings, objects=objects)
    if not any(_has_answers(verdict) for verdict in verdicts):
        raise UnreadableText("no_questions")
    return ImportReading(tuple(verdicts), tuple(findings))


def _with_cases(
    blocks: Blocks, verdicts: list[RowVerdict], findings: list[RowFinding], *, objects: InlineObjects
) -> list[RowVerdict]:
    """Return the verdicts with one for each passage and its questions in the place of these."""
    numbers = [block.number for block in blocks.questions]
    ends = [passage.before for passage in blocks.passages[1:]] + [len(verdicts)]
    before: dict[int, list[RowVerdict]] = {}
    joined: dict[int, RowVerdict] = {}
    gone: set[int] = set()
    for passage, until in zip(blocks.passages, ends, strict=False):
        indexes = members(passage, numbers, until=until)
        case = join_case(passage, [verdicts[i] for i in indexes], objects)
        if case is not None:
            joined[indexes[0]] = case
            gone |= set(indexes[1:])
        elif not indexes and any(has_answer(line.text) for line in passage.lines):
            essay = Block(passage.before + 1, passage.row, list(passage.lines), is_essay=True)
            verdict = QuestionReader(essay, counted=True, objects=objects).read()
            before.setdefault(passage.before, []).append(verdict)
        else:
            findings += _unused(passage)
    placed: list[RowVerdict] = []
    for index in range(len(verdicts) + 1):
        placed += before.get(index, [])
        if index < len(verdicts) and index not in gone:
            placed.append(joined.get(index, verdicts[index]))
    return placed


def _unused(passage: Passage) -> list[RowFinding]:
    found = [RowFinding("passage_without_questions", Verdict.WARNING, None, {"line": passage.row})]
    for line in passage.lines:
        if line.text.strip():
            params: dict[str, str | int] = {"line": line.number, "text": line.text.strip()[:80]}
            found.append(RowFinding("line_ignored", Verdict.OK, None, params))
    return found


def _has_answers(verdict: RowVerdict) -> bool:
    """Tell whether a verdict is on more than a paragraph that happens to be numbered."""
    if verdict.draft is None or not isinstance(verdict.draft.content, ChoiceContent):
        return verdict.draft is not None
    return len(verdict.draft.content.options) > 1


def _is_program(text: str) -> bool:
    """Tell whether the text is data or a program: most of its lines end as no sentence does."""
    lines = [line for raw in text[:_SAMPLE_CHARS].split("\n") if (line := raw.strip())]
    ends = sum(line.endswith(("{", "}", "[", "]", ",", "};", "],", "},", ");")) for line in lines)
    return len(lines) > 0 and ends > 0.6 * len(lines) and text.count('"') + text.count("'") > len(lines)
