"""A citation as an author types it: fields that may be half-written, and what the system reads in them."""

from dataclasses import dataclass
from datetime import date

from pydantic import ValidationError

from exam_service.bank.sentences import domain_sentence
from exam_service.i18n import gettext as _
from question_bank import citations
from question_bank.citations import Citation, CitationError, parse_document_number
from question_bank.formats.excel_facts import parse_date

CITATION_FIELDS = ("number", "title", "article", "clause", "point", "start", "end")


@dataclass(frozen=True)
class CitationField:
    """A citation as typed; dates are written day first (01/07/2025)."""

    number: str = ""
    title: str = ""
    article: str = ""
    clause: str = ""
    point: str = ""
    start: str = ""
    end: str = ""

    @property
    def is_blank(self) -> bool:
        return not any(getattr(self, name).strip() for name in CITATION_FIELDS)


def citation_field(citation: Citation) -> CitationField:
    """The fields that show the citation."""
    return CitationField(
        number=citation.document_number or "",
        title=citation.title or "",
        article=citation.article or "",
        clause=citation.clause or "",
        point=citation.point or "",
        start=_day_text(citation.in_force_from),
        end=_day_text(citation.in_force_to),
    )


def _day_text(day: date | None) -> str:
    return day.strftime("%d/%m/%Y") if day else ""


def read_citation(field: CitationField) -> Citation | str:
    """The citation, or the sentence that says why there is none yet."""
    number = field.number.strip()
    if not number and not field.title.strip():
        return _("Hãy nhập số, ký hiệu hoặc tên văn bản.")
    try:
        number = parse_document_number(number).text if number else ""
    except CitationError as error:
        return domain_sentence(citations.MESSAGES, error.code, error.params)
    start, end = parse_date(field.start), parse_date(field.end)
    for text, day in ((field.start, start), (field.end, end)):
        if text.strip() and day is None:
            return _("Ngày “%(text)s” không đọc được. Hãy ghi dạng 01/07/2025.", text=text.strip()[:40])
    if start and end and end <= start:
        return _("Ngày hết hiệu lực phải sau ngày có hiệu lực.")
    places = {name: getattr(field, name).strip().lower() or None for name in ("article", "clause", "point")}
    try:
        return Citation(
            document_number=number or None,
            title=field.title.strip() or None,
            in_force_from=start,
            in_force_to=end,
            **places,
        )
    except ValidationError as error:
        names = {"article": _("Điều"), "clause": _("Khoản"), "point": _("Điểm (chữ)")}
        wrong = [names.get(str(detail["loc"][0]), "") for detail in error.errors() if detail["loc"]]
        return _("Chưa đọc được: %(fields)s. Điều và khoản là số, điểm là một chữ.", fields=", ".join(wrong))


def citation_note(field: CitationField) -> tuple[bool, str]:
    """(is it readable, what the system understood or why not) of a citation, for the line under its fields."""
    if field.is_blank:
        return True, ""
    citation = read_citation(field)
    return (
        (True, citations.format_citation(citation)) if isinstance(citation, Citation) else (False, citation)
    )
