"""Keeping the signatures of items and the pairs of likes true to what the items say."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.bank.similar.finding import find_likes
from exam_service.bank.similar.models import ItemSignature, SimilarPair
from exam_service.bank.similar.sketch import sketch
from question_bank.items import ItemDraft
from question_bank.similarity import RECIPE, Likeness, Signature, signature_of

CHUNK = 500
MAX_PAIRS = 20
"""An item of a stem that hundreds share is paired with so many, the most alike: a list of all would help nobody."""


def sign_items(session: Session, drafts: Mapping[UUID, ItemDraft]) -> None:
    """The signatures are those of the drafts, and the undecided pairs of these items are those of their words.

    Items whose words did not change cost one SELECT. The items must be in the table already.
    """
    keep_signatures(session, {item_id: signature_of(draft.content) for item_id, draft in drafts.items()})


def keep_signatures(
    session: Session, signatures: Mapping[UUID, Signature], *, paired: Collection[UUID] | None = None
) -> None:
    """As `sign_items` where the signatures have been made already.

    With `paired` only these are compared now, such as those that a dry run found to be like others; the job that
    compares what is recent compares the rest within minutes.
    """
    changed = _without_known(session, signatures)
    if changed:
        _write_signatures(session, changed)
        pair_items(session, {key: one for key, one in changed.items() if paired is None or key in paired})


def _without_known(session: Session, signatures: Mapping[UUID, Signature]) -> dict[UUID, Signature]:
    rows = session.execute(
        select(ItemSignature.item_id, ItemSignature.stem, ItemSignature.options, ItemSignature.keyed).where(
            ItemSignature.item_id.in_(list(signatures)), ItemSignature.recipe == RECIPE
        )
    )
    known = {row.item_id: (row.stem, row.options, row.keyed) for row in rows}
    return {
        item_id: signature
        for item_id, signature in signatures.items()
        if known.get(item_id) != _words(signature)
    }


def _words(signature: Signature) -> tuple[str, list[str], list[str] | None]:
    keyed = None if signature.keyed is None else sorted(signature.keyed)
    return " ".join(signature.stem), list(signature.options), keyed


def _write_signatures(session: Session, signatures: Mapping[UUID, Signature]) -> None:
    values = [signature_row(item_id, signature) for item_id, signature in signatures.items()]
    statement = insert(ItemSignature)
    columns = [column.name for column in ItemSignature.__table__.columns if not column.primary_key]
    replaced = statement.on_conflict_do_update(
        index_elements=["item_id"], set_={name: statement.excluded[name] for name in columns}
    )
    for start in range(0, len(values), CHUNK):
        session.execute(replaced, values[start : start + CHUNK])


def signature_row(item_id: UUID, signature: Signature) -> dict[str, object]:
    """The columns of `ItemSignature` that hold the signature."""
    stem, options, keyed = _words(signature)
    return {
        "item_id": item_id,
        "recipe": RECIPE,
        "signed_at": clock.now(),
        "stem_hash": signature.stem_hash,
        "options_hash": signature.options_hash,
        "word_count": len(signature.stem),
        "grams": sorted(signature.grams),
        "sketch": sketch(signature.grams),
        "stem": stem,
        "options": options,
        "keyed": keyed,
    }


def pair_items(session: Session, signatures: Mapping[UUID, Signature]) -> None:
    """The undecided pairs of the items are those that their signatures make with all stored ones."""
    item_ids = list(signatures)
    for start in range(0, len(item_ids), CHUNK):
        _pair_chunk(session, item_ids[start : start + CHUNK], signatures)


def _pair_chunk(session: Session, item_ids: Sequence[UUID], signatures: Mapping[UUID, Signature]) -> None:
    session.execute(
        delete(SimilarPair).where(
            or_(SimilarPair.item_id.in_(item_ids), SimilarPair.other_id.in_(item_ids)),
            SimilarPair.decision.is_(None),
        )
    )
    found = find_likes(session, [signatures[item_id] for item_id in item_ids], limit=MAX_PAIRS + 1)
    pairs = {
        (min(item_id, like.item_id), max(item_id, like.item_id)): like.likeness
        for item_id, likes in zip(item_ids, found, strict=True)
        for like in [like for like in likes if like.item_id != item_id][:MAX_PAIRS]
    }
    if not pairs:
        return
    # In one order, so that two people who save at once cannot wait for each other.
    statement = insert(SimilarPair)
    kept = statement.on_conflict_do_update(
        index_elements=["item_id", "other_id"],
        set_={name: statement.excluded[name] for name in ("kind", "score_permille", "has_conflict")},
    )
    session.execute(kept, [_pair_row(pair, pairs[pair]) for pair in sorted(pairs)])


def _pair_row(pair: tuple[UUID, UUID], likeness: Likeness) -> dict[str, object]:
    return {
        "item_id": pair[0],
        "other_id": pair[1],
        "kind": likeness.kind.value,
        "score_permille": round(likeness.score * 1000),
        "has_conflict": likeness.conflicting_keys,
    }
