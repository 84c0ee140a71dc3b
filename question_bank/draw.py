"""The verifiable draw: commit before the sitting, mix in public chance, show afterwards that nothing was changed.

1. Before: the `commitment` of the manifest is published. The manifest holds hashes of candidates, item
   versions, blueprint and options, the name of the algorithm and the hash of a sealed secret of 32 random bytes.
2. Then public entropy is read in front of witnesses. `draw_seed` mixes it with the secret: who lacks the secret
   cannot foresee the papers, and who knows it could not choose the entropy.
3. After the period the secret is revealed and a bundle published, from which every paper is derived again.

`docs/verifiable-draw.md` is the specification, `docs/verify_draw.py` a second implementation of the hashes,
seeds and orders.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict

from question_bank.assembly import Options
from question_bank.blueprint import Blueprint
from question_bank.draw_records import ItemRecord, OptionsRecord, TakerRecord, record_sha256
from question_bank.pool import PoolItem, Taker
from question_bank.stream import derive

ALGORITHM: Final = "sat-hach-draw/1"
SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class DrawInputs:
    """Everything but chance that decides the papers of one exam. `label` names period and exam for people."""

    label: str
    blueprint: Blueprint
    pool: tuple[PoolItem, ...]
    takers: tuple[Taker, ...]
    options: Options


class DrawManifest(BaseModel):
    """What is committed to, as hex SHA-256 of each part. Items and candidates stand one by one, so that a
    later change is located.

    `items` are (version id, content hash, hash of the pool entry) by version id; `candidates` (candidate
    number, hash of the entry) by number. `secret_sha256` is the hash of the sealed secret.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    algorithm: str = ALGORITHM
    label: str
    blueprint_sha256: str
    options_sha256: str
    secret_sha256: str
    items: tuple[tuple[str, str, str], ...]
    candidates: tuple[tuple[str, str], ...]


def manifest_of(inputs: DrawInputs, *, secret_sha256: str) -> DrawManifest:
    """The manifest of the inputs; it does not depend on the order of pool and takers."""
    pool = sorted(inputs.pool, key=lambda item: item.version_id)
    takers = sorted(inputs.takers, key=lambda taker: taker.candidate_key)
    return DrawManifest(
        label=inputs.label,
        blueprint_sha256=record_sha256(inputs.blueprint),
        options_sha256=record_sha256(OptionsRecord.of(inputs.options)),
        secret_sha256=secret_sha256,
        items=tuple((i.version_id, i.content_hash, record_sha256(ItemRecord.of(i))) for i in pool),
        candidates=tuple((t.candidate_key, record_sha256(TakerRecord.of(t))) for t in takers),
    )


def commitment(manifest: DrawManifest) -> str:
    """The hex SHA-256 that is published before the sitting."""
    return record_sha256(manifest)


def secret_sha256(secret: bytes) -> str:
    """The hash under which the sealed secret is committed to.

    Raises:
        WeakSecret: it is not 32 bytes, so that the hash could be searched.
    """
    if len(secret) != SECRET_BYTES:
        raise WeakSecret(len(secret))
    return hashlib.sha256(secret).hexdigest()


def draw_seed(secret: bytes, *, public_entropy: str, commitment: str) -> bytes:
    """The 32-byte seed of the batch, from which every paper follows.

    `public_entropy` is the text read out and confirmed, such as "4 1 6 3 3 2 5 6 1 4"; it enters as its
    UTF-8 bytes, unchanged.
    """
    secret_sha256(secret)
    return derive(secret, ALGORITHM, "seed", bytes.fromhex(commitment), public_entropy)


def seed_check(seed: bytes) -> str:
    """A hex value that shows the seed was this one without telling it; kept in the minutes and in the
    bundle.
    """
    return derive(seed, "check").hex()


class WeakSecret(ValueError):
    """The secret is not 32 bytes."""

    code = "weak_secret"

    def __init__(self, length: int) -> None:
        self.length = length
        super().__init__(f"The sealed secret must be {SECRET_BYTES} random bytes, not {length}.")
