"""The register's words in the language of the request."""

from datetime import date

from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.bank.legal.models import LegalDocument, LegalRelation
from exam_service.bank.legal.register import load_register
from exam_service.bank.presentation import citation_line
from exam_service.i18n import HOME, N_, language
from exam_service.i18n import gettext as _
from question_bank.items import ItemDraft
from question_bank.legal.currency import Currency, CurrencyState, currency
from question_bank.legal.documents import CHANGE_NAMES, ChangeKind, Place, format_places

CURRENCY_NAMES: dict[CurrencyState, str] = {
    CurrencyState.IN_FORCE: N_("Còn hiệu lực"),
    CurrencyState.NOT_YET: N_("Chưa có hiệu lực"),
    CurrencyState.AMENDED: N_("Đã sửa đổi"),
    CurrencyState.SUSPENDED: N_("Ngưng hiệu lực"),
    CurrencyState.REPLACED: N_("Đã bị thay thế"),
    CurrencyState.EXPIRED: N_("Hết hiệu lực"),
    CurrencyState.AMBIGUOUS: N_("Chưa rõ văn bản nào"),
    CurrencyState.UNKNOWN_DOCUMENT: N_("Chưa có trong danh mục"),
}
CURRENCY_KINDS: dict[CurrencyState, str] = {
    CurrencyState.IN_FORCE: "ok",
    CurrencyState.NOT_YET: "info",
    CurrencyState.AMENDED: "warn",
    CurrencyState.SUSPENDED: "warn",
    CurrencyState.REPLACED: "danger",
    CurrencyState.EXPIRED: "danger",
    CurrencyState.AMBIGUOUS: "warn",
    CurrencyState.UNKNOWN_DOCUMENT: "neutral",
}
"""How a state is coloured; the word stands beside it always."""


def currency_name(state: CurrencyState | str) -> str:
    """The state as pages call it."""
    return _(CURRENCY_NAMES[CurrencyState(state)])


def currency_sentence(found: Currency) -> str:
    """What there is to say of a citation."""
    return found.sentence(language().value)


def change_name(kind: ChangeKind | str) -> str:
    """Sửa đổi, bổ sung … Ngưng hiệu lực."""
    return CHANGE_NAMES[ChangeKind(kind)][language().value]


def kind_choices() -> list[tuple[str, str]]:
    """(value, name) of the kinds of changes."""
    return [(kind.value, change_name(kind)) for kind in ChangeKind]


def document_name(document: LegalDocument) -> str:
    """Luật Cán bộ, công chức số 80/2025/QH15."""
    return f"{document.short_title or document.title} số {document.number}"


def places_text(relation: LegalRelation) -> str:
    """The places that change; empty for the whole document."""
    return format_places(tuple(Place(**place) for place in relation.places))


def change_sentence(relation: LegalRelation, start: date | None) -> str:
    """What happened, for histories and work lists: kind, places, documents and day."""
    where = places_text(relation) or _("toàn bộ văn bản")
    words = [f"{change_name(relation.kind)}: {where}", document_name(relation.target)]
    if relation.by is not None:
        words.append(_("theo %(document)s", document=document_name(relation.by)))
    if start is not None and start != date.min:
        words.append(_("từ ngày %(day)s", day=start.strftime("%d/%m/%Y")))
    return ", ".join(words)


def citation_lines(session: Session, draft: ItemDraft) -> list[str]:
    """The citations of a draft as pages list them, with a word about each that is not simply in force today."""
    if not draft.citations:
        return []
    register = load_register(session)
    on = clock.now().astimezone(HOME).date()
    found = [(citation, currency(citation, register, on=on)) for citation in draft.citations]
    return [
        citation_line(citation)
        if standing.state is CurrencyState.IN_FORCE
        else f"{citation_line(citation)} – {currency_sentence(standing)}"
        for citation, standing in found
    ]
