"""The extract of one candidate: what proves this paper without the data of anybody else, and its verification.

It shows that paper, pool entries and person are those committed to, that the order follows from the seed, and that the
paper was among those whose root was published with the draw. That these items and no others were chosen follows from
the whole list of candidates, so that only the whole bundle shows it.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, Literal

from pydantic import Field, PositiveInt

from question_bank.assembly.check import check_forms
from question_bank.blueprint import Blueprint
from question_bank.draw import ALGORITHM, DrawManifest, draw_seed, seed_check
from question_bank.draw_bundle import (
    Paper,
    Part,
    compare_paper,
    differences,
    proof_findings,
    read_canonical,
)
from question_bank.draw_findings import Finding
from question_bank.draw_late import Link
from question_bank.draw_records import ItemRecord, OptionsRecord, TakerRecord, record_sha256
from question_bank.form import ChosenItem, ChosenSection, Form, arrange_form
from question_bank.merkle import Neighbour, Sha256, root_from

EXTRACT_FORMAT: Final = "sat-hach-draw-extract/1"


class Late(Part):
    """A late paper's place in the chain: its number from 1, and the value of the chain before it."""

    number: PositiveInt
    previous: Sha256


class Extract(Part):
    """One paper with its proof. `pool` holds the entries of its items, `path` leads from it to the published root.

    A paper drawn after the batch has `late` and no path: its value of the chain was published instead.
    """

    format: Literal["sat-hach-draw-extract/1"]
    manifest: DrawManifest
    commitment: str
    secret: str
    public_entropy: str
    seed_check: str
    blueprint: Blueprint
    options: OptionsRecord
    pool: tuple[ItemRecord, ...]
    taker: TakerRecord
    paper: Paper
    path: tuple[Neighbour, ...]
    late: Late | None = Field(default=None, exclude_if=lambda late: late is None)

    @property
    def link(self) -> Link | None:
        """The chain before this paper; None for a paper of the batch."""
        return None if self.late is None else Link(self.late.number - 1, self.late.previous)

    @property
    def published_value(self) -> str:
        """The root at which the paper arrives, or for a late one its value of the chain; to be compared with the
        published one."""
        if self.link is None:
            return root_from(self.paper.form_sha256, self.path)
        hashes = {"taker_sha256": record_sha256(self.taker), "form_sha256": self.paper.form_sha256}
        return self.link.after(**hashes).value


def is_extract(data: bytes) -> bool:
    """Whether the file says of itself that it is an extract and no bundle."""
    return f'"format":"{EXTRACT_FORMAT}"'.encode() in data


def verify_extract(
    data: bytes, *, published_commitment: str | None = None, published_root: str | None = None
) -> tuple[Finding, ...]:
    """Everything in the extract that is not as it was drawn; empty when the paper is proven.

    Without the published values the extract is only shown to agree with itself. `published_root` is the root of the
    papers, or for a late paper its published value of the chain.
    """
    extract = read_canonical(data, Extract)
    if isinstance(extract, Finding):
        return (extract,)
    if extract.manifest.algorithm != ALGORITHM:
        return (Finding("unknown_algorithm", extract.manifest.algorithm),)
    findings = [*proof_findings(extract, published_commitment), *_check_entries(extract)]
    if not findings:
        findings = list(_check_paper(extract))
    if published_root is not None and extract.published_value != published_root.strip().lower():
        findings.append(Finding("not_among_papers", extract.published_value))
    return tuple(findings)


def _check_entries(extract: Extract) -> Iterator[Finding]:
    """The entries of the paper's items and of the person are those of the manifest."""
    items = {version_id: entry for version_id, *entry in extract.manifest.items}
    for index, item in enumerate(extract.pool):
        if items.get(item.version_id) != [item.content_hash, record_sha256(item)]:
            yield Finding("part_changed", f"pool.{index} ({item.version_id})")
    key = extract.taker.candidate_key
    committed = [entry for entry in extract.manifest.candidates if entry[0] == key]
    if extract.late is not None:
        if committed or extract.path:
            yield Finding("part_changed", "late")
        return
    yield from differences("taker", found=[(key, record_sha256(extract.taker))], committed=committed)


def _check_paper(extract: Extract) -> Iterator[Finding]:
    secret = bytes.fromhex(extract.secret)
    seed = draw_seed(secret, public_entropy=extract.public_entropy, commitment=extract.commitment)
    if seed_check(seed) != extract.seed_check:
        yield Finding("seed_check_changed", "seed_check")
    key = extract.taker.candidate_key
    own = seed if extract.link is None else extract.link.seed(seed, candidate_key=key)
    right = _arranged_again(extract, own)
    if right is None:
        yield Finding("paper_changed", "paper.form")
        return
    yield from compare_paper(extract.paper, right, place="paper")
    pool = tuple(record.item() for record in extract.pool)
    broken = check_forms(
        [right],
        blueprint=extract.blueprint,
        pool=pool,
        takers=[extract.taker.taker()],
        on=extract.options.on,
    )
    yield from (Finding("paper_changed", f"paper: {violation.code}") for violation in broken)


def _arranged_again(extract: Extract, seed: bytes) -> Form | None:
    """The form with the paper's items, in the order that follows from the seed; None when it cannot be read."""
    items = {record.version_id: record.item() for record in extract.pool}
    asked = extract.blueprint.sections
    made: Any = extract.paper.form.get("sections")
    if not isinstance(made, list) or len(made) != len(asked):
        return None
    sections = []
    try:
        for section, part in zip(asked, made, strict=True):
            chosen = [
                ChosenItem(items[slot["version_id"]], Decimal(slot["points"]), pretest="pretest" in slot)
                for slot in part["slots"]
            ]
            sections.append(ChosenSection(section.title, section.shuffled, chosen))
    except (KeyError, TypeError, ArithmeticError):
        return None
    if len({choice.item.version_id for part in sections for choice in part.chosen}) != len(items):
        return None
    return arrange_form(extract.taker.candidate_key, sections, seed=seed)
