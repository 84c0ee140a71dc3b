"""Banks too thin for the tolerance: the search for equal papers ends after a stated number of tries, and says where."""

import random
from itertools import product

import numpy as np
import pytest

from question_bank.assembly import Assembly, Options, assemble, assemble_late, swap
from question_bank.assembly.deal import deal_forms
from question_bank.assembly.plan import Plan
from question_bank.assembly.prepare import prepare
from question_bank.assembly.swap import Bench, settle_once, settle_stragglers
from question_bank.blueprint import Cell
from question_bank.draw import DrawInputs, commitment, draw_seed, manifest_of, secret_sha256
from question_bank.draw_bundle import build_bundle, verify_bundle
from question_bank.form import Form
from question_bank.pool import PoolItem
from tests.question_bank.banks import item, one_section, takers

SEED = b"a thin bank of items" * 2
EASY, MIDDLE, HARD = (0.8, 0.9, 0.95), (0.4, 0.5, 0.6), (0.0, 0.1, 0.25)
TOLERANCE = Options().tolerance


def rated(*shares: tuple[float, ...], competency: str = "T.1", first: int = 0) -> list[PoolItem]:
    return [
        item(number, competency, expected_score=share) for number, share in enumerate(shares, start=first)
    ]


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The forms that tried an exchange, try by try."""
    made: list[int] = []
    search = swap.settle_once

    def counted(bench: Bench, row: np.intp, **rest: object) -> int | None:
        made.append(int(row))
        return search(bench, row, **rest)

    monkeypatch.setattr(swap, "settle_once", counted)
    return made


ONE_OF_THREE = one_section(Cell(count=1))
"""One item of three, of which only the middle one is as hard as the mean."""


def test_settling_ends_when_twenty_papers_in_a_row_gave_up(tries: list[int]) -> None:
    drawn = assemble(ONE_OF_THREE, rated(EASY, MIDDLE, HARD), takers=takers(300), seed=SEED)
    assert isinstance(drawn, Assembly)
    assert drawn.report.outside_tolerance == 200
    assert len(tries) == swap.HOPELESS * swap.STRAGGLER_PATIENCE
    assert len(set(tries)) == swap.HOPELESS


def test_the_report_names_the_cells_of_least_choice_and_how_far_the_furthest_paper_is() -> None:
    cells = [
        Cell(competency="T.1", count=1),
        Cell(competency="T.2", count=2),
        Cell(competency="T.3", count=1),
    ]
    pool = [
        *rated(EASY, MIDDLE, HARD),
        *rated(EASY, EASY, HARD, HARD, competency="T.2", first=3),
        *rated(MIDDLE, MIDDLE, competency="T.3", first=7),
    ]
    drawn = assemble(one_section(*cells), pool, takers=takers(30), seed=SEED)
    assert isinstance(drawn, Assembly)
    report = drawn.report
    found = [(cell.vi, cell.places, cell.items, cell.difficulties) for cell in report.scarcest]
    assert found == [("T.2", 2, 4, 2), ("T.3", 1, 2, 1), ("T.1", 1, 3, 3)]
    worst = max(max(one.highest - one.target, one.target - one.lowest) for one in report.balance)
    assert report.furthest_marks == pytest.approx(worst)
    assert report.furthest_marks > float(Options().tolerance_marks)


def test_nothing_is_named_where_every_paper_is_as_hard_as_the_mean() -> None:
    drawn = assemble(ONE_OF_THREE, rated(MIDDLE, MIDDLE, MIDDLE), takers=takers(9), seed=SEED)
    assert isinstance(drawn, Assembly)
    assert (drawn.report.outside_tolerance, drawn.report.scarcest) == (0, ())


def test_a_draw_from_a_thin_bank_is_verified_like_any_other() -> None:
    pool, people, secret = tuple(rated(EASY, MIDDLE, HARD)), tuple(takers(60)), bytes(32)
    inputs = DrawInputs("Ngân hàng mỏng", ONE_OF_THREE, pool, people, Options())
    committed = commitment(manifest_of(inputs, secret_sha256=secret_sha256(secret)))
    seed = draw_seed(secret, public_entropy="6 5 4 3 2 1", commitment=committed)
    drawn = assemble(ONE_OF_THREE, pool, takers=people, seed=seed)
    assert isinstance(drawn, Assembly)
    assert drawn.report.outside_tolerance > 0
    bundle = build_bundle(inputs, secret=secret, public_entropy="6 5 4 3 2 1", papers=drawn.forms)
    assert verify_bundle(bundle, published_commitment=committed) == ()


def bench_of(plan: Plan, forms: int) -> Bench:
    nothing = [frozenset[int]()] * forms
    return Bench(plan, deal_forms(plan, nothing, seed=SEED).selection, seen=nothing)


def mixed_plan(seed: int) -> Plan:
    """Two cells of items with few different difficulties, so that many exchanges are equally good."""
    chance = random.Random(seed)
    shares = [tuple(sorted(round(chance.uniform(0.2, 0.9), 2) for _ in range(3))) for _ in range(6)]
    pool = [
        *rated(*(chance.choice(shares) for _ in range(9))),
        *rated(*(chance.choice(shares) for _ in range(8)), competency="T.2", first=9),
    ]
    blueprint = one_section(Cell(competency="T.1", count=4), Cell(competency="T.2", count=3))
    plan = prepare(blueprint, pool, seed=SEED)
    assert isinstance(plan, Plan)
    return plan


def best_by_trying_all(
    bench: Bench, row: int, partners: list[int], tolerance: int
) -> tuple[int, int, int] | None:
    """(partner, own column, other column) of the exchange that leaves the form nearest; of equals the first."""
    found: list[tuple[tuple[int, ...], tuple[int, int, int]]] = []
    for number, cell in enumerate(bench.plan.cells):
        columns = range(cell.start, cell.start + cell.count)
        for (at, partner), mine, other in product(enumerate(partners), columns, columns):
            ours, theirs = int(bench.selection[row, mine]), int(bench.selection[partner, other])
            gain = bench.marks[number][theirs] - bench.marks[number][ours]
            stays = np.abs(bench.deviation[partner] - gain).max() <= tolerance
            if stays and not bench.blocked[row, theirs] and not bench.blocked[partner, ours]:
                cost = int(np.abs(bench.deviation[row] + gain).max())
                found.append(((cost, number, at, mine, other), (partner, mine, other)))
    return min(found)[1] if found else None


@pytest.mark.parametrize("seed", range(6))
def test_a_straggler_makes_the_best_exchange_of_all_that_there_are(seed: int) -> None:
    plan = mixed_plan(seed)
    bench = bench_of(plan, 40)
    tolerance = int(np.sort(np.abs(bench.deviation).max(axis=1))[20])
    within = np.flatnonzero(~bench.outside(tolerance))
    outside = np.flatnonzero(bench.outside(tolerance)).tolist()
    exchanged = 0
    for row in outside[:8]:
        wanted = best_by_trying_all(bench, row, within.tolist(), tolerance)
        before = bench.selection.copy()
        given = settle_once(bench, np.intp(row), partners=within, tolerance=tolerance)
        if wanted is None:
            assert given is None
            continue
        partner, mine, other = wanted
        before[row, mine], before[partner, other] = before[partner, other], before[row, mine]
        assert (bench.selection == before).all()
        exchanged += 1
    assert exchanged > 0


def test_settling_goes_on_where_some_papers_can_be_settled(tries: list[int]) -> None:
    plan = mixed_plan(3)
    bench = bench_of(plan, 300)
    tolerance = int(np.sort(np.abs(bench.deviation).max(axis=1))[150])
    settle_stragglers(bench, tolerance=tolerance)
    assert len(set(tries)) == 149
    assert bench.outside(tolerance).sum() < 50


def test_settling_ends_after_so_many_exchanges_in_all(
    tries: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swap, "BLOCK_MOVES", 2 * swap.STRAGGLER_PATIENCE - 1)
    monkeypatch.setattr(swap, "HOPELESS", 1_000)
    assemble(ONE_OF_THREE, rated(EASY, MIDDLE, HARD), takers=takers(300), seed=SEED)
    assert len(tries) == 2 * swap.STRAGGLER_PATIENCE, "who is at it when the last is made comes to an end"


def test_a_paper_takes_no_more_than_sixty_other_items_from_the_bank() -> None:
    # Easy items are unused and so taken first; half of the paper would have to be hard ones to balance it.
    pool = rated(*[EASY] * 200, *[HARD] * 200)
    used = {one.version_id: 1 for one in pool[200:]}
    late = assemble_late(one_section(Cell(count=200)), pool, taker=takers(1)[0], seed=SEED, exposure=used)
    assert isinstance(late, Form)
    hard = {one.version_id for one in pool[200:]}
    assert sum(slot.version_id in hard for slot in late.slots) == swap.MOST_REPLACED
