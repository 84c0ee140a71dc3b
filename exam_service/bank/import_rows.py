"""Rows of an import as they are kept between dry run and commit, and what they meet in the bank."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from exam_service.bank.head import current_drafts, stored, trusted_draft
from exam_service.bank.models import Bank, Item
from exam_service.bank.origins import items_by_origin
from exam_service.bank.similar.models import ItemSignature
from question_bank.formats.excel import ImportReading, RowFinding, RowVerdict, Verdict
from question_bank.items import ItemDraft, semantic_hash
from question_bank.similarity import LikenessKind, Signature, comparison_key, signature_of

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


class Near(BaseModel):
    """A question that the row is like: a stored one (`item_id`, `code`; of any bank) or an earlier row of the file.

    Whoever shows it must look first whether the reader may see the item.
    """

    model_config = ConfigDict(frozen=True)

    kind: LikenessKind
    score_permille: int
    has_conflict: bool = False
    item_id: UUID | None = None
    code: str = ""
    index: int | None = None


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
    near: tuple[Near, ...] = ()
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
    def standing(self) -> Verdict:
        """The severity of the reading, raised where the row is like another question or contradicts one."""
        found = Verdict.HOLD if self._contradicts else Verdict.WARNING if self.near else Verdict.OK
        return max(self.severity, found, key=lambda verdict: verdict.rank)

    @property
    def _contradicts(self) -> bool:
        return any(near.has_conflict for near in self.near)

    @property
    def needs_decision(self) -> bool:
        """True when nobody but a person can say whether, and as what, the row is imported."""
        if self.match is not None and self.match.kind == "same":
            return False
        met = self.match is not None and self.match.kind == "stem"
        return self.can_be_taken and (self.standing is Verdict.HOLD or met)

    @property
    def is_proposed(self) -> bool:
        """True when the row is taken unless the person says otherwise."""
        is_repeat = any(found["code"] == DUPLICATE for found in self.findings)
        return self.can_be_taken and not self.needs_decision and not is_repeat


def rows_of(reading: ImportReading) -> list[ImportRow]:
    """The rows of a reading, not yet compared with a bank."""
    groups = conflict_groups(reading.rows)
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


def conflict_groups(verdicts: Sequence[RowVerdict]) -> dict[int, int]:
    """Index of a row → index of the first row of its stem, for rows of one stem with other keys."""
    first: dict[str, int] = {}
    groups: dict[int, int] = {}
    for index, verdict in enumerate(verdicts):
        if verdict.draft is not None and any(found.code == CONFLICT for found in verdict.findings):
            groups[index] = first.setdefault(comparison_key(verdict.draft.content.texts()[0][1]), index)
    return groups


class StoredItems:
    """The items of one bank that the rows of an import meet, by source id, code or stem; a fixed number of queries."""

    def __init__(self, session: Session, bank: Bank, rows: Iterable[ImportRow]) -> None:
        self.drafts = {row.index: draft for row in rows if (draft := row.item_draft()) is not None}
        self.signatures: dict[int, Signature] = {
            index: signature_of(draft.content) for index, draft in self.drafts.items()
        }
        self._by_source: dict[str, Item] = {}
        self._by_stem: dict[int, list[Item]] = defaultdict(list)
        self._by_origin = items_by_origin(
            session, bank, {row.index: row.origin for row in rows if row.origin}
        )
        self._load_handles(session, bank)
        self._load_stems(session, bank)
        met = {item.id: item for items in self._by_stem.values() for item in items}
        met |= {item.id: item for item in self._by_source.values()}
        met |= {item.id: item for item in self._by_origin.values()}
        self._stored = current_drafts(session, list(met.values()))

    def _load_handles(self, session: Session, bank: Bank) -> None:
        handles = {draft.source_id for draft in self.drafts.values() if draft.source_id}
        found = session.scalars(
            select(Item).where(
                Item.bank_id == bank.id, or_(Item.source_id.in_(handles), Item.code.in_(handles))
            )
        ).all()
        self._by_source = {item.code: item for item in found}
        self._by_source |= {item.source_id: item for item in found if item.source_id}

    def _load_stems(self, session: Session, bank: Bank) -> None:
        stems = {signature.stem_hash for signature in self.signatures.values() if signature.stem}
        rows = session.execute(
            select(ItemSignature.stem_hash, Item)
            .join(Item, Item.id == ItemSignature.item_id)
            .where(Item.bank_id == bank.id, ItemSignature.stem_hash.in_(stems))
            .order_by(Item.code)
        )
        for stem, item in rows:
            self._by_stem[stem].append(item)

    def has_source(self, source_id: str) -> bool:
        return source_id in self._by_source

    def draft_of(self, item_id: UUID) -> ItemDraft:
        """What the item that a row meets says now."""
        return self._stored[item_id]

    def match(self, row: ImportRow) -> Match | None:
        """The stored item that the row meets, or None."""
        draft = self.drafts.get(row.index)
        if draft is None:
            return None
        item = self._by_origin.get(row.index) or self._by_source.get(draft.source_id or "")
        if item is not None:
            return Match(
                kind="same" if self._is_same(draft, item) else "source", item_id=item.id, code=item.code
            )
        met = self._by_stem.get(self.signatures[row.index].stem_hash, [])
        for item in met:
            if self._is_same(draft, item):
                return Match(kind="same", item_id=item.id, code=item.code)
        return Match(kind="stem", item_id=met[0].id, code=met[0].code) if met else None

    def _is_same(self, draft: ItemDraft, item: Item) -> bool:
        return semantic_hash(completed(draft, self._stored[item.id])) == item.semantic_hash


def completed(draft: ItemDraft, known: ItemDraft) -> ItemDraft:
    """The draft with what its source does not say taken from what is known; nothing it says is changed."""
    names = ("level", "competency", "citations", "expected_time_s", "difficulty_rating", "tags")
    update: dict[str, object] = {name: getattr(draft, name) or getattr(known, name) for name in names}
    if not draft.content.rationale:
        update["content"] = draft.content.model_copy(update={"rationale": known.content.rationale})
    return draft.model_copy(update=update)


def matched(rows: Iterable[ImportRow], items: StoredItems) -> list[ImportRow]:
    """The rows with the stored items they meet now."""
    return [row.model_copy(update={"match": items.match(row)}) for row in rows]


def dumped(rows: Iterable[ImportRow]) -> list[Any]:
    """The rows as the column `item_import.verdicts` holds them."""
    return [row.model_dump(mode="json") for row in rows]


def loaded(verdicts: Iterable[Mapping[str, Any]]) -> list[ImportRow]:
    """The rows of the column `item_import.verdicts`."""
    return [ImportRow.model_validate(verdict) for verdict in verdicts]
