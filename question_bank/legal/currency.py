"""Whether a cited place is law on a day, and if not, since when and by what."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Generic, TypeVar

from question_bank.citations import Citation
from question_bank.legal.documents import ENDING, REWORDING, Change, ChangeKind, LegalDocument, Place
from question_bank.legal.register import Register

ItemT = TypeVar("ItemT")


class CurrencyState(StrEnum):
    """How a cited place stands on a day."""

    IN_FORCE = "in_force"
    NOT_YET = "not_yet"
    AMENDED = "amended"
    SUSPENDED = "suspended"
    REPLACED = "replaced"
    EXPIRED = "expired"
    AMBIGUOUS = "ambiguous"
    UNKNOWN_DOCUMENT = "unknown_document"


MESSAGES: dict[str, dict[str, str]] = {
    "in_force": {"vi": "Đang có hiệu lực.", "en": "In force."},
    "not_yet": {"vi": "Chưa có hiệu lực; có hiệu lực từ {since}.", "en": "Not yet in force; from {since}."},
    "amended": {
        "vi": "Đã được sửa đổi bởi {by}, từ {since}; cần xem lại nội dung.",
        "en": "Amended by {by} from {since}; the content needs another look.",
    },
    "suspended": {
        "vi": "Ngưng hiệu lực theo {by}, từ {since}.",
        "en": "Suspended by {by} from {since}.",
    },
    "replaced": {"vi": "Đã bị thay thế bởi {by}, từ {since}.", "en": "Replaced by {by} from {since}."},
    "expired": {
        "vi": "Đã hết hiệu lực từ {since}{by_part}.",
        "en": "No longer in force from {since}{by_part}.",
    },
    "ambiguous": {
        "vi": "Có nhiều văn bản cùng tên hoặc cùng số: {documents}. Hãy ghi rõ số, ký hiệu.",
        "en": "Several documents share this name or number: {documents}. Give the number.",
    },
    "unknown_document": {
        "vi": "Văn bản chưa có trong danh mục nên chưa kiểm tra được hiệu lực.",
        "en": "The document is not in the register, so nothing can be said about it.",
    },
}

_WORST_FIRST = (
    CurrencyState.EXPIRED,
    CurrencyState.REPLACED,
    CurrencyState.SUSPENDED,
    CurrencyState.AMENDED,
    CurrencyState.NOT_YET,
    CurrencyState.AMBIGUOUS,
    CurrencyState.UNKNOWN_DOCUMENT,
    CurrencyState.IN_FORCE,
)
USABLE = frozenset({CurrencyState.IN_FORCE, CurrencyState.AMBIGUOUS, CurrencyState.UNKNOWN_DOCUMENT})
"""The states in which nothing forbids to examine people on the place."""


@dataclass(frozen=True, slots=True)
class Currency:
    """How one citation stands: the state, since when (None: unknown) and by which document.

    `documents` are those the citation may mean; `change_id` names the change behind the state.
    """

    state: CurrencyState
    since: date | None = None
    by: LegalDocument | None = None
    documents: tuple[LegalDocument, ...] = ()
    change_id: str | None = None

    def params(self, language: str = "vi") -> dict[str, str]:
        """Return what the sentence `MESSAGES[state]` needs."""
        nothing = {"vi": "ngày chưa rõ", "en": "an unknown date"}[language]
        by = self.by.label if self.by else ""
        by_part = {"vi": f", theo {by}", "en": f", by {by}"}[language] if by else ""
        return {
            "since": self.since.strftime("%d/%m/%Y") if self.since else nothing,
            "by": by or {"vi": "văn bản khác", "en": "another document"}[language],
            "by_part": by_part,
            "documents": "; ".join(_told_apart(document, language) for document in self.documents),
        }

    def sentence(self, language: str = "vi") -> str:
        """Return the sentence in `vi` or `en`."""
        return MESSAGES[self.state][language].format(**self.params(language))


def _told_apart(document: LegalDocument, language: str) -> str:
    day = document.in_force_from
    since = {"vi": "hiệu lực từ", "en": "in force from"}[language]
    return f"{document.number} ({since} {day:%d/%m/%Y})" if day else document.number


def currency(
    citation: Citation, register: Register, *, on: date, checked_at: datetime | None = None
) -> Currency:
    """Return how the cited place stands on the day.

    `checked_at` is when somebody last confirmed that the item fits its basis: a rewording that the register already
    knew by then is settled. A place that ended stays ended whoever confirmed it.
    """
    documents = register.find(citation)
    own = _own_dates(citation, on)
    if own is not None:
        return own
    if not documents:
        return Currency(CurrencyState.UNKNOWN_DOCUMENT)
    if len(documents) > 1:
        return Currency(CurrencyState.AMBIGUOUS, documents=documents)
    return _of_document(documents[0], Place.of(citation), register, on=on, checked_at=checked_at)


def standing_of(document: LegalDocument, register: Register, *, on: date) -> Currency:
    """Return how the document stands as a whole on the day."""
    return _of_document(document, Place(), register, on=on, checked_at=None)


def worst(found: Collection[Currency]) -> Currency | None:
    """Return the one of an item's citations that stands worst; None for an item that cites nothing."""
    return min(found, key=lambda one: _WORST_FIRST.index(one.state), default=None)


