"""The published evidence of a draw, and its verification: every paper derived again from the revealed secret."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal, NoReturn, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from question_bank.assembly import Assembly, Infeasible, assemble
from question_bank.blueprint import Blueprint
from question_bank.draw import (
    ALGORITHM,
    DrawInputs,
    DrawManifest,
    commitment,
    draw_seed,
    manifest_of,
    secret_sha256,
    seed_check,
)
from question_bank.draw_findings import Finding
from question_bank.draw_late import LateDesk, Link, draw_late
from question_bank.draw_records import ItemRecord, OptionsRecord, TakerRecord, record_sha256
from question_bank.form import Form
from question_bank.items import canonical_json
from question_bank.merkle import Sha256
from question_bank.pool import Taker

BUNDLE_FORMAT: Final = "sat-hach-draw-bundle/1"


class Part(BaseModel):
    """A record of a bundle: strict, frozen, nothing besides its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Paper(Part):
    """A sealed paper and its hash."""

    candidate_key: str
    form_sha256: Sha256
    form: dict[str, JsonValue]

    @classmethod
    def of(cls, form: Form) -> "Paper":
        return cls.model_validate(
            {"candidate_key": form.candidate_key, "form_sha256": form.form_hash, "form": form.record()}
        )


class LatePaper(Part):
    """A paper drawn after the batch, whose candidate the commitment could not know: the `number`-th, bound to the chain
    that stood at `previous` before it and at `chain` after it (question_bank.draw_late).
    """

    number: int
    previous: str
    taker: TakerRecord
    paper: Paper
    chain: str

    @classmethod
    def of(cls, taker: Taker, form: Form, *, link: Link) -> "LatePaper":
        """`link` is the chain before this paper."""
        after = link.after_paper(taker, form)
        return cls(
            number=after.number,
            previous=link.value,
            taker=TakerRecord.of(taker),
            paper=Paper.of(form),
            chain=after.value,
        )


class Bundle(Part):
    """All that is needed to derive every paper again. Pool, takers and papers are sorted by their keys, late
    papers stand in the order in which they were drawn.
    """

    format: Literal["sat-hach-draw-bundle/1"]
    manifest: DrawManifest
    commitment: str
    secret: str
    public_entropy: str
    seed_check: str
    blueprint: Blueprint
    options: OptionsRecord
    pool: tuple[ItemRecord, ...]
    takers: tuple[TakerRecord, ...]
    papers: tuple[Paper, ...]
    late: tuple[LatePaper, ...]

    def inputs(self) -> DrawInputs:
        return DrawInputs(
            label=self.manifest.label,
            blueprint=self.blueprint,
            pool=tuple(record.item() for record in self.pool),
            takers=tuple(record.taker() for record in self.takers),
            options=self.options.options(),
        )


def build_bundle(
    inputs: DrawInputs,
    *,
    secret: bytes,
    public_entropy: str,
    papers: Iterable[Form],
    late: Iterable[tuple[Taker, Form]] = (),
) -> bytes:
    """The bundle as canonical JSON. `late` are those drawn after the batch, in the order of drawing."""
    manifest = manifest_of(inputs, secret_sha256=secret_sha256(secret))
    committed = commitment(manifest)
    seed = draw_seed(secret, public_entropy=public_entropy, commitment=committed)
    bundle = Bundle(
        format=BUNDLE_FORMAT,
        manifest=manifest,
        commitment=committed,
        secret=secret.hex(),
        public_entropy=public_entropy,
        seed_check=seed_check(seed),
        blueprint=inputs.blueprint,
        options=OptionsRecord.of(inputs.options),
        pool=tuple(sorted(map(ItemRecord.of, inputs.pool), key=lambda item: item.version_id)),
        takers=tuple(sorted(map(TakerRecord.of, inputs.takers), key=lambda taker: taker.candidate_key)),
        papers=tuple(sorted(map(Paper.of, papers), key=lambda paper: paper.candidate_key)),
        late=tuple(_linked(late, link=Link.start(committed))),
    )
    return canonical_json(bundle.model_dump(mode="json"))


def _linked(late: Iterable[tuple[Taker, Form]], *, link: Link) -> Iterator[LatePaper]:
    for taker, form in late:
        yield LatePaper.of(taker, form, link=link)
        link = link.after_paper(taker, form)


