"""The extract of one candidate: what proves this paper without the data of anybody else, and its verification.

It shows that paper, pool entries and person are those committed to, that the order follows from the seed, and that the
paper was among those whose root was published with the draw. That these items and no others were chosen follows from
the whole list of candidates, so that only the whole bundle shows it.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, Literal

from question_bank.assembly.check import check_forms
from question_bank.blueprint import Blueprint
from question_bank.draw import ALGORITHM, DrawManifest, draw_seed, seed_check
from question_bank.draw_bundle import (
    Finding,
    Paper,
    Part,
    compare_paper,
    differences,
    proof_findings,
    read_canonical,
)
from question_bank.draw_records import ItemRecord, OptionsRecord, TakerRecord, record_sha256
from question_bank.form import ChosenItem, ChosenSection, Form, arrange_form
from question_bank.merkle import Neighbour, root_from

EXTRACT_FORMAT: Final = "sat-hach-draw-extract/1"


class Extract(Part):
    """One paper with its proof. `pool` holds the entries of its items, `path` leads from it to the published root."""

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

    @property
    def papers_root(self) -> str:
        """The root at which the paper arrives; to be compared with the published one."""
        return root_from(self.paper.form_sha256, self.path)


def is_extract(data: bytes) -> bool:
    """Whether the file says of itself that it is an extract and no bundle."""
    return f'"format":"{EXTRACT_FORMAT}"'.encode() in data


def verify_extract(
    data: bytes, *, published_commitment: str | None = None, published_root: str | None = None
) -> tuple[Finding, ...]:
    """Everything in the extract that is not as it was drawn; empty when the paper is proven.

    Without the published values the extract is only shown to agree with itself.
    """
    extract = read_canonical(data, Extract)
    if isinstance(extract, Finding):
        return (extract,)
    if extract.manifest.algorithm != ALGORITHM:
        return (Finding("unknown_algorithm", extract.manifest.algorithm),)
    findings = [*proof_findings(extract, published_commitment), *_check_entries(extract)]
    if not findings:
        findings = list(_check_paper(extract))
    if published_root is not None and extract.papers_root != published_root.strip().lower():
        findings.append(Finding("not_among_papers", extract.papers_root))
    return tuple(findings)


def _check_entries(extract: Extract) -> Iterator[Finding]:
    """The entries of the paper's items and of the person are those of the manifest."""
    items = {version_id: entry for version_id, *entry in extract.manifest.items}
    for index, item in enumerate(extract.pool):
        if items.get(item.version_id) != [item.content_hash, record_sha256(item)]:
            yield Finding("part_changed", f"pool.{index} ({item.version_id})")
    key = extract.taker.candidate_key
    committed = [entry for entry in extract.manifest.candidates if entry[0] == key]
    yield from differences("taker", found=[(key, record_sha256(extract.taker))], committed=committed)


def _check_paper(extract: Extract) -> Iterator[Finding]:
    secret = bytes.fromhex(extract.secret)
    seed = draw_seed(secret, public_entropy=extract.public_entropy, commitment=extract.commitment)
    if seed_check(seed) != extract.seed_check:
        yield Finding("seed_check_changed", "seed_check")
    right = _arranged_again(extract, seed)
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
