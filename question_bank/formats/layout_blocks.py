"""Lines of a question document into one block per question, with the lines that belong to none."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from question_bank.formats.layout_lines import Line
from question_bank.formats.layout_options import find_options
from question_bank.formats.layout_signs import (
    KEY_LINE,
    Numbering,
    bracket_start,
    is_noise,
    number_start,
    numbering_of,
    split_inline,
    word_start,
)

_MAX_SKIPPED = 20
"""How many questions may be missing before a number counts as text."""


@dataclass(slots=True)
class Block:
    """The lines of one question; `number` is its own number or, where it has none, its place in the file."""

    number: int
    row: int
    lines: list[Line] = field(default_factory=list)
    level: int | None = None


def split_blocks(lines: Sequence[Line]) -> tuple[list[Block], list[Line], Numbering]:
    """Return the questions, the filled lines before the first one, and how questions are counted."""
    numbering = numbering_of(lines)
    if numbering is Numbering.NONE:
        return _uncounted(lines), [], numbering
    preamble, blocks = _counted(lines, numbering)
    if numbering is Numbering.NUMBER and not any(_has_options(block) for block in blocks):
        # The numbers are not those of questions.
        return _uncounted(lines), [], Numbering.NONE
    return blocks, [line for line in preamble if line.text.strip()], numbering


def _counted(lines: Sequence[Line], numbering: Numbering) -> tuple[list[Line], list[Block]]:
    preamble: list[Line] = []
    blocks: list[Block] = []
    last = 0
    for whole in lines:
        for line in split_inline(whole, last=last) if numbering is Numbering.WORD else [whole]:
            start = _start(line, numbering, last=last, current=blocks[-1] if blocks else None)
            if start is None:
                (blocks[-1].lines if blocks else preamble).append(line)
                continue
            number, length = start
            is_level = numbering is Numbering.BRACKET
            last = len(blocks) + 1 if is_level else number
            rest = [line.part(length, len(line.text))]
            blocks.append(Block(last, line.number, rest, number if is_level else None))
    return preamble, blocks


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
            return found if is_next and (_has_options(current) or found[0] == last + 1) else None
        case Numbering.NONE:
            return None


def _has_options(block: Block) -> bool:
    return len(find_options("\n".join(line.text for line in block.lines), with_numbers=False)) > 1


def _uncounted(lines: Sequence[Line]) -> list[Block]:
    """Return a block per question that ends with its key, or begins after an empty line behind options."""
    blocks: list[Block] = []
    current: list[Line] = []
    is_closed = was_empty = False
    for line in lines:
        is_filled = bool(line.text.strip())
        is_start = is_filled and not _continues(line, current) and (is_closed or was_empty)
        if is_start and current and (is_closed or _ends_with_options(current)):
            blocks.append(_block(len(blocks) + 1, current))
            current = []
            is_closed = False
        if is_filled and current and KEY_LINE.fullmatch(line.text) and _ends_with_options(current):
            is_closed = True
        if is_filled or current:
            current.append(line)
        was_empty = not is_filled
    if any(line.text.strip() for line in current):
        blocks.append(_block(len(blocks) + 1, current))
    return [
        block
        for block in blocks
        if not all(is_noise(line.text) or not line.text.strip() for line in block.lines)
    ]


def _continues(line: Line, current: Sequence[Line]) -> bool:
    """Tell whether the line goes on with options or fields of the question before it."""
    text = "\n".join(part.text for part in [*current, line])
    found = find_options(text, with_numbers=False)
    begins = len(text) - len(line.text)
    return any(option.marker[0] >= begins for option in found[1:]) or line.text.lstrip()[:1].islower()


def _ends_with_options(current: Sequence[Line]) -> bool:
    return len(find_options("\n".join(line.text for line in current), with_numbers=False)) > 1


def _block(number: int, lines: list[Line]) -> Block:
    return Block(number, lines[0].number, lines)
