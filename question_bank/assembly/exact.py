"""One form by integer programming (HiGHS), where exchanging items did not find one that keeps every limit.

The engine deals and exchanges; this is for the few requests in which time or information, enemies and histories leave
so little that only a search of everything tells. The least sum of weights is sought, and the weights are random, so
that one form alone has it (isolation lemma): whatever solver finds the optimum finds the same form.
Source: Mulmuley, Vazirani & Vazirani (1987), Combinatorica 7, 105-113; van der Linden (2005), Linear Models for Optimal
Test Design, for the model.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

from question_bank.assembly.features import filled_information, filled_times
from question_bank.assembly.plan import Plan
from question_bank.pool import ABILITIES, SHARE_UNIT
from question_bank.stream import ByteStream

SECONDS: Final = 60.0
"""A form that takes the solver longer is given up, and with it the draw."""

MOST_FORMS: Final = 200
"""More forms than these are not sent to the solver: the blueprint or the bank has to change."""

WEIGHTS: Final = 1 << 20
"""Each item weighs at random up to this; one more use than the least used item counts as much."""

HALF: Final = 0.5


class SolverGaveUp(Exception):
    """The solver did not finish in its time, so that nobody knows whether there is a form."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The sum of `weights` over the places taken lies from `least` to `most`; places are (cell, item)."""

    weights: dict[tuple[int, int], int]
    least: int
    most: int


def solve_form(
    plan: Plan, barred: frozenset[int], *, uses: Sequence[int], stream: ByteStream, tolerance: int
) -> list[int] | None:
    """Items cell by cell for one person, or None when no form keeps all limits.

    `uses[i]` is how often item i is used so far. The balance of marks is kept if any form can keep it, else not.
    Raises SolverGaveUp.
    """
    if any(len(set(cell.members) - barred) < cell.count for cell in plan.cells):
        return None
    weights = [WEIGHTS * (used - min(uses)) + stream.below(WEIGHTS) for used in uses]
    bounds = list(hard_bounds(plan))
    balance = list(_balance(plan, tolerance))
    found = _solve(plan, barred, weights=weights, bounds=[*bounds, *balance])
    if found is None and balance:
        found = _solve(plan, barred, weights=weights, bounds=bounds)
    return found


def hard_bounds(plan: Plan) -> Iterator[Bound]:
    """The limits of the blueprint on whole forms: expected time, and information at the cut."""
    blueprint = plan.blueprint
    limits, times = blueprint.expected_time, filled_times(plan.items)
    if limits is not None and times is not None:
        places = {(c, i): times[i] for c, cell in enumerate(plan.cells) for i in cell.members}
        yield Bound(places, limits.least_s, limits.most_s)
    informed = filled_information(plan.items)
    if blueprint.least_information is not None and informed is not None:
        scored = {
            (c, i): informed[i]
            for c, cell in enumerate(plan.cells)
            if not cell.cell.pretest
            for i in cell.members
        }
        yield Bound(scored, int(blueprint.least_information * SHARE_UNIT), sum(scored.values()))


def _balance(plan: Plan, tolerance: int) -> Iterator[Bound]:
    if plan.marks is None or not plan.is_rated:
        return
    for place in range(len(ABILITIES)):
        goal = int(plan.target[place])
        marks = {
            (c, i): int(plan.marks[c][i, place]) for c, cell in enumerate(plan.cells) for i in cell.members
        }
        yield Bound(marks, goal - tolerance, goal + tolerance)


def _keeps(bound: Bound, places: Sequence[tuple[int, int]]) -> bool:
    return bound.least <= sum(bound.weights.get(place, 0) for place in places) <= bound.most


def _solve(
    plan: Plan, barred: frozenset[int], *, weights: Sequence[int], bounds: Sequence[Bound]
) -> list[int] | None:
    solver = import_module("highspy").Highs()  # it carries no types that a checker could use
    solver.silent()
    for name, value in (("threads", 1), ("random_seed", 0), ("time_limit", SECONDS)):
        solver.setOptionValue(name, value)
    # The sum of weights is a whole number: less than 1 between bound and form proves the optimum.
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("mip_abs_gap", HALF)
    taken = {
        (number, item): solver.addBinary(obj=float(weights[item]))
        for number, cell in enumerate(plan.cells)
        for item in cell.members
        if item not in barred
    }
    _add_structure(solver, plan, taken)
    for bound in bounds:
        total = _sum([bound.weights[place] * taken[place] for place in bound.weights if place in taken])
        solver.addConstr(total >= bound.least)
        solver.addConstr(total <= bound.most)
    solver.minimize()
    status = solver.modelStatusToString(solver.getModelStatus())
    if status != "Optimal":
        if status == "Infeasible":
            return None
        raise SolverGaveUp(status)
    chosen = [place for place, variable in taken.items() if float(solver.val(variable)) > HALF]
    # What a solver calls feasible may be a rounding away from it: whole numbers decide.
    if not all(_keeps(bound, chosen) for bound in bounds):
        raise SolverGaveUp("the form is not within its bounds")
    return [item for _cell, item in sorted(chosen)]


def _add_structure(solver: Any, plan: Plan, taken: dict[tuple[int, int], Any]) -> None:
    """Counts of the cells; no item twice; nothing beside what it excludes."""
    used: dict[int, list[Any]] = {}
    for (_cell, item), variable in taken.items():
        used.setdefault(item, []).append(variable)
    for number, cell in enumerate(plan.cells):
        held = [taken[number, item] for item in cell.members if (number, item) in taken]
        solver.addConstr(_sum(held) == cell.count)
    groups: dict[int, list[int]] = {}
    for item in used:
        groups.setdefault(plan.groups[item], []).append(item)
    for together in groups.values():
        places = [variable for item in together for variable in used[item]]
        if len(places) > 1:
            solver.addConstr(_sum(places) <= 1)
    for item, places in used.items():
        for other in plan.excludes[item]:
            if other > item and other in used and plan.groups[item] != plan.groups[other]:
                solver.addConstr(_sum([*places, *used[other]]) <= 1)


def _sum(terms: Sequence[Any]) -> Any:
    return sum(terms[1:], terms[0])
