import hashlib
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from question_bank.assembly import Assembly, Infeasible, Options, assemble
from question_bank.assembly.check import check_forms
from question_bank.assembly.late import NO_COLLEAGUES
from question_bank.blueprint import Cell
from question_bank.draw import (
    DrawInputs,
    WeakSecret,
    commitment,
    draw_seed,
    manifest_of,
    secret_sha256,
    seed_check,
)
from question_bank.draw_bundle import build_bundle, verify_bundle
from question_bank.draw_findings import Finding
from question_bank.draw_late import LateDesk, LatePaperDrawn, Link, draw_late
from question_bank.draw_records import ItemRecord, OptionsRecord
from question_bank.items import canonical_json
from question_bank.pool import Taker
from question_bank.types.content import ShuffleUnits
from tests.question_bank.banks import city_bank, city_blueprint, item, one_section, takers

SECRET = bytes(range(32))
DICE = "4 1 6 3 3 2 5 6 1 4"
INPUTS = DrawInputs(
    label="Kỳ sát hạch 2026 – Tư pháp – hộ tịch",
    blueprint=city_blueprint(),
    pool=tuple(city_bank(180)),
    takers=(*takers(9), Taker("000010", frozenset({"item-3", "item-7"}))),
    options=Options(on=date(2026, 11, 23), max_exposure=Fraction(9, 10)),
)
COMMITMENT = commitment(manifest_of(INPUTS, secret_sha256=secret_sha256(SECRET)))
SEED = draw_seed(SECRET, public_entropy=DICE, commitment=COMMITMENT)


def drawn_batch() -> Assembly:
    drawn = assemble(INPUTS.blueprint, INPUTS.pool, takers=INPUTS.takers, seed=SEED, options=INPUTS.options)
    assert isinstance(drawn, Assembly)
    return drawn


def make_bundle(*, with_late: bool = True) -> bytes:
    drawn = drawn_batch()
    late = [Taker("000099"), Taker("000098", frozenset({"item-1"}))] if with_late else []
    desk = LateDesk.open(INPUTS.blueprint, INPUTS.pool, seed=SEED, options=INPUTS.options)
    assert isinstance(desk, LateDesk)
    papers = draw_late(desk, drawn, commitment=COMMITMENT, late=late)
    forms = [paper.form for paper in papers if isinstance(paper, LatePaperDrawn)]
    return build_bundle(
        INPUTS, secret=SECRET, public_entropy=DICE, papers=drawn.forms, late=zip(late, forms, strict=True)
    )


BUNDLE = make_bundle()
EXPOSURE = drawn_batch().exposure


def edited(path: str, value: object) -> bytes:
    """The bundle with one value changed and everything else re-spelled canonically, as a forger would."""
    bundle = json.loads(BUNDLE)
    *parents, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    place = bundle
    for part in parents:
        place = place[part]
    place[last] = value
    return canonical_json(bundle)


def test_an_untouched_bundle_verifies_against_the_published_commitment() -> None:
    assert verify_bundle(BUNDLE, published_commitment=COMMITMENT) == ()


def test_the_seed_depends_on_secret_entropy_and_commitment() -> None:
    other = draw_seed(SECRET, public_entropy=DICE, commitment="0" * 64)
    seeds = {
        SEED,
        other,
        draw_seed(SECRET[::-1], public_entropy=DICE, commitment=COMMITMENT),
        draw_seed(SECRET, public_entropy=DICE + " ", commitment=COMMITMENT),
    }
    assert len(seeds) == 4
    assert seed_check(SEED) != SEED.hex()


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(WeakSecret):
        secret_sha256(b"123456")


def test_the_commitment_does_not_depend_on_the_order_of_inputs() -> None:
    turned = replace(INPUTS, pool=INPUTS.pool[::-1], takers=INPUTS.takers[::-1])
    assert commitment(manifest_of(turned, secret_sha256=secret_sha256(SECRET))) == COMMITMENT


