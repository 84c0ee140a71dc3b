"""Rows of an import beside what they are like: stored questions of every bank, and earlier rows of the file."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.bank.access import items_visible_to
from exam_service.bank.head import current_drafts
from exam_service.bank.import_rows import ImportRow, Near, StoredItems, matched
from exam_service.bank.models import Bank, Item
from exam_service.bank.similar.finding import Like, find_likes
from exam_service.bank.similar.listing import KIND_NAMES, Beside, place_beside
from exam_service.i18n import gettext as _
from question_bank.items import AnyContent
from question_bank.similarity import Likeness, LikenessKind, NearIndex, Signature

MAX_NEAR = 3
"""So many stored questions and so many rows are named for a row, the most alike."""

# Rows of one stem are named by the reading of the file already (`question_bank.formats.comparing`).
_NAMED_BY_READING = frozenset({LikenessKind.SAME, LikenessKind.SAME_STEM})


def compared(session: Session, bank: Bank, rows: Sequence[ImportRow]) -> list[ImportRow]:
    """The rows with the stored items that they meet in the bank now, and with what they are like."""
    items = StoredItems(session, bank, rows)
    return with_likes(session, matched(rows, items), items.signatures)


def with_likes(
    session: Session, rows: Sequence[ImportRow], signatures: Mapping[int, Signature]
) -> list[ImportRow]:
    """The rows with what they are like; a row that its item says already is compared with nothing."""
    compared = [
        row for row in rows if row.index in signatures and not (row.match and row.match.kind == "same")
    ]
    found = find_likes(session, [signatures[row.index] for row in compared], limit=MAX_NEAR + 1)
    codes = _codes(session, {like.item_id for likes in found for like in likes})
    index = NearIndex(signatures.items())
    near = {
        row.index: (*_stored_near(row, likes, codes), *_file_near(row, index.likes_of(row.index)))
        for row, likes in zip(compared, found, strict=True)
    }
    return [row.model_copy(update={"near": near.get(row.index, ())}) for row in rows]


def _codes(session: Session, item_ids: set[UUID]) -> dict[UUID, str]:
    return dict(session.execute(select(Item.id, Item.code).where(Item.id.in_(item_ids))).all())


def _stored_near(row: ImportRow, likes: Iterable[Like], codes: Mapping[UUID, str]) -> list[Near]:
    own = row.match.item_id if row.match and row.match.kind == "source" else None
    return [
        _near(like.likeness, item_id=like.item_id, code=codes[like.item_id])
        for like in likes
        if like.item_id != own
    ][:MAX_NEAR]


def _file_near(row: ImportRow, likes: Iterable[tuple[int, Likeness]]) -> list[Near]:
    return [
        _near(likeness, index=other)
        for other, likeness in likes
        if other < row.index and likeness.kind not in _NAMED_BY_READING
    ][:MAX_NEAR]


def _near(
    likeness: Likeness, *, item_id: UUID | None = None, code: str = "", index: int | None = None
) -> Near:
    return Near(
        kind=likeness.kind,
        score_permille=round(likeness.score * 1000),
        has_conflict=likeness.conflicting_keys,
        item_id=item_id,
        code=code,
        index=index,
    )


@dataclass(frozen=True)
class NearNotes:
    """What the table of rows says of a row's likes: (severity, sentence)."""

    sentences: Sequence[tuple[str, str]] = ()

    def __bool__(self) -> bool:
        return bool(self.sentences)


def near_notes(session: Session, actor: Actor, rows: Sequence[ImportRow]) -> dict[int, NearNotes]:
    """Row index → notes in the language of the request; items of banks out of the actor's care are only counted."""
    visible = _visible(session, actor, rows)
    names = {row.index: str(row.row) for row in rows}
    return {row.index: NearNotes(list(_sentences(row, visible, names))) for row in rows}


def _visible(session: Session, actor: Actor, rows: Iterable[ImportRow]) -> frozenset[UUID]:
    wanted = {near.item_id for row in rows for near in row.near if near.item_id}
    if not wanted:
        return frozenset()
    return frozenset(
        session.scalars(items_visible_to(actor).with_only_columns(Item.id).where(Item.id.in_(wanted)))
    )


def _sentences(
    row: ImportRow, visible: frozenset[UUID], names: Mapping[int, str]
) -> Iterator[tuple[str, str]]:
    hidden = [near for near in row.near if near.item_id and near.item_id not in visible]
    for near in row.near:
        if near in hidden:
            continue
        what = f"{_(KIND_NAMES[near.kind.value])} ({round(near.score_permille / 10)} %)"
        whom = (
            _("câu %(code)s", code=near.code)
            if near.item_id
            else _("dòng %(row)s", row=names.get(near.index or 0, ""))
        )
        if near.has_conflict:
            yield "hold", _("%(what)s với %(whom)s nhưng khác đáp án.", what=what, whom=whom)
        else:
            yield "warning", _("%(what)s với %(whom)s.", what=what, whom=whom)
    if hidden:
        severity = "hold" if any(near.has_conflict for near in hidden) else "warning"
        yield (
            severity,
            _(
                "Có %(count)s câu giống hoặc gần giống ở ngân hàng mà Ông/Bà không phụ trách.",
                count=len(hidden),
            )
            + (" " + _("Có câu khác đáp án.") if severity == "hold" else ""),
        )


@dataclass(frozen=True)
class RowLike:
    """One question that a row is like; `item` is None for another row of the file."""

    name: str
    item: Item | None
    beside: Beside


@dataclass(frozen=True)
class RowLikes:
    """What a row is like, and how many more questions stand in banks out of the actor's care."""

    likes: Sequence[RowLike]
    hidden: int


def likes_of_row(session: Session, actor: Actor, row: ImportRow, rows: Sequence[ImportRow]) -> RowLikes:
    """The row beside each question that it is like and that the actor may see."""
    draft = row.item_draft()
    assert draft is not None
    ids = {near.item_id for near in row.near if near.item_id}
    items = {item.id: item for item in session.scalars(items_visible_to(actor).where(Item.id.in_(ids)))}
    drafts = current_drafts(session, list(items.values()))
    by_index = {other.index: other for other in rows}
    likes = []
    for near in row.near:
        if near.item_id in items:
            item = items[near.item_id]
            likes += _row_like(draft.content, drafts[item.id].content, name=item.code, item=item)
        elif near.index is not None and (other := by_index[near.index].item_draft()) is not None:
            name = _("dòng %(row)s", row=by_index[near.index].row)
            likes += _row_like(draft.content, other.content, name=name, item=None)
    return RowLikes(likes, len(ids) - len(items))


def _row_like(one: AnyContent, other: AnyContent, *, name: str, item: Item | None) -> list[RowLike]:
    beside = place_beside(one, other)
    return [] if beside is None else [RowLike(name, item, beside)]
