import hashlib
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from question_bank.assembly import Assembly, Infeasible, Options, assemble, assemble_late
from question_bank.assembly.check import check_forms
from question_bank.blueprint import Blueprint, Cell
from question_bank.form import Form
from question_bank.pool import PoolItem, Taker
from tests.question_bank.banks import city_bank, city_blueprint, item, items, one_section, takers

SEED = bytes(range(32))
BLUEPRINT = city_blueprint()


def drawn(
    blueprint: Blueprint,
    pool: list[PoolItem],
    people: list[Taker],
    *,
    seed: bytes = SEED,
    options: Options | None = None,
) -> Assembly:
    result = assemble(blueprint, pool, takers=people, seed=seed, options=options or Options())
    assert isinstance(result, Assembly), [reason.en for reason in result.reasons]
    return result


def codes(result: Assembly | Form | Infeasible) -> list[str]:
    assert isinstance(result, Infeasible)
    return [reason.code for reason in result.reasons]


def sit(assembly: Assembly) -> list[Taker]:
    """The same people after they have seen these forms."""
    item_ids = [item.item_id for item in assembly.plan.items]
    return [
        replace(taker, seen_item_ids=taker.seen_item_ids | {item_ids[index] for index in row})
        for taker, row in zip(assembly.takers, assembly.selection.tolist(), strict=True)
    ]


@pytest.mark.parametrize(("bank", "rounds"), [(2000, 1), (600, 4), (300, 4)])
def test_every_form_keeps_every_promise_and_exposure_stays_at_its_bound(bank: int, rounds: int) -> None:
    pool, people = city_bank(bank), takers(500)
    for number in range(rounds):
        assembly = drawn(BLUEPRINT, pool, people, seed=bytes([number]) * 32)
        people = sit(assembly)
    report = assembly.report
    found = check_forms(
        assembly.forms, blueprint=BLUEPRINT, pool=pool, takers=assembly.takers, max_uses=report.max_uses_bound
    )
    assert found == ()
    assert report.max_uses == report.max_uses_bound
    assert report.mean_overlap <= report.mean_overlap_bound * 1.001
    assert report.outside_tolerance == 0
    assert all(balance.spread <= 0.4 for balance in report.balance)


def test_the_exposure_bound_of_separate_cells_is_the_rounded_up_share() -> None:
    assembly = drawn(one_section(Cell(count=3)), items(7), takers(10))
    assert assembly.report.max_uses_bound == 5
    assert sorted(assembly.exposure.values()) == [4, 4, 4, 4, 4, 5, 5]


def test_the_report_measures_what_the_forms_hold() -> None:
    pool = city_bank(400)
    assembly = drawn(BLUEPRINT, pool, takers(40))
    expected = {entry.version_id: entry.expected_score for entry in pool}
    marks = [
        100 * sum(expected[s.version_id][1] * float(s.points) for s in form.slots) / float(form.total_points)
        for form in assembly.forms
    ]
    middle = assembly.report.balance[1]
    assert (middle.lowest, middle.highest) == pytest.approx((min(marks), max(marks)), abs=1e-4)
    versions = [{slot.version_id for slot in form.slots} for form in assembly.forms]
    shared = [len(one & other) for index, one in enumerate(versions) for other in versions[:index]]
    assert assembly.report.mean_overlap == pytest.approx(np.mean(shared))


def test_same_inputs_and_seed_give_the_same_bytes_in_any_order() -> None:
    pool, people = city_bank(300), takers(60)
    one = drawn(BLUEPRINT, pool, people)
    other = drawn(BLUEPRINT, pool[::-1], people[::-1])
    assert [f.canonical_bytes() for f in one.forms] == [f.canonical_bytes() for f in other.forms]
    assert [f.form_hash for f in drawn(BLUEPRINT, pool, people, seed=b"another seed....").forms] != [
        f.form_hash for f in one.forms
    ]


def test_the_draw_is_the_same_on_every_machine() -> None:
    """A change of this digest is a new algorithm: bundles published before it could not be verified any more."""
    assembly = drawn(BLUEPRINT, city_bank(300), takers(60))
    assembly = drawn(BLUEPRINT, city_bank(300), sit(assembly))
    digest = hashlib.sha256("".join(form.form_hash for form in assembly.forms).encode()).hexdigest()
    assert digest == "54d419a29b6c43d6239395689e9600c3e181c8bfeb00208906381fce102b9b7e"


def test_one_form_alone_is_balanced_from_the_bank() -> None:
    report = drawn(BLUEPRINT, city_bank(300), takers(1)).report
    assert report.outside_tolerance == 0


