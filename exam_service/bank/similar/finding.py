"""Finding the stored items that are like given ones, among a hundred thousand, without reading them all."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger, Integer, String

from exam_service.bank.similar.models import ItemSignature
from exam_service.bank.similar.sketch import least_common_bits, sketch
from question_bank.similarity import Likeness, Signature, compare
from question_bank.similarity.near_index import least_common_grams, length_bounds, rarest_grams

BATCH = 100
MAX_CANDIDATES = 1000
MAX_SAME_OPTIONS = 100

# How common a gram is, the database knows from its own statistics; only speed depends on them, never what is found
# among the grams looked up.
_FREQUENCIES = text(
    """
    SELECT common.gram, common.share * pg_class.reltuples
    FROM pg_stats
    JOIN pg_class ON pg_class.oid = CAST('item_signature' AS regclass)
    CROSS JOIN LATERAL unnest(CAST(CAST(most_common_elems AS text) AS integer[]), most_common_elem_freqs)
        AS common (gram, share)
    WHERE pg_stats.schemaname = current_schema() AND pg_stats.tablename = 'item_signature'
        AND pg_stats.attname = 'grams' AND common.gram IS NOT NULL
    """
)

# The arrays are made once, before the join: PostgreSQL would read their texts again for every row it looks at.
_CANDIDATES = text(
    """
    WITH wanted AS MATERIALIZED (
        SELECT CAST(rarest AS integer[]) AS rarest, CAST(grams AS integer[]) AS grams, least,
            CAST(sketch AS bit(512)) AS sketch, bits, lowest, highest, place
        FROM unnest(:rarest, :grams, :least, :sketches, :bits, :lowest, :highest) WITH ORDINALITY
            AS given (rarest, grams, least, sketch, bits, lowest, highest, place)
    )
    SELECT wanted.place, met.item_id
    FROM wanted
    CROSS JOIN LATERAL (
        SELECT item_id, sketch, grams FROM item_signature
        WHERE item_signature.grams && wanted.rarest AND word_count BETWEEN wanted.lowest AND wanted.highest
        LIMIT :most
    ) AS met
    WHERE bit_count(met.sketch & wanted.sketch) >= wanted.bits AND (
        SELECT count(*) FROM (SELECT unnest(met.grams) AS gram) AS own WHERE own.gram = ANY (wanted.grams)
    ) >= wanted.least
    UNION
    SELECT wanted.place, met.item_id
    FROM unnest(:options) WITH ORDINALITY AS wanted (options, place)
    CROSS JOIN LATERAL (
        SELECT item_id FROM item_signature WHERE item_signature.options_hash = wanted.options LIMIT :most_options
    ) AS met
    """
).bindparams(
    bindparam("rarest", type_=ARRAY(String)),
    bindparam("grams", type_=ARRAY(String)),
    bindparam("least", type_=ARRAY(Integer)),
    bindparam("sketches", type_=ARRAY(String)),
    bindparam("bits", type_=ARRAY(Integer)),
    bindparam("lowest", type_=ARRAY(Integer)),
    bindparam("highest", type_=ARRAY(Integer)),
    bindparam("options", type_=ARRAY(BigInteger)),
)


@dataclass(frozen=True, slots=True)
class Like:
    """A stored item and how alike it is."""

    item_id: UUID
    likeness: Likeness


def find_likes(session: Session, signatures: Sequence[Signature], *, limit: int) -> list[list[Like]]:
    """For each signature the stored items that are like it, of every bank: contradicting ones first, then most alike.

    An item is found among its own likes. The caller shows only what the actor may see.
    """
    frequency = gram_frequencies(session)
    found: list[list[Like]] = []
    for start in range(0, len(signatures), BATCH):
        found += _find_batch(session, signatures[start : start + BATCH], frequency=frequency, limit=limit)
    return found


def gram_frequencies(session: Session) -> Callable[[int], float]:
    """The estimated number of stored items with a gram; for those that the statistics do not name, half the least."""
    known: dict[int, float] = dict(session.execute(_FREQUENCIES).all())
    unnamed = max(min(known.values(), default=1.0) / 2, 1.0)
    return lambda gram: known.get(gram, unnamed)


def _find_batch(
    session: Session, signatures: Sequence[Signature], *, frequency: Callable[[int], float], limit: int
) -> list[list[Like]]:
    bounds = [length_bounds(signature) for signature in signatures]
    grams, least = [one.grams for one in signatures], [least_common_grams(one) for one in signatures]
    rows = session.execute(
        _CANDIDATES,
        {
            "rarest": [_array(rarest_grams(signature, frequency)) for signature in signatures],
            "grams": [_array(one) for one in grams],
            "least": least,
            "sketches": [sketch(one) for one in grams],
            "bits": [least_common_bits(*one) for one in zip(grams, least, strict=True)],
            "lowest": [low for low, _high in bounds],
            "highest": [high for _low, high in bounds],
            "options": [signature.options_hash for signature in signatures],
            "most": MAX_CANDIDATES,
            "most_options": MAX_SAME_OPTIONS,
        },
    ).all()
    stored = stored_signatures(session, {item_id for _place, item_id in rows})
    found: list[list[Like]] = [[] for _signature in signatures]
    for place, item_id in rows:
        likeness = compare(signatures[place - 1], stored[item_id])
        if likeness is not None:
            found[place - 1].append(Like(item_id, likeness))
    return [
        sorted(likes, key=lambda like: (not like.likeness.conflicting_keys, -like.likeness.score))[:limit]
        for likes in found
    ]


def _array(grams: Iterable[int]) -> str:
    return "{" + ",".join(map(str, grams)) + "}"


def stored_signatures(session: Session, item_ids: set[UUID]) -> dict[UUID, Signature]:
    """Item id → its stored signature, without its grams: comparing needs none."""
    rows = session.execute(
        select(ItemSignature.item_id, ItemSignature.stem, ItemSignature.options, ItemSignature.keyed).where(
            ItemSignature.item_id.in_(item_ids)
        )
    )
    return {
        item_id: Signature(
            tuple(stem.split()),
            tuple(options),
            None if keyed is None else frozenset(keyed),
            frozenset(),
        )
        for item_id, stem, options, keyed in rows
    }
