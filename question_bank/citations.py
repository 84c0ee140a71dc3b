"""The legal basis of an item: document number, article, clause, point, and the days it is in force."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from question_bank.text import CleanText, clean_text, fold

MESSAGES: dict[str, dict[str, str]] = {
    "invalid_document_number": {
        "vi": "“{text}” không phải là số, ký hiệu văn bản. Ví dụ: 80/2025/QH15, 150/2025/NĐ-CP, 45-QĐ/TW.",
        "en": "“{text}” is not a document number. Examples: 80/2025/QH15, 150/2025/NĐ-CP, 45-QĐ/TW.",
    },
    "unreadable_citation": {
        "vi": "Chưa đọc được căn cứ “{text}”. Hãy ghi như: Khoản 2 Điều 10 Luật số 80/2025/QH15.",
        "en": "The legal basis “{text}” cannot be read. Write it as: Khoản 2 Điều 10 Luật số 80/2025/QH15.",
    },
}


class CitationError(ValueError):
    """A legal basis that cannot be read; `code` and `params` name the sentence in `MESSAGES`."""

    code: str

    def __init__(self, text: str) -> None:
        self.params = {"text": clean_text(text)[:120]}
        super().__init__(MESSAGES[self.code]["en"].format(**self.params))


class InvalidDocumentNumber(CitationError):
    """The text is no document number."""

    code = "invalid_document_number"


class UnreadableCitation(CitationError):
    """The text names no document and no article."""

    code = "unreadable_citation"


# Letters that look like Đ in legacy fonts and typing; the symbols below carry only the real one.
_LOOKALIKES = str.maketrans({"Ð": "Đ", "Ɖ": "Đ", "ð": "đ", "–": "-", "—": "-", "‑": "-", "−": "-"})
_SEGMENT = r"[A-Za-zĐđÐ][A-Za-zĐđÐ&]*[0-9]{0,3}"
_SYMBOL = rf"{_SEGMENT}(?:\s?-\s?{_SEGMENT})*"
_NUMBER_PATTERN = (
    rf"(?P<number>[0-9]{{1,6}}[a-zA-Z]?)"
    rf"(?:\s?/\s?(?P<year>(?:19|20)[0-9]{{2}})\s?/\s?(?P<dated_symbol>{_SYMBOL})"
    rf"|\s?-\s?(?P<party_kind>[A-Za-zĐđÐ]{{1,6}})\s?/\s?(?P<party_issuer>{_SYMBOL})"
    rf"|\s?/\s?(?P<symbol>{_SYMBOL}))"
)
_NUMBER = re.compile(_NUMBER_PATTERN)
_NUMBER_IN_TEXT = re.compile(rf"(?<![0-9/.\-\w]){_NUMBER_PATTERN}(?![\w/])")
_ISSUER_REPAIRS = {"TTG": "TTg"}
_KIND_REPAIRS = {"ND": "NĐ", "QD": "QĐ", "QYD": "QyĐ", "QYĐ": "QyĐ", "TTR": "TTr", "CTR": "CTr"}

KIND_NAMES: dict[str, str] = {
    "CT": "Chỉ thị",
    "CTr": "Chương trình",
    "CV": "Công văn",
    "HD": "Hướng dẫn",
    "KH": "Kế hoạch",
    "KL": "Kết luận",
    "NĐ": "Nghị định",
    "NQ": "Nghị quyết",
    "PL": "Pháp lệnh",
    "QH": "Luật",
    "QĐ": "Quyết định",
    "QyĐ": "Quy định",
    "TB": "Thông báo",
    "TT": "Thông tư",
    "TTLT": "Thông tư liên tịch",
    "VBHN": "Văn bản hợp nhất",
}
"""The Vietnamese name of a document by the abbreviation in its number (Decree 30/2020/NĐ-CP, annex III)."""


@dataclass(frozen=True, slots=True)
class DocumentNumber:
    """A document number in its parts; `text` is its one spelling.

    `number` keeps leading zeros (`001/2025/TT-BNV` and `1/2025/TT-BNV` are different strings in law). Party
    documents join number and kind with a hyphen: `45-QĐ/TW`.
    """

    number: str
    year: int | None
    kind: str
    issuer: str | None
    is_party: bool

    @property
    def text(self) -> str:
        """Return the number as it is printed, for example `150/2025/NĐ-CP`."""
        if self.is_party:
            return f"{self.number}-{self.kind}/{self.issuer}"
        symbol = f"{self.kind}-{self.issuer}" if self.issuer else self.kind
        return f"{self.number}/{self.year}/{symbol}" if self.year else f"{self.number}/{symbol}"

    @property
    def kind_name(self) -> str | None:
        """Return the Vietnamese name of this kind of document, or None if the abbreviation is not known."""
        if self.is_party and self.kind == "QĐ":
            return "Quy định"  # Party organs number Quy định and Quyết định alike; items cite the former
        return KIND_NAMES.get(self.kind.rstrip("0123456789"))


def _build_number(match: re.Match[str]) -> DocumentNumber:
    def tidy(text: str) -> str:
        return re.sub(r"\s", "", text).translate(_LOOKALIKES).upper()

    number = match["number"].lower()
    if match["party_kind"]:
        kind = tidy(match["party_kind"])
        return DocumentNumber(
            number, None, _KIND_REPAIRS.get(kind, kind), tidy(match["party_issuer"]), is_party=True
        )
    kind, _, issuer = tidy(match["dated_symbol"] or match["symbol"]).partition("-")
    year = int(match["year"]) if match["year"] else None
    issuer = _ISSUER_REPAIRS.get(issuer, issuer)
    return DocumentNumber(number, year, _KIND_REPAIRS.get(kind, kind), issuer or None, is_party=False)


def _prepare(text: str) -> str:
    return clean_text(unicodedata.normalize("NFC", text).translate(_LOOKALIKES)).replace("\n", " ")


def parse_document_number(text: str) -> DocumentNumber:
    """Return the parts of a Vietnamese document number.

    A leading "số", odd dashes and lost Đ strokes are repaired.

    Raises:
        InvalidDocumentNumber: the text is anything else.
    """
    match = _NUMBER.fullmatch(re.sub(r"^\s*(?:số|so)\s*:?\s*", "", _prepare(text), flags=re.IGNORECASE))
    if match is None:
        raise InvalidDocumentNumber(text)
    return _build_number(match)


_NAMED_KIND = re.compile(
    r"^\s*(?:(?:bộ luật|luật|pháp lệnh|nghị định|nghị quyết|thông tư liên tịch|thông tư|quyết định|quy định|chỉ thị"
    r"|kế hoạch|công văn|kết luận|hướng dẫn)\s+(?:số\s*:?\s*)?)?(?=[0-9])",
    re.IGNORECASE,
)


def document_key(text: str) -> str | None:
    """Return what two spellings of one document number have in common, or None where there is no number.

    Case, spaces, a leading "Nghị định số", lost Đ strokes, odd dashes and the spelling of the abbreviation do not
    count; the number and its leading zeros do: `nghị định số 150/2025/nđ-cp` and `150/2025/ND-CP` share a key.
    """
    try:
        number = parse_document_number(_NAMED_KIND.sub("", _prepare(text)))
    except InvalidDocumentNumber:
        return None
    return number.text.upper().replace("Đ", "D")


DocumentNumberText = Annotated[str, AfterValidator(lambda text: parse_document_number(text).text)]
_Place = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,4}[a-zđ]{0,2}$")]


class Citation(BaseModel):
    """One place in one legal document.

    `title` is the document's name where it says more than its number ("Luật Cán bộ, công chức"). The dates
    are those of the cited place: in force from `in_force_from` (that day included) until `in_force_to` (the
    first day on which it is no longer in force); None leaves that side open.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    document_number: DocumentNumberText | None = None
    title: Annotated[CleanText, StringConstraints(max_length=500)] | None = None
    article: _Place | None = None
    clause: _Place | None = None
    point: Annotated[str, Field(pattern=r"^[a-zđ][0-9]{0,2}$")] | None = None
    in_force_from: date | None = None
    in_force_to: date | None = None

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not self.document_number and not self.title:
            raise ValueError("a citation names a document by number or by title")
        if self.in_force_from and self.in_force_to and self.in_force_to <= self.in_force_from:
            raise ValueError("a citation ends after it begins")
        return self

    def is_in_force_on(self, day: date) -> bool:
        """Tell whether the cited place is in force on that day; an open side does not limit."""
        after_start = self.in_force_from is None or self.in_force_from <= day
        return after_start and (self.in_force_to is None or day < self.in_force_to)


