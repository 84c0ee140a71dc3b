"""Every single bit of a bundle is guarded: turning one over is found, and found where it is."""

import json
from bisect import bisect_right
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from question_bank.assembly import Assembly, Options, assemble
from question_bank.blueprint import Cell
from question_bank.draw import DrawInputs, commitment, draw_seed, manifest_of, secret_sha256
from question_bank.draw_bundle import build_bundle, verify_bundle
from question_bank.draw_extract import verify_extract
from question_bank.draw_late import LateDesk, LatePaperDrawn, draw_late
from question_bank.items import canonical_json
from question_bank.merkle import merkle_path, merkle_root
from question_bank.pool import Taker
from tests.question_bank.banks import items, one_section

SECRET = bytes(range(32))
DICE = "4 1 6 3 3 2 5 6 1 4"
INPUTS = DrawInputs(
    label="Kỳ nhỏ",
    blueprint=one_section(Cell(competency="T.1", count=3), Cell(competency="T.2", count=2)),
    pool=(*items(8, expected_score=(0.3, 0.5, 0.7)), *items(6, "T.2", first=20)),
    takers=(Taker("1"), Taker("2"), Taker("3", frozenset({"item-3"}))),
    options=Options(max_exposure=Fraction(1)),
)


def small_bundle() -> bytes:
    committed = commitment(manifest_of(INPUTS, secret_sha256=secret_sha256(SECRET)))
    seed = draw_seed(SECRET, public_entropy=DICE, commitment=committed)
    drawn = assemble(INPUTS.blueprint, INPUTS.pool, takers=INPUTS.takers, seed=seed, options=INPUTS.options)
    assert isinstance(drawn, Assembly)
    late = [Taker("9"), Taker("8", frozenset({"item-1"}))]
    desk = LateDesk.open(INPUTS.blueprint, INPUTS.pool, seed=seed, options=INPUTS.options)
    assert isinstance(desk, LateDesk)
    papers = draw_late(desk, drawn, commitment=committed, late=late)
    forms = [paper.form for paper in papers if isinstance(paper, LatePaperDrawn)]
    return build_bundle(
        INPUTS, secret=SECRET, public_entropy=DICE, papers=drawn.forms, late=zip(late, forms, strict=True)
    )


BUNDLE = small_bundle()


def places_of(bundle: bytes) -> tuple[list[int], list[str]]:
    """Where each part of the bundle begins, and what it is called: "options", "papers.2"."""
    starts, names = [0], [""]
    at = 1
    for key, value in json.loads(bundle).items():
        at += len(canonical_json(key)) + 1
        if isinstance(value, list):
            at += 1
            for number, entry in enumerate(value):
                starts.append(at)
                names.append(f"{key}.{number}")
                at += len(canonical_json(entry)) + 1
            at += 1
        else:
            starts.append(at)
            names.append(key)
            at += len(canonical_json(value)) + 1
    assert at == len(bundle), "every byte belongs to a part"
    return starts, names


STARTS, NAMES = places_of(BUNDLE)
SPELLING = {"unreadable", "not_canonical", "malformed"}
"""Codes of a file that cannot be read as a bundle any more; their place is a byte, a character or a field."""

ELSEWHERE = {"commitment": "manifest"}
"""A commitment that is not the manifest's: nobody can tell which of the two was changed."""


LATE_FROM = STARTS[NAMES.index("late.0")]
"""Half of the tried bits are those of the late papers, which the commitment does not hold."""


@settings(max_examples=320, deadline=None)
@given(
    st.one_of(
        st.integers(0, len(BUNDLE) * 8 - 1),
        st.integers(LATE_FROM * 8, STARTS[NAMES.index("manifest")] * 8 - 1),
    )
)
def test_each_changed_bit_is_detected_and_located(bit: int) -> None:
    data = bytearray(BUNDLE)
    data[bit // 8] ^= 1 << bit % 8
    findings = verify_bundle(bytes(data))
    assert findings
    assert all(finding.place and finding.sentence("vi") and finding.sentence("en") for finding in findings)
    if {finding.code for finding in findings} & SPELLING:
        return
    part = NAMES[bisect_right(STARTS, bit // 8) - 1]
    wanted = ELSEWHERE.get(part, part)
    assert any(f"{finding.place} ".startswith((f"{wanted}.", f"{wanted} ")) for finding in findings), (
        part,
        findings,
    )


def test_a_changed_option_is_found_by_paper_section_and_slot() -> None:
    bundle = json.loads(BUNDLE)
    order = bundle["papers"][1]["form"]["sections"][0]["slots"][3]["option_order"]
    order[0], order[1] = order[1], order[0]
    (finding,) = verify_bundle(canonical_json(bundle))
    assert (finding.code, finding.place) == (
        "paper_changed",
        "papers.1.form.sections.0.slots.3.option_order.0",
    )


def extract_of(place: int, *, is_late: bool) -> tuple[bytes, str]:
    """The extract of a paper of the bundle, and the value with which it was published."""
    bundle = json.loads(BUNDLE)
    entry = (
        bundle["late"][place]
        if is_late
        else {"paper": bundle["papers"][place], "taker": bundle["takers"][place]}
    )
    held = {slot["version_id"] for part in entry["paper"]["form"]["sections"] for slot in part["slots"]}
    leaves = [paper["form_sha256"] for paper in bundle["papers"]]
    shared = ("manifest", "commitment", "secret", "public_entropy", "seed_check", "blueprint", "options")
    extract = {
        "format": "sat-hach-draw-extract/1",
        **{name: bundle[name] for name in shared},
        "pool": [item for item in bundle["pool"] if item["version_id"] in held],
        "taker": entry["taker"],
        "paper": entry["paper"],
        "path": [] if is_late else [list(neighbour) for neighbour in merkle_path(leaves, place)],
    }
    if is_late:
        extract["late"] = {"number": entry["number"], "previous": entry["previous"]}
    return canonical_json(extract), entry["chain"] if is_late else merkle_root(leaves)


EXTRACTS = [extract_of(1, is_late=False), extract_of(1, is_late=True)]


@settings(max_examples=160, deadline=None)
@given(st.sampled_from(EXTRACTS), st.floats(0, 1, exclude_max=True))
def test_each_changed_bit_of_an_extract_is_detected(extract: tuple[bytes, str], at: float) -> None:
    data, published = extract
    commitment_made = json.loads(BUNDLE)["commitment"]
    given_out = {"published_commitment": commitment_made, "published_root": published}
    assert verify_extract(data, **given_out) == ()
    bit = int(at * len(data) * 8)
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    assert verify_extract(bytes(changed), **given_out)
