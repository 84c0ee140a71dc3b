"""The cheapest way out of a request for which no form exists, found by mixed-integer programming (HiGHS).

Loaded and run only where something has failed. Every demand may be broken at a price (an elastic programme): what is
broken at the least total price is what conflicts. Source: Chinneck (2008), Feasibility and Infeasibility in
Optimization, chapter on elastic programmes.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import Final, NamedTuple

from question_bank.blueprint import Blueprint, CellLabel, Reason

SECONDS: Final = 5.0
"""The search ends then with the best way found so far."""

ITEM_PRICE: Final = 2.0
PAIR_PRICE: Final = 1.0
SECOND_PRICE: Final = 0.001
"""A missing item costs more than an exclusion lifted, because items have to be written."""


SOLUTION_FOUND: Final = 2  # kSolutionStatusFeasible
HALF: Final = 0.5


class Way(NamedTuple):
    """What to give up: items per cell, exclusions between items (as pairs of numbers), seconds of the time limit."""

    items: tuple[int, ...]
    pairs: tuple[tuple[int, int], ...]
    seconds: int


def cheapest_way(
    blueprint: Blueprint,
    members: Sequence[Sequence[int]],
    *,
    excludes: Sequence[frozenset[int]],
    times: Sequence[int] | None = None,
) -> Way | None:
    """The cheapest set of demands to give up so that one form exists; None when none was found in time.

    `members[c]` are the items that cell c accepts, `excludes[i]` those that cannot stand beside item i.
    """
    solver = import_module("highspy").Highs()  # it carries no types that a checker could use
    solver.silent()
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("random_seed", 0)
    solver.setOptionValue("time_limit", SECONDS)
    chosen = [{item: solver.addBinary() for item in accepted} for accepted in members]
    short = [solver.addVariable(0, cell.count, ITEM_PRICE) for cell in blueprint.cells]
    for cell, held, missing in zip(blueprint.cells, chosen, short, strict=True):
        solver.addConstr(sum(held.values(), missing) == cell.count)
    used = {
        item: [held[item] for held in chosen if item in held]
        for item in sorted({i for held in chosen for i in held})
    }
    for places in used.values():
        if len(places) > 1:
            solver.addConstr(sum(places[1:], places[0]) <= 1)
    lifted = {}
    for item, others in enumerate(excludes):
        for other in others:
            if other > item and item in used and other in used:
                lifted[item, other] = solver.addVariable(0, 1, PAIR_PRICE)
                both = used[item] + used[other]
                solver.addConstr(sum(both[1:], both[0]) - lifted[item, other] <= 1)
    early, late = (solver.addVariable(0, 100_000, SECOND_PRICE) for _ in range(2))
    limits = blueprint.expected_time
    if limits is not None and times is not None:
        spent = sum((times[item] * place for item, places in used.items() for place in places), early)
        solver.addConstr(spent >= limits.least_s)
        solver.addConstr(spent - early - late <= limits.most_s)
    solver.minimize()
    if solver.getInfo().primal_solution_status != SOLUTION_FOUND:
        return None
    return Way(
        tuple(round(float(solver.val(missing))) for missing in short),
        tuple(pair for pair, price in lifted.items() if float(solver.val(price)) > HALF),
        round(float(solver.val(early)) + float(solver.val(late))),
    )


def way_out(way: Way, labels: Sequence[CellLabel], *, names: Sequence[str]) -> Reason | None:
    """The way in words; None when nothing has to be given up. `names` are the item ids."""
    vi, en = [], []
    for count, label in zip(way.items, labels, strict=True):
        if count:
            vi.append(f"bổ sung (hoặc bớt đi) {count} câu ở ô {label.vi}")
            en.append(f"add (or ask for fewer) {count} items in {label.en}")
    if way.pairs:
        vi.append(f"bỏ {len(way.pairs)} quan hệ loại trừ")
        en.append(f"lift {len(way.pairs)} exclusions")
    if way.seconds:
        vi.append(f"nới giới hạn thời gian dự kiến {way.seconds} giây")
        en.append(f"widen the limits of expected time by {way.seconds} seconds")
    if not vi:
        return None
    pairs = tuple(f"{names[one]} – {names[other]}" for one, other in way.pairs)
    return Reason(
        "way_out",
        f"Các yêu cầu mâu thuẫn nhau. Cách ít phải sửa nhất: {'; '.join(vi)}.",
        f"The demands conflict. The least change that helps: {'; '.join(en)}.",
        {"pairs": pairs},
    )