_PLACE_WORDS = re.compile(
    r"(?P<word>điểm|khoản|điều)\s+(?P<value>[0-9]{1,4}[a-zđ]{0,2}|[a-zđ][0-9]{0,2})(?![\w])\s*[,;]?",
    re.IGNORECASE,
)
_PLACE_LIST = re.compile(
    r"(?P<word>điểm|khoản|điều)\s+(?P<values>(?:[0-9]{1,4}[a-zđ]{0,2}|[a-zđ][0-9]{0,2})"
    r"(?:\s*(?:,|và|,\s*và)\s*(?:(?P=word)\s+)?(?:[0-9]{1,4}[a-zđ]{0,2}|[a-zđ][0-9]{0,2})(?![\w/\-]))+)",
    re.IGNORECASE,
)
_QUOTED_TITLE = re.compile("“(?P<title>[^“”]+)”")
_FIELD_OF_WORD = {"điểm": "point", "khoản": "clause", "điều": "article"}
_TRAILING_ISSUE = re.compile(
    r"^\s*(?:ngày\s+[0-9]{1,2}\s*(?:/|tháng)\s*[0-9]{1,2}\s*(?:/|năm)\s*[0-9]{4})?\s*(?:của\s+[^,;()]+)?$",
    re.IGNORECASE,
)
_LEADING_WORDS = re.compile(r"^(?:(?:căn cứ|theo|tại|quy định tại|của|và|vào)\s*:?\s+)+", re.IGNORECASE)


