"""Legal documents, the places in them, and how one document changes another."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from question_bank.citations import (
    Citation,
    CitationError,
    UnreadableCitation,
    document_key,
    parse_citations,
    parse_document_number,
)
from question_bank.text import fold


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """An article, clause or point; empty parts mean the whole of what stands above them. `Place()` is all of it."""

    article: str = ""
    clause: str = ""
    point: str = ""

    @classmethod
    def of(cls, citation: Citation) -> "Place":
        """Return the place that the citation names."""
        return cls(citation.article or "", citation.clause or "", citation.point or "")

    @property
    def is_whole(self) -> bool:
        return self == Place()

    def covers(self, other: "Place") -> bool:
        """Tell whether `other` is this place or a part of it."""
        pairs = (
            (self.article, other.article),
            (self.clause, other.clause),
            (self.point, other.point),
        )
        return all(not mine or mine == theirs for mine, theirs in pairs)

    def touches(self, other: "Place") -> bool:
        """Tell whether one of the two is the other or a part of it."""
        return self.covers(other) or other.covers(self)

    @property
    def text(self) -> str:
        """Return "điểm b khoản 1 Điều 5"; empty for the whole document."""
        words = (
            f"điểm {self.point}" if self.point else "",
            f"khoản {self.clause}" if self.clause else "",
            f"Điều {self.article}" if self.article else "",
        )
        return " ".join(word for word in words if word)


def parse_places(text: str) -> tuple[Place, ...]:
    """Return the places listed in free text ("Điều 5; khoản 2 và 3 Điều 7"), sorted; none for an empty text.

    Raises:
        UnreadableCitation: a part names no article, or names a document as well.
    """
    found: set[Place] = set()
    for part in text.replace("\n", ";").split(";"):
        if not part.strip(" .,"):
            continue
        # The grammar of citations wants a document's name beside an article without a number.
        try:
            citations = parse_citations(f"{part.strip(' .,')} văn bản này")
        except CitationError as error:
            raise UnreadableCitation(part) from error
        if any(citation.title != "văn bản này" or citation.document_number for citation in citations):
            raise UnreadableCitation(part)
        found |= {Place.of(citation) for citation in citations}
    return tuple(sorted(found))


def format_places(places: tuple[Place, ...]) -> str:
    """Return the places as `parse_places` reads them."""
    return "; ".join(place.text for place in places)


@dataclass(frozen=True, slots=True)
class LegalDocument:
    """A document of the register.

    `id` is the caller's handle. `in_force_to` is the first day on which the document is no longer in force; a date
    that is not known stays None and limits nothing. Numbers of localities repeat from year to year and from province
    to province, so a number alone need not name one document.
    """

    id: str
    number: str
    title: str
    type: str = ""
    issuer: str = ""
    short_title: str = ""
    issued_on: date | None = None
    in_force_from: date | None = None
    in_force_to: date | None = None
    notes: str = ""

    @property
    def key(self) -> str:
        """Return the key under which citations find the number."""
        return document_key(self.number) or fold(self.number)

    @property
    def year(self) -> int | None:
        """Return the year of issue as far as number or date tell it."""
        if self.issued_on:
            return self.issued_on.year
        try:
            return parse_document_number(self.number).year
        except CitationError:
            return None

    @property
    def label(self) -> str:
        """Return "Luật Cán bộ, công chức số 80/2025/QH15"."""
        return f"{self.short_title or self.title} số {self.number}" if self.title else self.number


class ChangeKind(StrEnum):
    """What a change does to a document or a place in it."""

    AMENDS = "amends"
    CORRECTS = "corrects"
    REPLACES = "replaces"
    REPEALS = "repeals"
    EXPIRES = "expires"
    SUSPENDS = "suspends"


CHANGE_NAMES: dict[ChangeKind, dict[str, str]] = {
    ChangeKind.AMENDS: {"vi": "Sửa đổi, bổ sung", "en": "Amends"},
    ChangeKind.CORRECTS: {"vi": "Đính chính", "en": "Corrects"},
    ChangeKind.REPLACES: {"vi": "Thay thế", "en": "Replaces"},
    ChangeKind.REPEALS: {"vi": "Bãi bỏ", "en": "Repeals"},
    ChangeKind.EXPIRES: {"vi": "Hết hiệu lực", "en": "Expires"},
    ChangeKind.SUSPENDS: {"vi": "Ngưng hiệu lực", "en": "Suspends"},
}

ENDING = frozenset({ChangeKind.REPLACES, ChangeKind.REPEALS, ChangeKind.EXPIRES})
"""The kinds after which a place is no longer law."""

REWORDING = frozenset({ChangeKind.AMENDS, ChangeKind.CORRECTS})
"""The kinds after which a place says something else, so that whoever cites it must look again."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one document (`by_id`; None where a term simply ends) does to another, from `effective_on`.

    `places` empty means the whole document. `effective_on` None means the day the changing document comes into force.
    `effective_to`, for a suspension only, is the first day on which the suspended text is in force again.
    `recorded_at` is when the register learned of it: reviews after that moment knew the change.
    """

    id: str
    kind: ChangeKind
    target_id: str
    by_id: str | None = None
    places: tuple[Place, ...] = ()
    effective_on: date | None = None
    effective_to: date | None = None
    recorded_at: datetime | None = None

    def touched(self) -> tuple[Place, ...]:
        """Return the places that change, the whole document as one place."""
        return self.places or (Place(),)

    def covers(self, place: Place) -> bool:
        """Tell whether the change takes all of `place`."""
        return any(touched.covers(place) for touched in self.touched())

    def touches(self, place: Place) -> bool:
        """Tell whether the change takes `place`, a part of it, or what it is a part of."""
        return any(touched.touches(place) for touched in self.touched())