def verify_bundle(
    data: bytes, *, published_commitment: str | None = None, published_chain: str | None = None
) -> tuple[Finding, ...]:
    """Everything in the bundle that is not as it was drawn; empty when the draw is proven.

    Without `published_commitment` the bundle is only shown to agree with itself; `published_chain` is the value that
    was published with the last late paper, which shows that none is missing and none was added.
    """
    bundle = read_canonical(data, Bundle)
    if isinstance(bundle, Finding):
        return (bundle,)
    findings = list(_check_inputs(bundle, published_commitment))
    if not findings:
        findings += _check_papers(bundle)
    last = bundle.late[-1].chain if bundle.late else bundle.commitment
    if published_chain is not None and last != published_chain.strip().lower():
        findings.append(Finding("late_not_as_published", "late"))
    return tuple(findings)


R = TypeVar("R", bound=Part)


def read_canonical(data: bytes, kind: type[R]) -> R | Finding:
    """The record, or what is wrong with its spelling or structure."""
    try:
        value = json.loads(data.decode(), parse_float=_refuse, parse_constant=_refuse)
        canonical = canonical_json(value)
    except UnicodeDecodeError as error:
        return Finding("unreadable", f"byte {error.start}")
    except json.JSONDecodeError as error:
        return Finding("unreadable", f"character {error.pos}")
    except (ValueError, RecursionError) as error:
        return Finding("unreadable", type(error).__name__)
    if canonical != data:
        return Finding("not_canonical", _first_other_byte(canonical, data))
    try:
        record = kind.model_validate_json(data)
    except ValidationError as error:
        return Finding("malformed", ".".join(map(str, error.errors()[0]["loc"])))
    # A value that validation reads leniently (a number as text, say) is a changed byte all the same.
    again = canonical_json(record.model_dump(mode="json"))
    return record if again == data else Finding("not_canonical", _first_other_byte(again, data))


def _first_other_byte(right: bytes, found: bytes) -> str:
    pairs = enumerate(zip(right, found, strict=False))
    return f"byte {next((place for place, (a, b) in pairs if a != b), min(len(right), len(found)))}"


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} has no canonical spelling")


def _check_inputs(bundle: Bundle, published: str | None) -> Iterator[Finding]:
    manifest = bundle.manifest
    if manifest.algorithm != ALGORITHM:
        yield Finding("unknown_algorithm", manifest.algorithm)
    yield from proof_findings(bundle, published)
    items = [(item.version_id, item.content_hash, record_sha256(item)) for item in bundle.pool]
    yield from differences("pool", found=items, committed=manifest.items)
    candidates = [(taker.candidate_key, record_sha256(taker)) for taker in bundle.takers]
    yield from differences("takers", found=candidates, committed=manifest.candidates)


class Proof(Protocol):
    """What bundles and extracts have in common."""

    @property
    def manifest(self) -> DrawManifest: ...
    @property
    def commitment(self) -> str: ...
    @property
    def secret(self) -> str: ...
    @property
    def blueprint(self) -> Blueprint: ...
    @property
    def options(self) -> OptionsRecord: ...


def proof_findings(proof: Proof, published: str | None) -> Iterator[Finding]:
    """Whether commitment, blueprint, options and secret belong together, and to what was published."""
    manifest = proof.manifest
    if published is not None and proof.commitment != published.strip().lower():
        yield Finding("not_as_published", "commitment")
    if commitment(manifest) != proof.commitment:
        yield Finding("manifest_changed", "manifest")
    if record_sha256(proof.blueprint) != manifest.blueprint_sha256:
        yield Finding("part_changed", "blueprint")
    if record_sha256(proof.options) != manifest.options_sha256:
        yield Finding("part_changed", "options")
    if hashlib.sha256(_from_hex(proof.secret)).hexdigest() != manifest.secret_sha256:
        yield Finding("part_changed", "secret")


def _from_hex(text: str) -> bytes:
    """The bytes of lower-case hex text; nothing for any other spelling."""
    try:
        value = bytes.fromhex(text)
    except ValueError:
        return b""
    return value if value.hex() == text else b""


def differences(
    part: str, *, found: Sequence[tuple[str, ...]], committed: Sequence[tuple[str, ...]]
) -> Iterator[Finding]:
    """Each entry that is not the one committed to, with its place."""
    for index, (ours, theirs) in enumerate(zip(found, committed, strict=False)):
        if ours != theirs:
            yield Finding("part_changed", f"{part}.{index} ({ours[0]})")
    if len(found) != len(committed):
        yield Finding("part_changed", f"{part}: {len(found)} / {len(committed)}")


