"""All forms of an exam at once."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from question_bank.assembly.deal import deal_forms, level_exposure
from question_bank.assembly.decks import smallest_exposure
from question_bank.assembly.plan import ItemArray, Plan
from question_bank.assembly.prepare import prepare
from question_bank.assembly.reasons import exposure_limit, history_reasons, taker_problems
from question_bank.assembly.rescue import broken_rows, limits_broken, solve_rows, solve_stuck
from question_bank.assembly.result import Assembly, Infeasible, Options, report_on
from question_bank.assembly.swap import (
    BLOCK_FORMS,
    Bench,
    replace_from_bank,
    settle_stragglers,
    swap_between_forms,
)
from question_bank.assembly.units import UnitSpread, unit_limit_not_met
from question_bank.blueprint import NO_NAMES, Blueprint, Names, Reason
from question_bank.pool import PoolItem, Taker
from question_bank.stream import derive

DEFAULT_OPTIONS = Options()


def assemble(
    blueprint: Blueprint,
    pool: Sequence[PoolItem],
    *,
    takers: Sequence[Taker],
    seed: bytes,
    options: Options = DEFAULT_OPTIONS,
    names: Names = NO_NAMES,
) -> Assembly | Infeasible:
    """One form for every taker, equally hard within the tolerance and none over-exposed; the order of the
    inputs does not matter.

    `seed` is at least 16 bytes. `names` maps competency and level codes to words for the sentences of
    `Infeasible`.
    """
    assert len(seed) >= 16, "a draw needs a seed of at least 16 bytes"
    reasons = taker_problems(takers)
    plan = prepare(blueprint, pool, seed=seed, on=options.on, tolerance=options.tolerance, names=names)
    if not isinstance(plan, Plan):
        return Infeasible((*reasons, *plan))
    if reasons:
        return Infeasible(reasons)
    ordered = tuple(sorted(takers, key=lambda taker: taker.candidate_key))
    seen = [plan.seen_by(taker.seen_item_ids) for taker in ordered]
    dealt = deal_forms(plan, seen, seed=seed)
    selection = dealt.selection
    left = solve_stuck(plan, selection, stuck=dealt.stuck, seen=seen, seed=seed, tolerance=options.tolerance)
    if left:
        stuck = {ordered[row].candidate_key: unfilled for row, unfilled in left.items()}
        return Infeasible(history_reasons(stuck, plan.labels(names)))
    level_exposure(plan, selection, seen=seen)
    over = _exposure_problem(plan, selection, limit=options.max_exposure)
    if over:
        return Infeasible((over,))
    balance_forms(plan, selection, seen=seen, tolerance=options.tolerance, seed=seed)
    solved = _solve_broken(plan, selection, seen=seen, options=options, seed=seed)
    broken = _spread_over_units(plan, selection, takers=ordered, seen=seen, options=options, names=names)
    broken += limits_broken(plan, selection)
    if broken:
        return Infeasible(tuple(broken))
    labels = plan.labels(names)
    report = report_on(plan, selection, tolerance=options.tolerance, solved=solved, labels=labels)
    return Assembly(plan, ordered, selection, seed, report)


def _solve_broken(
    plan: Plan, selection: ItemArray, *, seen: Sequence[frozenset[int]], options: Options, seed: bytes
) -> int:
    """Forms outside a limit are found anew by the solver where there are any (in place); returns how many."""
    rows = broken_rows(plan, selection)
    if not rows:
        return 0
    allowed = None if options.max_exposure is None else int(options.max_exposure * len(selection))
    left = solve_rows(
        plan,
        selection,
        rows=rows,
        seen=seen,
        seed=seed,
        tolerance=options.tolerance,
        allowed=allowed,
    )
    return len(rows) - len(left)


def balance_forms(
    plan: Plan, selection: ItemArray, *, seen: Sequence[frozenset[int]], tolerance: int, seed: bytes
) -> None:
    """Bring the forms to within `tolerance` (millionths of a mark) of the target where items allow it (in
    place).
    """
    if plan.marks is None:
        return
    uses = np.bincount(selection.ravel(), minlength=len(plan.items)).astype(np.int64)
    blocks = -(-len(selection) // BLOCK_FORMS)
    for number in range(blocks):
        start, stop = (len(selection) * n // blocks for n in (number, number + 1))
        bench = Bench(plan, selection[start:stop], seen=seen[start:stop])
        swap_between_forms(bench, tolerance=tolerance, seed=derive(seed, "swap", number))
        settle_stragglers(bench, tolerance=tolerance)
        replace_from_bank(bench, uses, tolerance=tolerance)


def _spread_over_units(
    plan: Plan,
    selection: ItemArray,
    *,
    takers: Sequence[Taker],
    seen: Sequence[frozenset[int]],
    options: Options,
    names: Names,
) -> list[Reason]:
    """No unit holds an item in more forms than its allowance (in place), or why that cannot be."""
    limit = options.max_unit_exposure
    if limit is None:
        return []
    units = UnitSpread(plan, selection, takers=takers, seen=seen, limit=limit, tolerance=options.tolerance)
    impossible = units.impossible(plan.labels(names))
    if impossible:
        return impossible
    left = units.spread()
    return [unit_limit_not_met(left)] if left else []


def _exposure_problem(plan: Plan, selection: ItemArray, *, limit: Fraction | None) -> Reason | None:
    if limit is None:
        return None
    forms = len(selection)
    most = int(np.bincount(selection.ravel()).max())
    allowed = int(limit * forms)
    if most <= allowed:
        return None
    bound = smallest_exposure([cell.count for cell in plan.cells], plan.supplies, forms=forms)
    return exposure_limit(uses=most, allowed=allowed, bound=bound, forms=forms)