def _own_dates(citation: Citation, on: date) -> Currency | None:
    if citation.in_force_to and on >= citation.in_force_to:
        return Currency(CurrencyState.EXPIRED, citation.in_force_to)
    if citation.in_force_from and on < citation.in_force_from:
        return Currency(CurrencyState.NOT_YET, citation.in_force_from)
    return None


def _of_document(
    document: LegalDocument, place: Place, register: Register, *, on: date, checked_at: datetime | None
) -> Currency:
    if document.in_force_to and on >= document.in_force_to:
        return Currency(CurrencyState.EXPIRED, document.in_force_to, documents=(document,))
    found = [
        _state_after(change, document, place, register)
        for change in register.changes_of(document.id)
        if change.touches(place)
        and _holds(change, register, on)
        and not _is_settled(change, place, checked_at)
    ]
    if (bad := worst(found)) is not None:
        return bad
    if document.in_force_from and on < document.in_force_from:
        return Currency(CurrencyState.NOT_YET, document.in_force_from, documents=(document,))
    return Currency(CurrencyState.IN_FORCE, document.in_force_from, documents=(document,))


def _holds(change: Change, register: Register, on: date) -> bool:
    return register.starts(change) <= on and not (change.effective_to and on >= change.effective_to)


def _is_settled(change: Change, place: Place, checked_at: datetime | None) -> bool:
    """Tell whether somebody confirmed the item knowing the change, and the place is still there."""
    if change.kind is ChangeKind.SUSPENDS or (change.kind in ENDING and change.covers(place)):
        return False
    return bool(checked_at and change.recorded_at and change.recorded_at <= checked_at)


def _state_after(change: Change, document: LegalDocument, place: Place, register: Register) -> Currency:
    if change.kind is ChangeKind.SUSPENDS:
        state = CurrencyState.SUSPENDED
    elif change.kind in REWORDING or not change.covers(place):
        state = CurrencyState.AMENDED  # a part of what is cited has ended: the rest says something else now
    else:
        state = CurrencyState.REPLACED if change.kind is ChangeKind.REPLACES else CurrencyState.EXPIRED
    start = register.starts(change)
    return Currency(
        state,
        start if start != date.min else None,
        register.documents.get(change.by_id or ""),
        (document,),
        change.id,
    )


@dataclass(frozen=True, slots=True)
class Window:
    """Days from `start` to before `end`; None leaves that side open."""

    start: date | None = None
    end: date | None = None

    def holds(self, day: date) -> bool:
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)


