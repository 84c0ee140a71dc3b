"""Passages that several questions share: where one begins, which questions it has, and the case they make together."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from question_bank.formats.drafting import Found, draft_of
from question_bank.formats.inline_objects import InlineObjects
from question_bank.formats.layout_lines import Line
from question_bank.formats.reading import RowVerdict, Verdict
from question_bank.text import rich_from_plain
from question_bank.types.content import new_option_id

_START = re.compile(
    r"[\W_]{0,4}(?:tình\s+huống(?:\s+(?:số\s*)?[0-9]{1,3})?\s*[:.)\-–]|tình\s+huống\s+(?:số\s*)?[0-9]{1,3}\s*$"
    r"|(?:đọc|cho|dựa\s+vào|sử\s+dụng|căn\s+cứ\s+vào)\b.{0,120}?\b(?:câu(?:\s+hỏi)?\s+(?:từ\s+)?[0-9]"
    r"|(?:các\s+)?câu\s+hỏi\s+(?:sau|dưới|tiếp|từ)|các\s+câu\s))",
    re.IGNORECASE,
)
_RANGE = re.compile(
    r"câu(?:\s+hỏi)?(?:\s+từ)?\s+(?P<first>[0-9]{1,4})\s*(?:đến|tới|-|–|,(?:\s*[0-9]+\s*,)*|và|;)\s*(?:và\s*)?(?:câu\s*)?(?P<last>[0-9]{1,4})",
    re.IGNORECASE,
)
_COUNT = re.compile(r"(?P<count>[2-9]|hai|ba|bốn|năm)\s+câu(?:\s+hỏi)?\s+(?:sau|dưới|tiếp)", re.IGNORECASE)
_WORDS = {"hai": 2, "ba": 3, "bốn": 4, "năm": 5}
_MAX_PARTS = 10
_MAX_START_CHARS = 400


@dataclass(slots=True)
class Passage:
    """A passage; `before` is how many questions come before it. The range or count is what it says of itself."""

    row: int
    before: int
    lines: list[Line] = field(default_factory=list)
    first: int | None = None
    last: int | None = None
    count: int | None = None

    def add(self, line: Line) -> None:
        """Take a line; what it says of the questions is noted."""
        self.lines.append(line)
        found = _RANGE.search(line.text)
        if found and self.first is None and int(found["first"]) < int(found["last"]):
            self.first, self.last = int(found["first"]), int(found["last"])
        counted = _COUNT.search(line.text)
        if counted and self.count is None:
            self.count = _WORDS.get(counted["count"].lower()) or int(counted["count"])


def is_passage_start(text: str) -> bool:
    """Tell whether a line begins a passage for the questions after it."""
    return _START.match(text[:_MAX_START_CHARS]) is not None


def members(passage: Passage, numbers: Sequence[int], *, until: int) -> range:
    """Return the indexes of the questions that belong to the passage, at most ten; `until` is where the next begins."""
    start = passage.before
    if passage.first is not None and passage.last is not None:
        end = start
        while end < until and passage.first <= numbers[end] <= passage.last:
            end += 1
    else:
        end = min(until, start + (passage.count or until - start))
    return range(start, min(end, start + _MAX_PARTS))


def join_case(passage: Passage, verdicts: Sequence[RowVerdict], objects: InlineObjects) -> RowVerdict | None:
    """Return the verdict on the case of the passage and its questions, or None where one of them has no draft."""
    drafts = [verdict.draft for verdict in verdicts if verdict.draft is not None]
    if (
        not drafts
        or len(drafts) < len(verdicts)
        or any(d.content.type in ("case", "unsupported") for d in drafts)
    ):
        return None
    found = Found(passage.row, verdicts[0].sheet)
    text = "\n".join(line.text.strip() for line in passage.lines if line.text.strip())
    parts = [{"id": new_option_id(), "content": draft.content.model_dump()} for draft in drafts]
    for verdict in verdicts:
        found.findings += verdict.findings
    found.say("passage_as_case", Verdict.OK, line=passage.row, count=len(parts))
    if passage.first is None and passage.count is None:
        found.say("passage_range_guessed", Verdict.HOLD, line=passage.row, count=len(parts))
    stem = objects.placed(rich_from_plain(text))
    said = {finding.code for finding in found.findings}
    metadata = {
        "level": next((draft.level for draft in drafts if draft.level), None),
        "citations": tuple(dict.fromkeys(c for draft in drafts for c in draft.citations))[:20],
        "tags": tuple({tag for draft in drafts for tag in draft.tags}),
    }
    made = draft_of(found, {"type": "case", "stem": stem, "parts": parts}, **metadata)
    # Problems of the parts were said when each was read.
    found.findings = [
        f for f in found.findings if not ((f.cell or "").startswith("parts/") and f.code in said)
    ]
    return found.verdict(made, preview=stem)
