"""What candidates receive of a permitted document: one JSON text, named by its SHA-256.

`{format: 1, number, title, issued_on, sections: [{level, number, heading, lines: [[kind, text]]}]}`; in place of the
text a line of kind "table" has its rows of cells. Levels and kinds are those of question_bank.legal.statute_text. The
names of the document are in it, so that the hash stands for all that is shown.
"""

import gzip
import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from question_bank.legal.statute_text import Level, LineKind, StatuteLine, StatuteText

FORMAT = 1


@dataclass(frozen=True)
class Content:
    """The text of a document as it is stored and sent."""

    sha256: str
    packed: bytes
    size: int


def make_content(parsed: StatuteText, *, number: str, title: str, issued_on: date | None) -> Content:
    """The same document always gives the same bytes."""
    body = {
        "format": FORMAT,
        "number": number,
        "title": title,
        "issued_on": issued_on.isoformat() if issued_on else None,
        "sections": [
            {
                "level": section.level.value,
                "number": section.number,
                "heading": section.heading,
                "lines": [_line(line) for line in section.lines],
            }
            for section in parsed.sections
        ],
    }
    data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Content(hashlib.sha256(data).hexdigest(), gzip.compress(data, 9, mtime=0), len(data))


def _line(line: StatuteLine) -> list[Any]:
    if line.kind is LineKind.TABLE:
        return [line.kind.value, [list(row) for row in line.rows]]
    return [line.kind.value, line.text]


def unpack(packed: bytes) -> dict[str, Any]:
    """The content as it was made."""
    body: dict[str, Any] = json.loads(gzip.decompress(packed))
    return body


def figures_of(parsed: StatuteText) -> dict[str, int]:
    """How much of each was found."""
    levels = {
        level.value: parsed.count(level)
        for level in Level
        if level is not Level.OPENING and parsed.count(level)
    }
    kinds = {
        kind.value: parsed.count_lines(kind)
        for kind in LineKind
        if kind is not LineKind.TEXT and parsed.count_lines(kind)
    }
    return levels | kinds
