"""Writing the chosen rows of an import: all of them with a fixed number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from exam_service import clock
from exam_service.actor import Actor
from exam_service.bank.authoring import next_codes
from exam_service.bank.facets.keeping import Said, keep_facets
from exam_service.bank.head import describe_item, index_places, note_authors, stored, versions_by_item
from exam_service.bank.import_rows import ImportRow, Result, StoredItems, completed
from exam_service.bank.legal.citing import index_new_items
from exam_service.bank.models import Bank, Enemy, Item
from exam_service.bank.origins import declare_enemies_of, keep_origin, restore_families_of
from exam_service.bank.similar.signing import keep_signatures
from question_bank.formats.native_json import NativeOrigin
from question_bank.items import ItemDraft
from question_bank.review import ReviewState
from question_bank.similarity import Signature
from question_bank.taxonomy import CognitiveLevel

Decision = Literal["take", "new", "leave"]


@dataclass(frozen=True)
class ImportChoice:
    """Which rows to take, and what stands in where the file says nothing.

    `decisions` must name every row that needs one: `take` (changes the stored item of the same stem where the row
    meets one), `new` (a question of its own), or `leave`.
    """

    rows: frozenset[int]
    decisions: Mapping[int, Decision] = field(default_factory=dict)
    competency: str | None = None
    level: CognitiveLevel | None = None
    author_id: UUID | None = None
    tags: tuple[str, ...] = ()


@dataclass
class RowWriter:
    """Writes the chosen rows of one commit."""

    session: Session
    actor: Actor
    bank: Bank
    items: StoredItems
    choice: ImportChoice
    _groups: dict[int, list[Item]] = field(default_factory=dict)
    _sources: set[str] = field(default_factory=set)
    _written: dict[UUID, tuple[Item, ItemDraft]] = field(default_factory=dict)
    _signatures: dict[UUID, Signature] = field(default_factory=dict)
    _like: set[UUID] = field(default_factory=set)
    _from_elsewhere: list[tuple[UUID, Mapping[str, Any]]] = field(default_factory=list)
    _origins: dict[str, tuple[Item, NativeOrigin]] = field(default_factory=dict)

    def write(self, rows: Sequence[ImportRow]) -> dict[int, tuple[Result, str | None]]:
        """Row index → what became of the row, and the code of its item."""
        matches = {
            row.index: None if self.choice.decisions.get(row.index) == "new" else row.match for row in rows
        }
        codes = iter(next_codes(self.session, self.bank, sum(match is None for match in matches.values())))
        locked = self._lock({match.item_id for match in matches.values() if match and match.kind != "same"})
        done: dict[int, tuple[Result, str | None]] = {}
        for row in rows:
            match = matches[row.index]
            if match is None:
                done[row.index] = self._create(row, next(codes))
            elif match.kind == "same":
                done[row.index] = "unchanged", match.code
                self._note_origin(row, match.item_id)
            else:
                done[row.index] = self._update(row, locked[match.item_id])
        self._finish()
        return done

    def _lock(self, item_ids: set[UUID]) -> dict[UUID, Item]:
        # In one order, so that two people who write at once cannot wait for each other.
        statement = select(Item).where(Item.id.in_(item_ids)).order_by(Item.id).with_for_update(of=Item)
        found = self.session.scalars(statement.execution_options(populate_existing=True))
        return {item.id: item for item in found}

    def _create(self, row: ImportRow, code: str) -> tuple[Result, str | None]:
        draft = self._with_defaults(self.items.drafts[row.index])
        source = draft.source_id
        if source and (source in self._sources or self.items.has_source(source)):
            draft = draft.model_copy(update={"source_id": None})
        self._sources |= {source} if source else set()
        now = clock.now()
        item = Item(
            id=uuid7(),
            code=code,
            bank_id=self.bank.id,
            author_id=self._author_id,
            source_id=draft.source_id,
            draft=stored(draft),
            created_at=now,
        )
        self._keep(row, item, draft)
        return "created", code

    def _update(self, row: ImportRow, item: Item) -> tuple[Result, str | None]:
        if item.state == ReviewState.IN_REVIEW.value and item.draft is None:
            return "left_out", item.code  # the reviewer has it; its text must not change under their eyes
        if item.draft is None:
            item.author_id = self._author_id
        known = self._written[item.id][1] if item.id in self._written else self.items.draft_of(item.id)
        draft = self._with_defaults(completed(self.items.drafts[row.index], known))
        draft = draft.model_copy(update={"source_id": item.source_id})
        item.draft = stored(draft)
        self._keep(row, item, draft)
        return "updated", item.code

    def _keep(self, row: ImportRow, item: Item, draft: ItemDraft) -> None:
        describe_item(item, draft, None)
        self._written[item.id] = item, draft
        # What the file does not say is taken over, what is compared it does say.
        self._signatures[item.id] = self.items.signatures[row.index]
        if row.near or row.match:
            self._like.add(item.id)
        if row.group is not None:
            self._groups.setdefault(row.group, []).append(item)
        self._note_origin(row, item.id)

    def _note_origin(self, row: ImportRow, item_id: UUID) -> None:
        if row.origin is not None:
            self._from_elsewhere.append((item_id, row.origin))

    def _finish(self) -> None:
        """The items are in the table with their authors, signatures, likes, cited places and earlier lives."""
        fresh = {item.id: draft for item, draft in self._written.values() if not inspect(item).persistent}
        items = [item for item, _draft in self._written.values()]
        self.session.add_all(items)
        self.session.flush()  # authors and signatures refer to them
        assert self.actor.id is not None
        note_authors(self.session, [(item.id, item.author_id) for item in items])
        note_authors(self.session, [(item.id, self.actor.id) for item in items])
        keep_signatures(self.session, self._signatures, paired=self._like)
        index_new_items(self.session, fresh)
        keep_facets(self.session, {item.id: Said.of(draft) for item, draft in self._written.values()})
        changed = [item for item in items if item.id not in fresh]
        if changed:
            index_places(self.session, changed, versions_by_item(self.session, changed))
        for item_id, record in self._from_elsewhere:
            item = self.session.get_one(Item, item_id)
            origin = keep_origin(self.session, item, record)
            self._origins[origin.item.code] = (item, origin)

    @property
    def _author_id(self) -> UUID:
        author_id = self.choice.author_id or self.actor.id
        assert author_id is not None
        return author_id

    def _with_defaults(self, draft: ItemDraft) -> ItemDraft:
        return draft.model_copy(
            update={
                "competency": draft.competency or self.choice.competency,
                "level": draft.level or self.choice.level,
                "tags": draft.tags or self.choice.tags,
            }
        )

    def declare_enemies(self, reason: str) -> None:
        """Questions of one stem never meet in one form: the second would give the first away.

        Enemies elsewhere stay enemies.
        """
        declare_enemies_of(self.session, self._origins)
        restore_families_of(self.session, self.actor, self._origins)
        for group in self._groups.values():
            for one, other in combinations(group, 2):
                first, second = sorted((one.id, other.id))
                if first != second:
                    self.session.merge(Enemy(item_id=first, other_id=second, reason=reason))
