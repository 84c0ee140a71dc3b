"""Rows of an import as they are kept between dry run and commit, and what they meet in the bank."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.bank.head import SUMMARY_CHARS, current_draft, stored, trusted_draft, versions_of
from exam_service.bank.models import Bank, Item
from exam_service.bank.origins import items_by_origin
from question_bank.formats.excel import ImportReading, RowFinding, RowVerdict, Verdict
from question_bank.items import ItemDraft, semantic_hash
from question_bank.text import plain, tone_fold

MatchKind = Literal["same", "source", "stem"]
Result = Literal["created", "updated", "unchanged", "left_out"]
DUPLICATE = "duplicate_item"
CONFLICT = "conflicting_keys"


class Match(BaseModel):
    """The stored item that a row meets.

    `same`: it says the same already; `source`: it has the row's source id or code; `stem`: only the stem is equal, so
    a person decides whether the row changes it or is a question of its own.
    """

    model_config = ConfigDict(frozen=True)

    kind: MatchKind
    item_id: UUID
    code: str


class ImportRow(BaseModel):
    """One source row: what was read, what was found, whom it meets, and after the commit what became of it.

    `group` is the index of the first row of those that share its stem with other keys, `origin` what the source
    knows of the item's life elsewhere.
    """

    model_config = ConfigDict(frozen=True)

    index: int
    sheet: str
    row: int
    severity: Verdict
    findings: tuple[dict[str, Any], ...] = ()
    preview: str
    draft: dict[str, Any] | None
    origin: dict[str, Any] | None = None
    match: Match | None = None
    group: int | None = None
    result: Result | None = None
    item_code: str | None = None

    def item_draft(self) -> ItemDraft | None:
        return None if self.draft is None else trusted_draft(self.draft)

    def row_findings(self) -> list[RowFinding]:
        return [finding(found) for found in self.findings]

    @property
    def can_be_taken(self) -> bool:
        return self.draft is not None and self.severity is not Verdict.ERROR

    @property
    def needs_decision(self) -> bool:
        """True when nobody but a person can say whether, and as what, the row is imported."""
        if self.match is not None and self.match.kind == "same":
            return False
        met = self.match is not None and self.match.kind == "stem"
        return self.can_be_taken and (self.severity is Verdict.HOLD or met)

    @property
    def is_proposed(self) -> bool:
        """True when the row is taken unless the person says otherwise."""
        is_repeat = any(found["code"] == DUPLICATE for found in self.findings)
        return self.can_be_taken and not self.needs_decision and not is_repeat


def rows_of(reading: ImportReading) -> list[ImportRow]:
    """The rows of a reading, not yet compared with a bank."""
    groups = _conflict_groups(reading.rows)
    return [
        ImportRow(
            index=index,
            sheet=verdict.sheet,
            row=verdict.row,
            severity=verdict.severity,
            findings=tuple(note(found) for found in verdict.findings),
            preview=verdict.preview,
            draft=None if verdict.draft is None else stored(verdict.draft),
            origin=None if verdict.origin is None else dict(verdict.origin),
            group=groups.get(index),
        )
        for index, verdict in enumerate(reading.rows)
    ]


def finding(kept: Mapping[str, Any]) -> RowFinding:
    """The finding that `note` keeps."""
    return RowFinding(kept["code"], Verdict(kept["severity"]), kept["cell"], kept["params"])


def note(found: RowFinding) -> dict[str, Any]:
    """The finding as JSON keeps it; its sentence is made when it is shown, in the reader's language."""
    return {
        "code": found.code,
        "severity": found.severity.value,
        "cell": found.cell,
        "params": dict(found.params),
    }


def _conflict_groups(verdicts: Sequence[RowVerdict]) -> dict[int, int]:
    first: dict[str, int] = {}
    groups: dict[int, int] = {}
    for index, verdict in enumerate(verdicts):
        if verdict.draft is not None and any(found.code == CONFLICT for found in verdict.findings):
            groups[index] = first.setdefault(stem_key(plain(verdict.draft.content.stem)), index)
    return groups


def stem_key(plain_stem: str) -> str:
    """What two stems are compared by: `question_bank.text.tone_fold` of as much as the head of an item keeps."""
    return tone_fold(plain_stem[:SUMMARY_CHARS])


class StoredItems:
    """The items of one bank as an import meets them: by source id, by code, by stem."""

    def __init__(self, session: Session, bank: Bank) -> None:
        self._session = session
        self._by_source: dict[str, Item] = {}
        self._by_stem: dict[str, list[Item]] = defaultdict(list)
        self._drafts: dict[UUID, ItemDraft] = {}
        self._by_origin = items_by_origin(session, bank)
        items = session.scalars(select(Item).where(Item.bank_id == bank.id).order_by(Item.code.desc())).all()
        for item in items:
            self._by_source[item.code] = item
            self._by_stem[stem_key(item.summary)].insert(0, item)
        sources = {item.source_id: item for item in self._by_source.values() if item.source_id}
        self._by_source |= sources

    def has_source(self, source_id: str) -> bool:
        return source_id in self._by_source

    def draft_of(self, item: Item) -> ItemDraft:
        """What the item says now."""
        if item.id not in self._drafts:
            self._drafts[item.id] = current_draft(item, versions_of(self._session, item))
        return self._drafts[item.id]

    def match(self, draft: ItemDraft, origin: Mapping[str, Any] | None = None) -> Match | None:
        """The stored item that the draft meets, or None; `origin` is its record from elsewhere."""
        item = self._by_origin.get(UUID(origin["item"]["id"])) if origin and origin["item"]["id"] else None
        if item is None and draft.source_id:
            item = self._by_source.get(draft.source_id)
        if item is not None:
            return Match(
                kind="same" if self._is_same(draft, item) else "source", item_id=item.id, code=item.code
            )
        met = self._by_stem.get(stem_key(plain(draft.content.stem)), [])
        for item in met:
            if self._is_same(draft, item):
                return Match(kind="same", item_id=item.id, code=item.code)
        return Match(kind="stem", item_id=met[0].id, code=met[0].code) if met else None

    def _is_same(self, draft: ItemDraft, item: Item) -> bool:
        return semantic_hash(completed(draft, self.draft_of(item))) == item.semantic_hash


def completed(draft: ItemDraft, known: ItemDraft) -> ItemDraft:
    """The draft with what its source does not say taken from what is known; nothing it says is changed."""
    names = ("level", "competency", "citations", "expected_time_s", "tags")
    update: dict[str, object] = {name: getattr(draft, name) or getattr(known, name) for name in names}
    if not draft.content.rationale:
        update["content"] = draft.content.model_copy(update={"rationale": known.content.rationale})
    return draft.model_copy(update=update)


def matched(rows: Iterable[ImportRow], items: StoredItems) -> list[ImportRow]:
    """The rows with the stored items they meet now."""
    compared = []
    for row in rows:
        draft = row.item_draft()
        match = None if draft is None else items.match(draft, row.origin)
        compared.append(row.model_copy(update={"match": match}))
    return compared


def dumped(rows: Iterable[ImportRow]) -> list[Any]:
    """The rows as the column `item_import.verdicts` holds them."""
    return [row.model_dump(mode="json") for row in rows]


def loaded(verdicts: Iterable[Mapping[str, Any]]) -> list[ImportRow]:
    """The rows of the column `item_import.verdicts`."""
    return [ImportRow.model_validate(verdict) for verdict in verdicts]