def _check_papers(bundle: Bundle) -> Iterator[Finding]:
    inputs = bundle.inputs()
    secret = bytes.fromhex(bundle.secret)
    seed = draw_seed(secret, public_entropy=bundle.public_entropy, commitment=bundle.commitment)
    drawn = assemble(inputs.blueprint, inputs.pool, takers=inputs.takers, seed=seed, options=inputs.options)
    if isinstance(drawn, Infeasible):
        yield Finding("not_drawable", "papers")
        return
    right = {form.candidate_key: form for form in drawn.forms}
    findings = list(_compare(bundle.papers, right))
    findings += _check_late(bundle, drawn, seed=seed)
    is_seed_right = seed_check(seed) == bundle.seed_check
    changed = sum(finding.code == "paper_changed" and "papers." in finding.place for finding in findings)
    if not is_seed_right and changed >= len(right):
        yield Finding("entropy_changed", "public_entropy")
        return
    if not is_seed_right:
        yield Finding("seed_check_changed", "seed_check")
    yield from findings


def _check_late(bundle: Bundle, drawn: Assembly, *, seed: bytes) -> Iterator[Finding]:
    """Each late paper is the one that follows from the chain before it, and no candidate has two papers."""
    if not bundle.late:
        return
    inputs = bundle.inputs()
    desk = LateDesk.open(inputs.blueprint, inputs.pool, seed=seed, options=inputs.options)
    assert isinstance(desk, LateDesk), "the batch was drawn from the same plan"
    late = draw_late(
        desk, drawn, commitment=bundle.commitment, late=[entry.taker.taker() for entry in bundle.late]
    )
    known = {taker.candidate_key for taker in bundle.takers}
    link = Link.start(bundle.commitment)
    for index, (entry, paper) in enumerate(zip(bundle.late, late, strict=True)):
        place = f"late.{index}"
        if entry.taker.candidate_key in known:
            yield Finding("paper_changed", f"{place}.taker: two papers of one candidate")
        known.add(entry.taker.candidate_key)
        if (entry.number, entry.previous) != (link.number + 1, link.value):
            yield Finding("late_changed", f"{place}.previous")
        if isinstance(paper, Infeasible) or entry.paper.candidate_key != paper.form.candidate_key:
            yield Finding("paper_changed", f"{place}.paper")
            return
        yield from compare_paper(entry.paper, paper.form, place=f"{place}.paper")
        if entry.chain != paper.link.value:
            yield Finding("late_changed", f"{place}.chain")
        link = paper.link


def _compare(papers: Sequence[Paper], right: Mapping[str, Form]) -> Iterator[Finding]:
    for key in sorted({paper.candidate_key for paper in papers} ^ right.keys()):
        yield Finding("paper_missing", key)
    if len({paper.candidate_key for paper in papers}) < len(papers):
        yield Finding("paper_changed", "papers: two papers of one candidate")
    for index, paper in enumerate(papers):
        if paper.candidate_key in right:
            yield from compare_paper(paper, right[paper.candidate_key], place=f"papers.{index}")


def compare_paper(paper: Paper, right: Form, *, place: str) -> Iterator[Finding]:
    """Where the paper is not the `right` one; `place` is its place in the bundle."""
    if paper.form_sha256 != right.form_hash:
        yield Finding("paper_changed", f"{place}.form_sha256")
    if canonical_json(paper.form) != right.canonical_bytes():
        yield Finding("paper_changed", _first_difference(paper.form, right.record(), place=f"{place}.form"))


def _first_difference(found: object, right: object, *, place: str) -> str:
    if isinstance(found, dict) and isinstance(right, dict):
        for key in sorted(found.keys() | right.keys()):
            if key not in found or key not in right:
                return f"{place}.{key}"
            if found[key] != right[key]:
                return _first_difference(found[key], right[key], place=f"{place}.{key}")
    if isinstance(found, list) and isinstance(right, list) and len(found) == len(right):
        for index, (ours, theirs) in enumerate(zip(found, right, strict=True)):
            if ours != theirs:
                return _first_difference(ours, theirs, place=f"{place}.{index}")
    return place