def usable_windows(
    citations: Iterable[Citation], register: Register, *, checked_at: datetime | None = None
) -> tuple[Window, ...]:
    """Return the spans of days on which every citation is law as the item says, earliest first.

    On each such day `currency` gives a state in `USABLE` for every citation, or one of several documents that the
    citation may mean is in force.
    """
    windows: tuple[Window, ...] = (Window(),)
    for citation in citations:
        own = (Window(citation.in_force_from, citation.in_force_to),)
        documents = register.find(citation)
        by_register = [
            window
            for document in documents
            for window in _windows_of(document, Place.of(citation), register, checked_at)
        ]
        windows = _both(_both(windows, own), _joined(by_register) if documents else (Window(),))
    return windows


def last_change(
    citations: Iterable[Citation], register: Register, *, checked_at: datetime | None = None
) -> date | None:
    """Return the last day on which a recorded change of a cited place takes effect, of those that are not settled.

    None where nothing is recorded. A day to come means that the item stands under a change that is still pending.
    """
    starts = (
        register.starts(change)
        for citation in citations
        for document in register.find(citation)
        for change in register.changes_of(document.id)
        if change.touches(Place.of(citation)) and not _is_settled(change, Place.of(citation), checked_at)
    )
    return max(starts, default=None)


def _windows_of(
    document: LegalDocument, place: Place, register: Register, checked_at: datetime | None
) -> tuple[Window, ...]:
    windows: tuple[Window, ...] = (Window(document.in_force_from, document.in_force_to),)
    for change in register.changes_of(document.id):
        if not change.touches(place) or _is_settled(change, place, checked_at):
            continue
        free = [Window(None, register.starts(change))]
        if change.effective_to:
            free.append(Window(change.effective_to, None))
        windows = _both(windows, tuple(free))
    return windows


def _both(left: Iterable[Window], right: tuple[Window, ...]) -> tuple[Window, ...]:
    met = [
        Window(
            max((day for day in (a.start, b.start) if day), default=None),
            min((day for day in (a.end, b.end) if day), default=None),
        )
        for a in left
        for b in right
    ]
    return _joined(window for window in met if window.end is None or window.end > (window.start or date.min))


def _joined(windows: Iterable[Window]) -> tuple[Window, ...]:
    """Return the windows in order, those that meet made one."""
    found: list[Window] = []
    for window in sorted(windows, key=lambda window: (window.start or date.min, window.end or date.max)):
        last = found[-1] if found else None
        if last is not None and (last.end is None or (window.start or date.min) <= last.end):
            ends = (last.end, window.end)
            found[-1] = Window(last.start, None if None in ends else max(day for day in ends if day))
        else:
            found.append(window)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Affected(Generic[ItemT]):
    """An item that a change touches, by which of its citations; `is_vague` where none names a place or the one law."""

    item: ItemT
    citations: tuple[Citation, ...] = field(default=())
    is_vague: bool = False


def affected_by(
    change: Change,
    items: Mapping[ItemT, Collection[Citation]],
    register: Register,
    *,
    checked_at: Mapping[ItemT, datetime] | None = None,
) -> tuple[Affected[ItemT], ...]:
    """Return the items that cite what the change touches, in the order of `items`.

    A citation of the whole document counts, and so does one that may mean it among others: better one review too many
    than a wrong question. Items that were checked knowing the change (`checked_at`, as in `currency`) do not.
    """
    times = checked_at or {}
    found = (_affected(change, item, items[item], register, times.get(item)) for item in items)
    return tuple(affected for affected in found if affected)


def _affected(
    change: Change, item: ItemT, citations: Collection[Citation], register: Register, checked: datetime | None
) -> Affected[ItemT] | None:
    hit: list[Citation] = []
    is_certain = False
    for citation in citations:
        documents, place = register.find(citation), Place.of(citation)
        is_meant = change.target_id in {document.id for document in documents}
        if is_meant and change.touches(place) and not _is_settled(change, place, checked):
            hit.append(citation)
            is_certain |= len(documents) == 1 and change.covers(place)
    return Affected(item, tuple(hit), is_vague=not is_certain) if hit else None
