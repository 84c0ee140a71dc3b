"""Lines of a question document into one block per question, with the lines that belong to none."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from question_bank.formats.layout_lines import Line
from question_bank.formats.layout_options import RunTracker
from question_bank.formats.layout_passages import Passage, is_passage_start
from question_bank.formats.layout_signs import (
    KEY_LINE,
    Numbering,
    bracket_start,
    essay_heading,
    is_noise,
    number_start,
    numbering_of,
    split_inline,
    word_start,
)

_MAX_SKIPPED = 20
"""How many questions may be missing before a number counts as text."""


MAX_BLOCK_LINES = 400
MAX_BLOCK_CHARS = 60_000
"""No question is longer; what follows an unfinished one stays bounded."""


@dataclass(slots=True)
class Block:
    """The lines of one question; `number` is its own number or, where it has none, its place in the file."""

    number: int
    row: int
    lines: list[Line] = field(default_factory=list)
    level: int | None = None
    is_essay: bool = False
    tracker: RunTracker = field(default_factory=RunTracker)
    chars: int = 0

    @property
    def is_answered(self) -> bool:
        """Tell whether what follows may be something new: the question has its options, or its key."""
        return self.tracker.has_run or any(KEY_LINE.fullmatch(line.text.strip()) for line in self.lines)

    def add(self, line: Line) -> bool:
        """Take a line; False where the block is full."""
        if len(self.lines) == MAX_BLOCK_LINES or self.chars + len(line.text) > MAX_BLOCK_CHARS:
            return False
        self.lines.append(line)
        self.chars += len(line.text) + 1
        self.tracker.feed(line.text)
        return True


@dataclass(slots=True)
class Blocks:
    """The questions of a document, the filled lines that belong to none, how questions are counted, shared passages."""

    questions: list[Block]
    others: list[Line]
    numbering: Numbering
    passages: list[Passage] = field(default_factory=list)


def split_blocks(lines: Sequence[Line]) -> Blocks:
    """Return the lines by question."""
    numbering = numbering_of(lines)
    found = _uncounted(lines) if numbering is Numbering.NONE else _counted(lines, numbering)
    if numbering is Numbering.NUMBER and not any(block.tracker.has_run for block in found.questions):
        found = _uncounted(lines)  # the numbers are not those of questions
    found.others = [line for line in found.others if line.text.strip()]
    return found


def _counted(lines: Sequence[Line], numbering: Numbering) -> Blocks:
    found = Blocks([], [], numbering)
    last = 0
    passage: Passage | None = None
    in_essays = False
    for whole in lines:
        for line in split_inline(whole, last=last) if numbering is Numbering.WORD else [whole]:
            current = found.questions[-1] if found.questions else None
            start = _start(line, numbering, last=last, current=current)
            if start is None:
                in_essays = essay_heading(line.text, in_essays)
                if (current is None or current.is_answered) and is_passage_start(line.text):
                    passage = Passage(line.number, len(found.questions))
                    found.passages.append(passage)
                if passage is not None:
                    passage.add(line)
                elif current is None or not current.add(line):
                    found.others.append(line)
                continue
            number, length = start
            passage = None
            is_level = numbering is Numbering.BRACKET
            last = len(found.questions) + 1 if is_level else number
            block = Block(last, line.number, level=number if is_level else None, is_essay=in_essays)
            if not block.add(line.part(length, len(line.text))):
                found.others.append(line)
            found.questions.append(block)
    return found


def _start(line: Line, numbering: Numbering, *, last: int, current: Block | None) -> tuple[int, int] | None:
    match numbering:
        case Numbering.WORD:
            return word_start(line, last=last)
        case Numbering.BRACKET:
            return bracket_start(line)
        case Numbering.NUMBER:
            found = number_start(line)
            if found is None or current is None:
                return found
            is_next = last < found[0] <= last + _MAX_SKIPPED or found[0] == 1
            return found if is_next and (current.tracker.has_run or found[0] == last + 1) else None
        case Numbering.NONE:
            return None


def _uncounted(lines: Sequence[Line]) -> Blocks:
    """Return a block per question that ends with its key, or begins after an empty line behind options."""
    found = Blocks([], [], Numbering.NONE)
    current = Block(1, 0)
    is_closed = was_empty = False
    for line in lines:
        is_filled = bool(line.text.strip())
        goes_on = current.tracker.expects(line.text) or line.text.lstrip()[:1].islower()
        if (
            is_filled
            and not goes_on
            and current.lines
            and (is_closed or (was_empty and current.tracker.has_run))
        ):
            found.questions.append(current)
            current, is_closed = Block(current.number + 1, 0), False
        if is_filled and current.tracker.has_run and KEY_LINE.fullmatch(line.text.strip()):
            is_closed = True
        if is_filled or current.lines:
            current.row = current.row or line.number
            if not current.add(line):
                found.others.append(line)
        was_empty = not is_filled
    if current.lines:
        found.questions.append(current)
    for block in [block for block in found.questions if not block.tracker.has_run and _is_all_noise(block)]:
        found.questions.remove(block)
        found.others += block.lines
    return found


def _is_all_noise(block: Block) -> bool:
    return all(is_noise(line.text) or not line.text.strip() for line in block.lines)