def parse_citation(text: str) -> Citation:
    """Return the citation written in free text, such as "điểm b khoản 1 Điều 5 Nghị định 150/2025/NĐ-CP".

    The places may stand before or after the document, in any order. The issuing date and body after the
    number are not kept: the number identifies the document. Dates in force are never guessed from text.

    Raises:
        UnreadableCitation: there is neither a document number nor an article beside a document's name, or the
            text lists several places (`parse_citations` reads those).
    """
    rest = _prepare(text).strip(" .;,")
    quoted = _QUOTED_TITLE.search(rest)
    if quoted:
        rest = f"{rest[: quoted.start()]} {rest[quoted.end() :]}"
    if _PLACE_LIST.search(rest):
        raise UnreadableCitation(text)
    number_match = _NUMBER_IN_TEXT.search(rest)
    number = _build_number(number_match) if number_match else None
    before, after = (rest[: number_match.start()], rest[number_match.end() :]) if number_match else (rest, "")
    places: dict[str, str] = {}

    def take_place(match: re.Match[str]) -> str:
        field, value = _FIELD_OF_WORD[match["word"].lower()], match["value"].lower()
        if field in places or (field == "point") == value[0].isdigit():
            raise UnreadableCitation(
                text
            )  # a list of places is several citations: better refused than half read
        places[field] = value
        return " "

    before, after = _PLACE_WORDS.sub(take_place, before), _PLACE_WORDS.sub(take_place, after)
    title = clean_text(quoted["title"]) if quoted else _title_of(before, after, number=number)
    if len(title) > 500 or (number is None and (not title or "article" not in places)):
        raise UnreadableCitation(text)
    return Citation(document_number=number.text if number else None, title=title or None, **places)


def _title_of(before: str, after: str, *, number: DocumentNumber | None) -> str:
    before = re.sub(r"[\s(,]*(?:\bsố)?[\s:(]*$", "", clean_text(before), flags=re.IGNORECASE)
    before = _LEADING_WORDS.sub("", before.lstrip(" ,;-") + " ").strip(" ,;")
    after = clean_text(after).lstrip(" ),;.")
    after = "" if _TRAILING_ISSUE.match(after) else after
    title = clean_text(f"{before} {after}")
    return "" if number and number.kind_name and fold(title) == fold(number.kind_name) else title


def parse_citations(text: str) -> tuple[Citation, ...]:
    """Return the citations of a text with one per line or separated by semicolons.

    A list of places ("khoản 1, 2 và 4 Điều 5 …") becomes one citation for each.

    Raises:
        UnreadableCitation: one of them cannot be read; it carries that one's text.
    """
    parts = (part for part in re.split(r"[;\n]", clean_text(text)) if part.strip(" .,"))
    return tuple(parse_citation(single) for part in parts for single in _single_places(_prepare(part)))


def _single_places(text: str) -> list[str]:
    listed = _PLACE_LIST.search(text)
    if listed is None:
        return [text]
    head, tail = text[: listed.start()], text[listed.end() :]
    # "điểm a khoản 1 và khoản 3" may mean two things; a wrong legal basis is worse than none.
    if _PLACE_LIST.search(tail) or _PLACE_WORDS.search(head):
        raise UnreadableCitation(text)
    word = listed["word"]
    values = re.sub(rf"(?i){word}|\bvà\b|,", " ", listed["values"]).split()
    return [f"{head}{word} {value}{tail}" for value in values]


def _in_quotes_if_needed(title: str) -> str:
    """Return the title, in “ ” where its own numbers or places would be read as those of the citation."""
    confuses = _NUMBER_IN_TEXT.search(title) or _PLACE_WORDS.search(title)
    return f"“{title}”" if confuses and not re.search("[“”;\n]", title) else title


def format_citation(citation: Citation) -> str:
    """Return the citation as `parse_citation` reads it: "Khoản 2 Điều 10 Luật số 80/2025/QH15"."""
    words: list[str] = []
    if citation.point:
        words.append(f"điểm {citation.point}")
    if citation.clause:
        words.append(f"khoản {citation.clause}")
    if citation.article:
        words.append(f"Điều {citation.article}")
    if citation.document_number:
        title = _in_quotes_if_needed(citation.title) if citation.title else None
        name = title or parse_document_number(citation.document_number).kind_name
        words.append(f"{name} số {citation.document_number}" if name else citation.document_number)
    elif citation.title:
        words.append(_in_quotes_if_needed(citation.title))
    text = " ".join(words)
    return text[0].upper() + text[1:]
