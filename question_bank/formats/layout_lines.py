"""Lines of a document with what is emphasised in them, and stretches of them that know their places."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

_ODD_SPACES = re.compile("[\t\x0b\x0c\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")
_LONG_GAP = re.compile(" {5,}")
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1b\x7f\xad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")


class Emphasis(StrEnum):
    """How a document sets text off; in key documents usually the right option."""

    HIGHLIGHT = "highlight"
    COLOUR = "colour"
    UNDERLINE = "underline"
    BOLD = "bold"
    ITALIC = "italic"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a line, from `start` up to but not including `end`, with its emphasis."""

    start: int
    end: int
    emphasis: Emphasis


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `number` is what a person counts. `notes` are codes of what the line could not carry."""

    number: int
    text: str
    spans: tuple[Span, ...] = ()
    notes: tuple[str, ...] = ()

    def part(self, start: int, end: int) -> "Line":
        """Return a stretch of the line as a line of the same number."""
        spans = tuple(
            Span(max(span.start, start) - start, min(span.end, end) - start, span.emphasis)
            for span in self.spans
            if span.start < end and span.end > start
        )
        return Line(self.number, self.text[start:end], spans, self.notes)


def tidy(text: str) -> str:
    """Return the text composed, with ordinary spaces, four in a row at most, without invisible characters."""
    return _LONG_GAP.sub("    ", unicodedata.normalize("NFC", _INVISIBLE.sub("", _ODD_SPACES.sub(" ", text))))


class Stretch:
    """Some lines joined by line breaks; positions in `text` lead back to lines and their emphasis."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = tuple(lines)
        self.text = "\n".join(line.text for line in lines)
        self._starts: list[int] = []
        offset = 0
        for line in lines:
            self._starts.append(offset)
            offset += len(line.text) + 1

    def number_at(self, position: int) -> int:
        """Return the number of the line that the position stands in."""
        return self.lines[max(0, bisect_right(self._starts, position) - 1)].number

    def emphasised(self, start: int, end: int) -> set[Emphasis]:
        """Return the emphases that cover most of the letters between the two positions."""
        letters = sum(character.isalnum() for character in self.text[start:end])
        covered: dict[Emphasis, int] = {}
        first = max(0, bisect_right(self._starts, start) - 1)
        for index in range(first, len(self.lines)):
            offset = self._starts[index]
            if offset >= end:
                break
            for span in self.lines[index].spans:
                low, high = max(start, offset + span.start), min(end, offset + span.end)
                count = sum(character.isalnum() for character in self.text[low:high])
                covered[span.emphasis] = covered.get(span.emphasis, 0) + count
        return {emphasis for emphasis, count in covered.items() if letters and count >= 0.6 * letters}
