"""What an official document says, without any layout. Source: 30/2020/NĐ-CP, annex I.

A sheet is plain data: it is stored as JSON, its hash proves a print, and both writers read the same sheet. Its words
are Vietnamese whatever the language of the page it was asked for on.
"""

import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from exam_service.i18n import HOME
from question_bank.items import canonical_json

STATE, MOTTO = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Paragraph(Part):
    kind: Literal["paragraph"] = "paragraph"
    text: str
    is_strong: bool = False


class Heading(Part):
    kind: Literal["heading"] = "heading"
    text: str


class Facts(Part):
    """Lines "label: value"; a value may be longer than a line."""

    kind: Literal["facts"] = "facts"
    rows: tuple[tuple[str, str], ...]


class Column(Part):
    """`share` is the width among the other columns."""

    title: str
    share: int
    align: Literal["left", "center", "right"] = "left"


class Table(Part):
    """Rows of text under a head that is repeated on each page; a row never breaks over two pages.

    `row_mm` leaves room for handwriting.
    """

    kind: Literal["table"] = "table"
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    row_mm: int = 0


class Signer(Part):
    """A place to sign; `name` is printed under it when it is known."""

    title: str
    hint: str = "(Ký, ghi rõ họ tên)"
    name: str = ""


class Signatures(Part):
    """Up to three places to sign side by side, kept on one page."""

    kind: Literal["signatures"] = "signatures"
    signers: Annotated[tuple[Signer, ...], Field(min_length=1, max_length=3)]


class Slips(Part):
    """Slips to cut out, two in a row, each under a title."""

    kind: Literal["slips"] = "slips"
    slips: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


Block = Annotated[
    Paragraph | Heading | Facts | Table | Signatures | Slips,
    Field(discriminator="kind"),
]


class Sheet(Part):
    """A document. Until it has been issued `number` and `issued_on` are None, and it is marked as a draft."""

    organisation: str
    body: str  # who issues it, under the organisation
    symbol: str  # the part of the number after the slash: BB-HĐSH
    number: int | None = None
    place: str
    issued_on: date | None = None
    type_name: str  # BIÊN BẢN
    subject: str  # trích yếu
    replaces: str = ""  # the sentence that names the document it corrects
    blocks: tuple[Block, ...]
    receivers: tuple[str, ...] = ()
    is_landscape: bool = False

    @property
    def full_number(self) -> str:
        """`07/BB-HĐSH`, or dots to be filled in by hand."""
        return f"{'……' if self.number is None else format(self.number, '02d')}/{self.symbol}"

    @property
    def day(self) -> str:
        """The date line; a draft leaves it open."""
        if self.issued_on is None:
            return "ngày …… tháng …… năm ………"
        return day_in_words(self.issued_on)

    @property
    def content_hash(self) -> str:
        """SHA-256 in hex over everything the document says."""
        return hashlib.sha256(canonical_json(self.model_dump(mode="json"))).hexdigest()

    def says_the_same_as(self, other: "Sheet") -> bool:
        """Whether both state the same facts, whatever their numbers and dates are."""
        neutral = {"number": None, "issued_on": None, "replaces": ""}
        return self.model_copy(update=neutral) == other.model_copy(update=neutral)


def day_in_words(day: date) -> str:
    """Two digits for days below ten and for January and February. Source: 30/2020/NĐ-CP, annex I, part II, 4."""
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def moment_in_words(moment: datetime | None) -> str:
    """`07 giờ 30 phút, ngày 05 tháng 3 năm 2026`; dots to be filled in for None."""
    if moment is None:
        return "…… giờ …… phút"
    local = moment.astimezone(HOME)
    return f"{local.hour:02d} giờ {local.minute:02d} phút, {day_in_words(local.date())}"


def clock_time(moment: datetime | None, *, seconds: bool = False) -> str:
    """`07:30` or `07:30:15` for tables; empty for None."""
    if moment is None:
        return ""
    return moment.astimezone(HOME).strftime("%H:%M:%S" if seconds else "%H:%M")


def digest_in_groups(digest: str) -> str:
    """Hex digits in groups of eight, so that a narrow column can break the line."""
    return " ".join(digest[at : at + 8] for at in range(0, len(digest), 8))


def short_day(day: date | None) -> str:
    """`05/03/2026` for tables."""
    return "" if day is None else day.strftime("%d/%m/%Y")


def decimal_text(value: object) -> str:
    """A number with a decimal comma and no zeros behind: 7,5."""
    text = f"{value}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace(".", ",")


def paragraphs(lines: Iterable[str]) -> tuple[Paragraph, ...]:
    return tuple(Paragraph(text=line) for line in lines)