def test_items_without_an_estimate_count_as_their_cell_mean() -> None:
    pool = [replace(entry, expected_score=None) if n % 2 else entry for n, entry in enumerate(city_bank(300))]
    report = drawn(BLUEPRINT, pool, takers(30)).report
    assert report.unrated_items == 150
    assert report.outside_tolerance == 0


def test_without_any_estimate_forms_are_drawn_and_no_balance_is_claimed() -> None:
    pool = [replace(entry, expected_score=None) for entry in city_bank(300)]
    assembly = drawn(BLUEPRINT, pool, takers(30))
    assert assembly.report.balance == ()
    assert check_forms(assembly.forms, blueprint=BLUEPRINT, pool=pool, takers=takers(30)) == ()


def test_only_items_in_force_on_the_day_are_drawn() -> None:
    day = date(2026, 11, 23)
    pool = [
        *items(4, in_force_from=date(2027, 1, 1)),
        *items(4, first=4, in_force_to=date(2026, 11, 22)),
        *items(2, first=8, in_force_from=day, in_force_to=day),
    ]
    blueprint = one_section(Cell(count=2))
    assembly = drawn(blueprint, pool, takers(3), options=Options(on=day))
    assert check_forms(assembly.forms, blueprint=blueprint, pool=pool, takers=takers(3), on=day) == ()
    after = assemble(blueprint, pool, takers=takers(3), seed=SEED, options=Options(on=date(2026, 11, 24)))
    assert codes(after) == ["cell_short"]


def test_cliques_and_clones_never_meet_in_a_form() -> None:
    clique = {f"item-{n}" for n in range(10)}
    pool = [item(n, enemies=frozenset(clique)) for n in range(10)]
    pool += items(10, first=10, family="clones") + items(8, first=20)
    blueprint = one_section(Cell(competency="T", count=10))
    assembly = drawn(blueprint, pool, takers(50))
    assert check_forms(assembly.forms, blueprint=blueprint, pool=pool, takers=takers(50)) == ()


def test_overlapping_cells_share_items_without_starving_the_narrow_one() -> None:
    blueprint = one_section(
        Cell(competency="T", count=6), Cell(competency="T.1", count=3), Cell(competency="T.1.1", count=2)
    )
    pool = items(4, "T.1.1") + items(6, "T.1.2", first=4) + items(8, "T.2", first=10)
    assembly = drawn(blueprint, pool, takers(90))
    assert check_forms(assembly.forms, blueprint=blueprint, pool=pool, takers=takers(90)) == ()
    assert assembly.report.max_uses <= 60


def test_a_person_who_needs_items_of_another_deck_still_gets_a_form() -> None:
    # The history leaves T.1 only items that stand in the deck of the wide cell.
    blueprint = one_section(Cell(competency="T", count=2), Cell(competency="T.1", count=2))
    pool = items(6, "T.1") + items(6, "T.2", first=6)
    people = [
        Taker(f"{n}", frozenset({f"item-{a}", f"item-{b}", f"item-{c}", f"item-{d}"}))
        for n, (a, b, c, d) in enumerate([(0, 1, 2, 3), (2, 3, 4, 5), (0, 2, 4, 5), (1, 3, 4, 5)])
    ]
    assembly = drawn(blueprint, pool, people)
    assert check_forms(assembly.forms, blueprint=blueprint, pool=pool, takers=people) == ()


def test_a_history_that_leaves_exactly_one_form_is_served() -> None:
    pool = city_bank(300, enemy_share=0)
    spared = drawn(BLUEPRINT, pool, takers(1))
    left = {spared.plan.items[index].item_id for index in spared.selection[0].tolist()}
    barred = Taker("000001", frozenset(entry.item_id for entry in pool) - left)
    assembly = drawn(BLUEPRINT, pool, [barred, *takers(40)[1:]])
    assert {assembly.plan.items[i].item_id for i in assembly.selection[0].tolist()} == left


def test_everyone_barred_by_history_is_named_by_cell() -> None:
    pool = items(4)
    people = [Taker(f"{n}", frozenset({"item-0", "item-1", "item-2"})) for n in range(3)]
    result = assemble(one_section(Cell(competency="T", count=2)), pool, takers=people, seed=SEED)
    assert codes(result) == ["history_short"]
    assert isinstance(result, Infeasible)
    assert (
        result.reasons[0].vi == "T: 3 thí sinh đã gặp quá nhiều câu, thiếu đến 1 câu (ví dụ số báo danh 0)."
    )


