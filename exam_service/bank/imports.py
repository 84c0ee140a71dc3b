"""Importing a file of items: a dry run that names every row, decisions by a person, one commit, a report."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import PurePath
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Actor, Role
from exam_service.audit import record
from exam_service.auth.models import Account, RoleGrant
from exam_service.bank.access import check_may_author, get_bank, imports_visible_to
from exam_service.bank.authoring import add_item, next_codes
from exam_service.bank.formats import format_of
from exam_service.bank.head import note_author, refresh_head, stored
from exam_service.bank.import_rows import (
    ImportRow,
    Result,
    StoredItems,
    completed,
    dumped,
    loaded,
    matched,
    note,
    rows_of,
)
from exam_service.bank.media.storing import drop_import_media, keep_for_import, take_from_import
from exam_service.bank.models import Bank, Competency, Enemy, Item, ItemImport
from exam_service.bank.origins import declare_enemies_of, keep_origin
from exam_service.errors import Invalid, NotFound, Refusal
from exam_service.i18n import N_
from exam_service.i18n import gettext as _
from question_bank.formats.native_json import NativeOrigin
from question_bank.items import ItemDraft
from question_bank.review import ReviewState
from question_bank.taxonomy import CognitiveLevel
from question_bank.text import media_names

Decision = Literal["take", "new", "leave"]
SAME_STEM = N_("Cùng phần dẫn trong tệp %(file)s")


class ImportIsOver(Refusal):
    code = "import_is_over"
    message = "Lần nhập này đã ghi hoặc đã bỏ. Hãy tải tệp lên lại nếu muốn nhập tiếp."


class RowsUndecided(Refusal):
    code = "rows_undecided"
    status = 422
    message = "Còn %(count)s dòng chờ quyết định (dòng %(rows)s). Hãy chọn nhập hay bỏ từng dòng."


class NothingChosen(Refusal):
    code = "nothing_chosen"
    status = 422
    message = "Chưa chọn dòng nào để nhập."


class BankChanged(Refusal):
    """Since the dry run, items were written that chosen rows meet; the verdicts were not those of today."""

    code = "bank_changed"
    message = (
        "Ngân hàng đã thay đổi sau khi kiểm tra tệp (dòng %(rows)s). Hãy bấm “Kiểm tra lại” rồi chọn lại."
    )


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


def preview_import(
    session: Session, actor: Actor, *, bank_id: UUID, file_name: str, data: bytes
) -> ItemImport:
    """The file is read and kept with a verdict for every row; no item is written.

    Raises Forbidden, NotFound, UnknownFormat, UnreadableFile.
    """
    check_may_author(actor)
    bank = get_bank(session, actor, bank_id=bank_id)
    file_name = PurePath(file_name.replace("\\", "/")).name[:200]
    chosen = format_of(file_name)
    reading = chosen.read(data)
    rows = matched(rows_of(reading), StoredItems(session, bank))
    stored_import = ItemImport(
        bank_id=bank.id,
        format=chosen.name,
        file_name=file_name,
        file_hash=hashlib.sha256(data).hexdigest(),
        file=data,
        verdicts=dumped(rows),
        outcome={"notes": [note(found) for found in reading.findings]},
        created_by=actor.id,
        created_at=clock.now(),
    )
    session.add(stored_import)
    session.flush()  # the audit row names its id
    keep_for_import(session, stored_import, reading.media)
    counts = Counter(row.severity.value for row in rows)
    subject = ("item_import", stored_import.id)
    record(session, actor, "import.preview", subject, file=file_name, hash=stored_import.file_hash, **counts)
    return stored_import


def get_import(session: Session, actor: Actor, import_id: UUID) -> ItemImport:
    """The import. Raises Forbidden, NotFound."""
    check_may_author(actor)
    found = session.scalar(imports_visible_to(actor).where(ItemImport.id == import_id))
    if found is None:
        raise NotFound
    return found


def _lock_import(session: Session, actor: Actor, import_id: UUID) -> tuple[ItemImport, Bank]:
    get_import(session, actor, import_id)
    found = session.get_one(ItemImport, import_id, with_for_update=True, populate_existing=True)
    if found.state != "previewed":
        raise ImportIsOver
    # Two imports into one bank would each miss what the other writes: the second waits here.
    bank = session.get_one(Bank, found.bank_id, with_for_update=True)
    return found, bank


def recheck_import(session: Session, actor: Actor, *, import_id: UUID) -> ItemImport:
    """The verdicts name what the rows meet in the bank now. Raises Forbidden, NotFound, ImportIsOver."""
    found, bank = _lock_import(session, actor, import_id)
    found.verdicts = dumped(matched(loaded(found.verdicts), StoredItems(session, bank)))
    return found


def discard_import(session: Session, actor: Actor, *, import_id: UUID) -> None:
    """Nothing of the file will be written. Raises Forbidden, NotFound, ImportIsOver."""
    found, _bank = _lock_import(session, actor, import_id)
    found.state = "discarded"
    drop_import_media(session, found)
    record(session, actor, "import.discard", ("item_import", found.id), file=found.file_name)


def commit_import(session: Session, actor: Actor, *, import_id: UUID, choice: ImportChoice) -> ItemImport:
    """Every chosen row is in the bank as a draft, in one transaction, and the report says what became of each row.

    1. Rows that need a decision must have one. 2. What chosen rows meet in the bank is compared again. 3. A row that
    says what its item says already changes nothing; a row of a known source id gives its item a new draft; others
    become new items. 4. Rows of one stem that were taken together are enemies.
    Raises Forbidden, NotFound, ImportIsOver, RowsUndecided, NothingChosen, BankChanged, Invalid.
    """
    found, bank = _lock_import(session, actor, import_id)
    rows = loaded(found.verdicts)
    chosen = _chosen(rows, choice)
    _check_defaults(session, bank, choice)
    items = StoredItems(session, bank)
    again = {row.index: row for row in matched((row for row in rows if row.index in chosen), items)}
    changed = [row for row in rows if row.index in chosen and again[row.index].match != row.match]
    if changed:
        raise BankChanged(rows=_named(changed))
    # Before the items: storing an item notes which images of the bank it shows.
    take_from_import(session, actor, found, _images_of(rows, chosen))
    writer = _Writer(session, actor, bank, items, choice)
    done = {index: writer.write(again[index]) for index in sorted(chosen)}
    writer.declare_enemies(_(SAME_STEM, file=found.file_name))
    left: tuple[Result, None] = ("left_out", None)
    results = {row.index: done.get(row.index, left) for row in rows}
    found.verdicts = dumped(
        row.model_copy(update={"result": results[row.index][0], "item_code": results[row.index][1]})
        for row in rows
    )
    counts = Counter(result for result, _code in results.values())
    counted = {name: counts[name] for name in ("created", "updated", "unchanged", "left_out")}
    found.outcome = {**found.outcome, **counted}
    found.state, found.committed_at = "committed", clock.now()
    subject = ("item_import", found.id)
    record(session, actor, "import.commit", subject, file=found.file_name, bank=bank.code, **counted)
    return found


def rows_in(found: ItemImport) -> list[ImportRow]:
    """The rows of a stored import, in the order of the file."""
    return loaded(found.verdicts)


def sound_rows(rows: list[ImportRow]) -> ImportChoice:
    """The choice that takes every row that nobody need decide on, and leaves the others."""
    return ImportChoice(
        rows=frozenset(row.index for row in rows if row.is_proposed),
        decisions={row.index: "leave" for row in rows if row.needs_decision},
    )


def _chosen(rows: list[ImportRow], choice: ImportChoice) -> frozenset[int]:
    undecided = [row for row in rows if row.needs_decision and row.index not in choice.decisions]
    if undecided:
        raise RowsUndecided(count=len(undecided), rows=_named(undecided))
    chosen = frozenset(
        row.index
        for row in rows
        if row.can_be_taken
        and (choice.decisions[row.index] != "leave" if row.needs_decision else row.index in choice.rows)
    )
    if not chosen:
        raise NothingChosen
    return chosen


def _images_of(rows: list[ImportRow], chosen: frozenset[int]) -> frozenset[str]:
    return frozenset[str]().union(
        *(media_names(json.dumps([rows[index].draft, rows[index].origin])) for index in chosen)
    )


def _named(rows: list[ImportRow], *, limit: int = 10) -> str:
    names = [str(row.row) for row in rows[:limit]]
    return ", ".join(names) + (", …" if len(rows) > limit else "")


def _check_defaults(session: Session, bank: Bank, choice: ImportChoice) -> None:
    if choice.competency and not session.scalar(
        select(Competency.id).where(Competency.code == choice.competency)
    ):
        raise Invalid(field="competency", reason=_("Hãy chọn một năng lực trong danh sách."))
    if choice.author_id is not None and choice.author_id not in dict(authors_of(session, bank)):
        raise Invalid(field="author", reason=_("Hãy chọn một người soạn của ngân hàng này."))


def authors_of(session: Session, bank: Bank) -> list[tuple[UUID, str]]:
    """(id, name) of the active accounts that may write items of the bank, by name."""
    limits: list[ColumnElement[bool]] = [RoleGrant.position_id.is_(None)]
    if bank.position_id is not None:
        limits.append(RoleGrant.position_id == bank.position_id)
    rows = session.execute(
        select(Account.id, Account.display_name)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .where(Account.is_active, RoleGrant.role == Role.AUTHOR.value, or_(*limits))
        .distinct()
        .order_by(Account.display_name)
    )
    return [(account_id, name) for account_id, name in rows]


@dataclass
class _Writer:
    """Writes the chosen rows of one commit."""

    session: Session
    actor: Actor
    bank: Bank
    items: StoredItems
    choice: ImportChoice
    _groups: dict[int, list[Item]] = field(default_factory=dict)
    _sources: set[str] = field(default_factory=set)
    _origins: dict[str, tuple[Item, NativeOrigin]] = field(default_factory=dict)

    def write(self, row: ImportRow) -> tuple[Result, str | None]:
        """What became of the row, and the code of its item."""
        draft = row.item_draft()
        assert draft is not None
        match = None if self.choice.decisions.get(row.index) == "new" else row.match
        if match is None:
            item = self._create(draft)
            self._note_group(row, item)
            self._note_origin(row, item)
            return "created", item.code
        if match.kind == "same":
            self._note_origin(row, self.session.get_one(Item, match.item_id))
            return "unchanged", match.code
        item = self.session.get_one(Item, match.item_id, with_for_update=True, populate_existing=True)
        if item.state == ReviewState.IN_REVIEW.value and item.draft is None:
            return "left_out", item.code  # the reviewer has it; its text must not change under their eyes
        self._update(item, draft)
        self._note_group(row, item)
        self._note_origin(row, item)
        return "updated", item.code

    def _create(self, draft: ItemDraft) -> Item:
        (code,) = next_codes(self.session, self.bank, 1)
        source = draft.source_id
        if source and (source in self._sources or self.items.has_source(source)):
            draft = draft.model_copy(update={"source_id": None})
        self._sources |= {source} if source else set()
        item = add_item(
            self.session,
            bank=self.bank,
            code=code,
            draft=self._with_defaults(draft),
            author_id=self._author_id,
        )
        note_author(self.session, item, self.actor.id)
        return item

    @property
    def _author_id(self) -> UUID:
        author_id = self.choice.author_id or self.actor.id
        assert author_id is not None
        return author_id

    def _update(self, item: Item, draft: ItemDraft) -> None:
        if item.draft is None:
            item.author_id = self._author_id
        draft = self._with_defaults(completed(draft, self.items.draft_of(item)))
        item.draft = stored(draft.model_copy(update={"source_id": item.source_id}))
        for account_id in (item.author_id, self.actor.id):
            note_author(self.session, item, account_id)
        refresh_head(self.session, item)

    def _with_defaults(self, draft: ItemDraft) -> ItemDraft:
        return draft.model_copy(
            update={
                "competency": draft.competency or self.choice.competency,
                "level": draft.level or self.choice.level,
            }
        )

    def _note_group(self, row: ImportRow, item: Item) -> None:
        if row.group is not None:
            self._groups.setdefault(row.group, []).append(item)

    def _note_origin(self, row: ImportRow, item: Item) -> None:
        if row.origin is not None:
            origin = keep_origin(self.session, item, row.origin)
            self._origins[origin.item.code] = (item, origin)

    def declare_enemies(self, reason: str) -> None:
        """Questions of one stem never meet in one form: the second would give the first away.

        Enemies elsewhere stay enemies.
        """
        declare_enemies_of(self.session, self._origins)
        for group in self._groups.values():
            for one, other in combinations(group, 2):
                first, second = sorted((one.id, other.id))
                if first != second:
                    self.session.merge(Enemy(item_id=first, other_id=second, reason=reason))
