"""Pairs of like questions as people see them: only of banks in their care, the others as a count."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from exam_service.actor import Actor
from exam_service.bank.access import banks_visible_to, items_visible_to
from exam_service.bank.head import current_drafts
from exam_service.bank.models import Bank, Item
from exam_service.bank.presentation import key_text
from exam_service.bank.similar.models import SimilarPair
from exam_service.i18n import N_
from exam_service.i18n import gettext as _
from exam_service.pagination import Page, paginate
from question_bank.items import AnyContent
from question_bank.review import ReviewState
from question_bank.similarity import (
    Differs,
    Likeness,
    LikenessKind,
    Part,
    compare,
    differing_lists,
    differing_parts,
    signature_of,
)

PAGE_SIZE = 20
MAX_BESIDE = 5
State = Literal["open", "decided"]

KIND_NAMES: dict[str, str] = {
    "same": N_("Giống hệt"),
    "same_stem_other_options": N_("Cùng phần dẫn, khác phương án"),
    "near": N_("Gần giống"),
    "same_options": N_("Cùng các phương án"),
}
DECISION_NAMES: dict[str, str] = {
    "different": N_("Là hai câu khác nhau"),
    "family": N_("Cùng họ"),
    "enemies": N_("Không ra chung đề"),
    "one_retired": N_("Đã bỏ một câu"),
}
_DIFFERS_NAMES: dict[Differs, str] = {
    Differs.NEGATION: N_("từ phủ định"),
    Differs.NUMBER: N_("con số"),
    Differs.WORDS: N_("từ ngữ"),
}


@dataclass(frozen=True)
class Side:
    """One of two questions, cut where it differs from the other."""

    stem: Sequence[Part]
    options: Sequence[Sequence[Part]]
    key: str


@dataclass(frozen=True)
class Beside:
    """Two questions side by side; `sentence` says what they have in common and what they differ by."""

    sentence: str
    has_conflict: bool
    left: Side
    right: Side


@dataclass(frozen=True)
class ShownPair:
    """A stored pair as the page shows it: `one` is the item of the page, or the first of the pair."""

    one: Item
    other: Item
    beside: Beside
    decision: str


@dataclass(frozen=True)
class Likes:
    """The likes of one item: those that the actor may see, and how many there are in other banks."""

    pairs: Sequence[ShownPair]
    hidden: int


def place_beside(one: AnyContent, other: AnyContent) -> Beside | None:
    """Both questions with their differences marked, or None where they are not alike."""
    likeness = compare(signature_of(one), signature_of(other))
    return None if likeness is None else _beside(one, other, likeness)


def _beside(one: AnyContent, other: AnyContent, likeness: Likeness) -> Beside:
    stems = differing_parts(one.texts()[0][1], other.texts()[0][1])
    options = differing_lists(_others(one), _others(other))
    left, right = (
        Side(stem, parts, key_text(content))
        for stem, parts, content in zip(stems, options, (one, other), strict=True)
    )
    return Beside(likeness_sentence(likeness), likeness.conflicting_keys, left, right)


def _others(content: AnyContent) -> list[str]:
    return [text for _place, text in content.texts()[1:]]


def likeness_sentence(likeness: Likeness) -> str:
    """`Gần giống 93 %, khác nhau ở: con số`."""
    parts = [f"{_(KIND_NAMES[likeness.kind.value])} {round(likeness.score * 100)} %"]
    if likeness.kind is LikenessKind.SAME:
        parts = [_(KIND_NAMES["same"])]
    if likeness.differs:
        names = ", ".join(_(name) for kind, name in _DIFFERS_NAMES.items() if kind in likeness.differs)
        parts.append(_("khác nhau ở: %(what)s", what=names))
    return ", ".join(parts)


def likes_of(session: Session, actor: Actor, item: Item, *, state: State = "open") -> Likes:
    """The stored likes of the item in that state, contradicting ones first; at most five are shown."""
    other = _other_of(item.id)
    pairs = (
        select(SimilarPair, other.label("other_id"))
        .select_from(SimilarPair)
        .join(Item, Item.id == other)
        .where(
            or_(SimilarPair.item_id == item.id, SimilarPair.other_id == item.id),
            _in_state(state),
            Item.state != ReviewState.RETIRED.value,
        )
    )
    visible = items_visible_to(actor).with_only_columns(Item.id)
    seen = session.execute(
        pairs.where(other.in_(visible))
        .order_by(SimilarPair.has_conflict.desc(), SimilarPair.score_permille.desc(), other)
        .limit(MAX_BESIDE)
    ).all()
    hidden = pairs.where(other.not_in(visible)).with_only_columns(func.count())
    items = {
        row.id: row for row in session.scalars(select(Item).where(Item.id.in_([r.other_id for r in seen])))
    }
    found = [(pair, item, items[other_id]) for pair, other_id in seen]
    return Likes(list(_shown(session, found)), session.scalar(hidden) or 0)


def _other_of(item_id: UUID) -> ColumnElement[UUID]:
    # One of the two ids is the item's own.
    return func.coalesce(
        func.nullif(SimilarPair.item_id, item_id), SimilarPair.other_id, type_=SimilarPair.other_id.type
    )


def _in_state(state: State) -> ColumnElement[bool]:
    return SimilarPair.decision.is_(None) if state == "open" else SimilarPair.decision.is_not(None)


def _shown(session: Session, pairs: Iterable[tuple[SimilarPair, Item, Item]]) -> Iterator[ShownPair]:
    pairs = list(pairs)
    items = {item.id: item for _pair, one, other in pairs for item in (one, other)}
    drafts = current_drafts(session, list(items.values()))
    for pair, one, other in pairs:
        contents = drafts[one.id].content, drafts[other.id].content
        # A decided pair may have grown apart since: it is shown as it was judged.
        kept = Likeness(LikenessKind(pair.kind), pair.score_permille / 1000, pair.has_conflict)
        likeness = compare(*map(signature_of, contents)) or kept
        yield ShownPair(one, other, _beside(*contents, likeness), pair.decision or "")


def pairs_of_bank(
    session: Session, actor: Actor, bank: Bank, *, state: State, kind: str = "", number: int = 1
) -> tuple[Page[ShownPair], int]:
    """A page of the bank's pairs, and how many more have their other question in a bank the actor may not see."""
    one, other = aliased(Item), aliased(Item)
    statement = _pairs_with(one, other, bank, state=state, kind=kind)
    visible = banks_visible_to(actor).order_by(None).with_only_columns(Bank.id)
    is_seen = and_(one.bank_id.in_(visible), other.bank_id.in_(visible))
    found = paginate(
        session,
        statement.where(is_seen).order_by(
            SimilarPair.has_conflict.desc(),
            SimilarPair.score_permille.desc(),
            SimilarPair.item_id,
            SimilarPair.other_id,
        ),
        number=number,
        size=PAGE_SIZE,
    )
    hidden = session.scalar(statement.where(~is_seen).with_only_columns(func.count())) or 0
    rows = list(_shown(session, [tuple(row) for row in found.rows]))
    return Page(rows=rows, number=found.number, size=found.size, total=found.total), hidden


def _pairs_with(
    one: type[Item], other: type[Item], bank: Bank, *, state: State, kind: str
) -> Select[SimilarPair, Item, Item]:
    statement = (
        select(SimilarPair, one, other)
        .select_from(SimilarPair)
        .join(one, one.id == SimilarPair.item_id)
        .join(other, other.id == SimilarPair.other_id)
        .where(or_(one.bank_id == bank.id, other.bank_id == bank.id), _in_state(state))
    )
    if state == "open":
        gone = ReviewState.RETIRED.value
        statement = statement.where(one.state != gone, other.state != gone)
    return statement.where(SimilarPair.kind == kind) if kind else statement


def count_pairs(session: Session, actor: Actor, bank: Bank) -> dict[State, int]:
    """How many visible pairs of the bank wait for a decision and how many have one."""
    visible = banks_visible_to(actor).order_by(None).with_only_columns(Bank.id)
    counts: dict[State, int] = {}
    for state in ("open", "decided"):
        one, other = aliased(Item), aliased(Item)
        pairs = _pairs_with(one, other, bank, state=state, kind="").where(
            one.bank_id.in_(visible), other.bank_id.in_(visible)
        )
        counts[state] = session.scalar(pairs.with_only_columns(func.count())) or 0
    return counts