def test_history_and_enemies_together_are_told_apart_from_history_alone() -> None:
    pool = [item(0, enemies=frozenset({"item-1"})), item(1, enemies=frozenset({"item-2"})), item(2), item(3)]
    people = [Taker("7", frozenset({"item-3", "item-2"}))]
    result = assemble(one_section(Cell(count=2)), pool, takers=people, seed=SEED)
    assert codes(result) in (["history_short"], ["history_and_enemies_block"])


@pytest.mark.parametrize(
    ("people", "code"),
    [([], "no_takers"), ([Taker("1"), Taker("1")], "repeated_candidate")],
)
def test_a_wrong_list_of_candidates_is_named(people: list[Taker], code: str) -> None:
    assert codes(assemble(one_section(Cell(count=1)), items(1), takers=people, seed=SEED)) == [code]


def test_an_exposure_limit_below_the_bound_is_refused_with_the_bound() -> None:
    options = Options(max_exposure=Fraction(1, 3))
    result = assemble(one_section(Cell(count=2)), items(5), takers=takers(10), seed=SEED, options=options)
    assert codes(result) == ["exposure_limit"]
    assert isinstance(result, Infeasible)
    assert result.reasons[0].params["bound"] == 4
    drawn(one_section(Cell(count=2)), items(5), takers(10), options=Options(max_exposure=Fraction(2, 5)))


def test_late_forms_keep_the_promises_and_the_balance() -> None:
    pool, people = city_bank(600), takers(200)
    seen = sit(drawn(BLUEPRINT, pool, people))
    batch = drawn(BLUEPRINT, pool, seen[:150], seed=b"second period...")
    exposure = Counter(batch.exposure)
    forms = list(batch.forms)
    for taker in seen[150:]:
        late = assemble_late(BLUEPRINT, pool, taker=taker, seed=b"second period...", exposure=exposure)
        assert isinstance(late, Form)
        forms.append(late)
        exposure.update(slot.version_id for slot in late.slots)
    assert check_forms(forms, blueprint=BLUEPRINT, pool=pool, takers=seen) == ()
    assert max(exposure.values()) <= batch.report.max_uses_bound * 200 / 150 + 2
    expected = {entry.version_id: entry.expected_score for entry in pool}
    for form in forms[150:]:
        for ability, balance in enumerate(batch.report.balance):
            marks = sum(Decimal(expected[s.version_id][ability]) * s.points for s in form.slots)
            assert float(100 * marks / form.total_points) == pytest.approx(balance.target, abs=0.2001)


def test_a_late_candidate_who_has_seen_too_much_is_told_so() -> None:
    barred = Taker("1", frozenset({"item-0"}))
    assert codes(
        assemble_late(one_section(Cell(count=2)), items(2), taker=barred, seed=SEED, exposure={})
    ) == ["history_short"]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_small_bank_gives_valid_forms_or_a_reason(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 14))
    numbers = st.integers(0, size - 1)
    ids = st.frozensets(numbers.map(lambda n: f"item-{n}"), max_size=3)
    competencies = st.sampled_from(["T.1", "T.1.1", "T.2"])
    pool = [
        item(
            n,
            data.draw(competencies),
            enemies=data.draw(ids) - {f"item-{n}"},
            family=data.draw(st.sampled_from([None, None, "f"])),
        )
        for n in range(size)
    ]
    cells = data.draw(
        st.lists(
            st.builds(
                Cell, competency=st.sampled_from(["T", "T.1", "T.1.1", "T.2"]), count=st.integers(1, 3)
            ),
            min_size=1,
            max_size=3,
            unique_by=lambda cell: cell.competency,
        )
    )
    people = [Taker(f"{n}", data.draw(ids)) for n in range(data.draw(st.integers(1, 6)))]
    blueprint = one_section(*cells)
    result = assemble(blueprint, pool, takers=people, seed=SEED)
    if isinstance(result, Assembly):
        assert check_forms(result.forms, blueprint=blueprint, pool=pool, takers=people) == ()
    else:
        assert any(not _has_form(cells, pool, person) for person in people)


def _has_form(cells: list[Cell], pool: list[PoolItem], person: Taker) -> bool:
    """Whether any form exists, by trying everything."""

    def fill(places: list[Cell], chosen: list[PoolItem]) -> bool:
        if not places:
            return True
        return any(
            fill(places[1:], [*chosen, entry])
            for entry in pool
            if places[0].accepts(entry) and _agrees(entry, chosen)
        )

    def _agrees(entry: PoolItem, chosen: list[PoolItem]) -> bool:
        return entry.item_id not in person.seen_item_ids and not any(
            entry is other
            or entry.item_id in other.enemies
            or other.item_id in entry.enemies
            or (entry.family is not None and entry.family == other.family)
            for other in chosen
        )

    return fill([cell for cell in cells for _ in range(cell.count)], [])