@pytest.mark.parametrize(
    ("path", "value", "finding"),
    [
        ("manifest/label", "Kỳ khác", Finding("manifest_changed", "manifest")),
        ("secret", "00" * 32, Finding("part_changed", "secret")),
        ("secret", SECRET.hex().upper(), Finding("part_changed", "secret")),
        ("public_entropy", "4 1 6 3 3 2 5 6 1 5", Finding("entropy_changed", "public_entropy")),
        ("seed_check", "00" * 32, Finding("seed_check_changed", "seed_check")),
        ("blueprint/sections/0/cells/0/count", 8, Finding("part_changed", "blueprint")),
        ("options/tolerance_millionths", 300_000, Finding("part_changed", "options")),
        ("pool/5/content_hash", "f" * 64, Finding("part_changed", f"pool.5 ({INPUTS.pool[5].version_id})")),
        ("takers/9/seen_item_ids", ["item-3"], Finding("part_changed", "takers.9 (000010)")),
        (
            "papers/2/form/sections/1/slots/4/option_order/0",
            "x",
            Finding("paper_changed", "papers.2.form.sections.1.slots.4.option_order.0"),
        ),
        ("papers/2/form_sha256", "0" * 64, Finding("paper_changed", "papers.2.form_sha256")),
        ("late/1/paper/form/candidate_key", "1", Finding("paper_changed", "late.1.paper.form.candidate_key")),
        ("late/0/taker/seen_item_ids", ["item-2"], Finding("late_changed", "late.0.chain")),
        ("late/0/number", 2, Finding("late_changed", "late.0.previous")),
        ("late/1/previous", "0" * 64, Finding("late_changed", "late.1.previous")),
        ("late/1/chain", "0" * 64, Finding("late_changed", "late.1.chain")),
        ("manifest/algorithm", "sat-hach-draw/0", Finding("unknown_algorithm", "sat-hach-draw/0")),
        ("pool/3/locked", "no", Finding("malformed", "pool.3.locked")),
    ],
)
def test_a_changed_part_is_located(path: str, value: object, finding: Finding) -> None:
    assert finding in verify_bundle(edited(path, value))


def test_a_number_spelled_as_text_is_a_change() -> None:
    assert [f.code for f in verify_bundle(edited("blueprint/sections/0/cells/0/count", "7"))] == [
        "not_canonical"
    ]


def test_a_consistent_forgery_is_betrayed_by_the_published_commitment() -> None:
    forged = replace(INPUTS, takers=INPUTS.takers[:-1])
    committed = commitment(manifest_of(forged, secret_sha256=secret_sha256(SECRET)))
    seed = draw_seed(SECRET, public_entropy=DICE, commitment=committed)
    drawn = assemble(forged.blueprint, forged.pool, takers=forged.takers, seed=seed, options=forged.options)
    assert isinstance(drawn, Assembly)
    bundle = build_bundle(forged, secret=SECRET, public_entropy=DICE, papers=drawn.forms)
    assert verify_bundle(bundle) == ()
    assert verify_bundle(bundle, published_commitment=COMMITMENT) == (
        Finding("not_as_published", "commitment"),
    )


def test_a_removed_paper_is_named() -> None:
    papers = json.loads(BUNDLE)["papers"]
    assert Finding("paper_missing", "000001") in verify_bundle(edited("papers", papers[1:]))
    assert verify_bundle(edited("papers", [*papers, papers[0]])) != ()


def late_paper(desk: LateDesk, taker: Taker, link: Link) -> LatePaperDrawn:
    drawn = desk.draw_paper(taker, link=link, exposure=EXPOSURE, colleagues=NO_COLLEAGUES)
    assert isinstance(drawn, LatePaperDrawn)
    return drawn


def test_a_late_paper_depends_on_everything_before_it_and_on_the_sealed_secret() -> None:
    desk = LateDesk.open(INPUTS.blueprint, INPUTS.pool, seed=SEED, options=INPUTS.options)
    other = LateDesk.open(INPUTS.blueprint, INPUTS.pool, seed=SEED[::-1], options=INPUTS.options)
    assert isinstance(desk, LateDesk)
    assert isinstance(other, LateDesk)
    start, one, two = Link.start(COMMITMENT), Taker("000099"), Taker("000100")
    first = late_paper(desk, one, start)
    assert late_paper(desk, one, start) == first, "the same again"
    assert (first.link.number, start.number) == (1, 0)
    places = {
        first.form.form_hash,
        late_paper(desk, one, first.link).form.form_hash,
        late_paper(desk, one, Link(0, "0" * 64)).form.form_hash,
        late_paper(other, one, start).form.form_hash,
    }
    assert len(places) == 4, "number, chain and seed each decide the paper"
    assert late_paper(desk, two, first.link).link != late_paper(desk, one, first.link).link


def test_late_papers_keep_every_rule_by_the_independent_checker() -> None:
    drawn = drawn_batch()
    desk = LateDesk.open(INPUTS.blueprint, INPUTS.pool, seed=SEED, options=INPUTS.options)
    assert isinstance(desk, LateDesk)
    late = [Taker(f"0002{number:02d}", frozenset({f"item-{number}"})) for number in range(20)]
    papers = draw_late(desk, drawn, commitment=COMMITMENT, late=late)
    forms = [paper.form for paper in papers if isinstance(paper, LatePaperDrawn)]
    everybody = [*INPUTS.takers, *late]
    assert INPUTS.options.max_exposure is not None
    found = check_forms(
        [*drawn.forms, *forms],
        blueprint=INPUTS.blueprint,
        pool=INPUTS.pool,
        takers=everybody,
        on=INPUTS.options.on,
        max_uses=int(INPUTS.options.max_exposure * len(everybody)),
    )
    assert found == ()
    for paper in papers:
        assert isinstance(paper, LatePaperDrawn)
        assert paper.marks_off is not None
        assert max(map(abs, paper.marks_off)) <= INPUTS.options.tolerance_marks


