"""What reading a file gives, in every format: a verdict per question, findings, or a refusal of the file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import JsonValue

from question_bank.formats.excel_findings import MESSAGES as EXCEL_MESSAGES
from question_bank.formats.json_findings import MESSAGES as DATA_MESSAGES
from question_bank.formats.moodle_findings import MESSAGES as MOODLE_MESSAGES
from question_bank.formats.native_findings import MESSAGES as NATIVE_MESSAGES
from question_bank.formats.qti_findings import MESSAGES as QTI_MESSAGES
from question_bank.formats.text_findings import MESSAGES as TEXT_MESSAGES
from question_bank.items import ItemDraft
from question_bank.media_refusal import MESSAGES as MEDIA_MESSAGES

MESSAGES: dict[str, dict[str, str]] = {
    **EXCEL_MESSAGES,
    **TEXT_MESSAGES,
    **MOODLE_MESSAGES,
    **NATIVE_MESSAGES,
    **QTI_MESSAGES,
    **DATA_MESSAGES,
    **MEDIA_MESSAGES,
}
"""The sentences of every finding and of every refused file, of all formats."""


class Verdict(StrEnum):
    """What happens to a row: imported; imported with something to check; waits for a person; unreadable."""

    OK = "ok"
    WARNING = "warning"
    HOLD = "hold"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """Return the weight, 0 for OK."""
        return list(Verdict).index(self)


@dataclass(frozen=True, slots=True)
class RowFinding:
    """One thing to say; `code`, `cell` and `params` make its sentence in `MESSAGES`.

    `cell` is the exact place where there is one: a cell such as C5, an element such as question[3]/answer[2].
    """

    code: str
    severity: Verdict
    cell: str | None = None
    params: Mapping[str, str | int] = field(default_factory=dict)

    def message(self, language: str = "vi") -> str:
        """Return the sentence in `vi` or `en`."""
        return MESSAGES[self.code][language].format(**{"cell": self.cell or "", **self.params})


@dataclass(frozen=True, slots=True)
class RowVerdict:
    """What was read from one question of the source.

    `row` is the number by which a person finds it (of the row or line where it begins, from 1), `sheet` the
    part of the file that it counts in, empty where a file has only one.
    `draft` is None where the row cannot become an item. A held row has a draft as far as it could be read: it
    may be stored as a draft for someone to complete, but is not imported without a decision. `preview` is its
    plain text. `origin` is what the native format knows of the item's life elsewhere.
    """

    sheet: str
    row: int
    severity: Verdict
    findings: tuple[RowFinding, ...]
    draft: ItemDraft | None
    preview: str
    origin: Mapping[str, JsonValue] | None = None


@dataclass(frozen=True, slots=True)
class ImportReading:
    """Every question of the source with its verdict, in order, and what is to be said about the file as a whole.

    `media` holds the images that the drafts name, by media name, as `question_bank.media.clean_image` made them.
    """

    rows: tuple[RowVerdict, ...]
    findings: tuple[RowFinding, ...] = ()
    media: Mapping[str, bytes] = field(default_factory=dict)

    def count(self, severity: Verdict) -> int:
        """Return how many rows have that verdict."""
        return sum(row.severity is severity for row in self.rows)