def test_a_late_candidate_for_whom_there_is_no_paper_leaves_the_chain_as_it_is() -> None:
    drawn = drawn_batch()
    desk = LateDesk.open(INPUTS.blueprint, INPUTS.pool, seed=SEED, options=INPUTS.options)
    assert isinstance(desk, LateDesk)
    barred = frozenset(entry.item_id for entry in INPUTS.pool if entry.competency == "T.1")
    late = [Taker("000098", barred), Taker("000099")]
    refused, second = draw_late(desk, drawn, commitment=COMMITMENT, late=late)
    (alone,) = draw_late(desk, drawn, commitment=COMMITMENT, late=late[1:])
    assert isinstance(refused, Infeasible)
    assert {reason.code for reason in refused.reasons} == {"history_short"}
    assert second == alone


def test_a_late_paper_for_somebody_of_the_batch_is_named() -> None:
    entry = json.loads(BUNDLE)["late"][1]
    findings = verify_bundle(edited("late/1/taker", entry["taker"] | {"candidate_key": "000001"}))
    assert Finding("paper_changed", "late.1.taker: two papers of one candidate") in findings


def test_a_late_paper_left_out_is_found_by_the_published_value() -> None:
    late = json.loads(BUNDLE)["late"]
    last = late[-1]["chain"]
    assert verify_bundle(BUNDLE, published_chain=last) == ()
    assert verify_bundle(edited("late", late[:-1])) == ()
    assert verify_bundle(edited("late", late[:-1]), published_chain=last) == (
        Finding("late_not_as_published", "late"),
    )


def test_records_give_back_what_draws_the_same() -> None:
    options = Options(on=date(2026, 1, 2), tolerance_marks=Decimal("0.35"), max_exposure=Fraction(1, 7))
    assert OptionsRecord.of(options).options() == options
    entry = item(1, expected_score=(0.1234564, 0.5, 0.9999999), family="f", enemies=frozenset({"b", "a"}))
    again = ItemRecord.of(entry).item()
    assert ItemRecord.of(again) == ItemRecord.of(entry)
    assert again.expected_millionths == (123_456, 500_000, 1_000_000)


def test_bundles_made_before_items_had_groups_are_the_same_byte_for_byte() -> None:
    assert (
        hashlib.sha256(make_bundle(with_late=False)).hexdigest()
        == "f4ed84b053dc1fb734700e59e7334004d13290270d5da2669058799a0283299c"
    )


GROUPED = ShuffleUnits(("a", "b", "c", "d", "e", "f", "g"), frozenset({"d"}), locked=False, groups=(3, 2, 2))


def grouped_bundle() -> bytes:
    pool = tuple(item(number, shuffle=GROUPED) for number in range(40))
    inputs = DrawInputs("Tình huống", one_section(Cell(count=12)), pool, tuple(takers(6)), Options())
    committed = commitment(manifest_of(inputs, secret_sha256=secret_sha256(SECRET)))
    seed = draw_seed(SECRET, public_entropy=DICE, commitment=committed)
    drawn = assemble(inputs.blueprint, inputs.pool, takers=inputs.takers, seed=seed, options=inputs.options)
    assert isinstance(drawn, Assembly)
    return build_bundle(inputs, secret=SECRET, public_entropy=DICE, papers=drawn.forms)


def test_options_in_groups_are_drawn_recorded_and_verified() -> None:
    data = grouped_bundle()
    assert verify_bundle(data) == ()
    bundle = json.loads(data)
    assert bundle["pool"][0]["groups"] == [3, 2, 2]
    orders = [
        slot["option_order"] for paper in bundle["papers"] for slot in paper["form"]["sections"][0]["slots"]
    ]
    assert all(sorted(order[:3]) == ["a", "b", "c"] and order[3:5] == ["d", "e"] for order in orders)
    assert {tuple(order[5:]) for order in orders} == {("f", "g"), ("g", "f")}


@pytest.mark.parametrize("groups", [[3, 2], [3, 2, 3], [0, 7], []])
def test_groups_that_do_not_divide_the_options_are_malformed(groups: list[int]) -> None:
    bundle = json.loads(grouped_bundle())
    bundle["pool"][0]["groups"] = groups
    assert {finding.code for finding in verify_bundle(canonical_json(bundle))} <= {
        "malformed",
        "not_canonical",
    }
    assert verify_bundle(canonical_json(bundle))
