"""Forms for people whom dealing and exchanging left without one, or with one outside the limits: solved one by one."""

from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from question_bank.assembly.features import (
    filled_information,
    filled_times,
    information_not_met,
    mean_time,
    time_not_met,
    time_outside,
)
from question_bank.assembly.matching import Unfilled
from question_bank.assembly.plan import ItemArray, Plan
from question_bank.blueprint import NO_NAMES, Reason
from question_bank.pool import SHARE_UNIT
from question_bank.stream import ByteStream, derive


def broken_rows(plan: Plan, selection: ItemArray) -> list[int]:
    """The forms outside the limits of expected time, or with too little information at the cut."""
    limits, least = plan.blueprint.expected_time, plan.blueprint.least_information
    broken = np.zeros(len(selection), dtype=np.bool_)
    times = filled_times(plan.items) if limits is not None else None
    if limits is not None and times is not None:
        spent = np.array(times, dtype=np.int64)[selection].sum(axis=1)
        broken |= (spent < limits.least_s) | (spent > limits.most_s)
    informed = filled_information(plan.items) if least is not None else None
    if least is not None and informed is not None:
        scored = [
            place
            for cell in plan.cells
            if not cell.cell.pretest
            for place in range(cell.start, cell.start + cell.count)
        ]
        told = np.array(informed, dtype=np.int64)[selection[:, scored]].sum(axis=1)
        broken |= told < int(least * SHARE_UNIT)
    return np.flatnonzero(broken).tolist()


def solve_rows(
    plan: Plan,
    selection: ItemArray,
    *,
    rows: Sequence[int],
    seen: Sequence[frozenset[int]],
    seed: bytes,
    tolerance: int,
    allowed: int | None = None,
) -> list[int]:
    """Solve the forms in these rows anew (in place); the rows for which there is none.

    No item is taken that stands in `allowed` forms already. Once the solver needed too long the other rows are left:
    the draw is refused anyway, and each would cost as much again.
    """
    from question_bank.assembly.exact import MOST_FORMS, SolverGaveUp, solve_form  # noqa: PLC0415 - loads a solver

    if len(rows) > MOST_FORMS:
        return list(rows)
    others = np.delete(selection, rows, axis=0)
    uses = np.bincount(others.ravel(), minlength=len(plan.items))
    unsolved: list[int] = []
    for place, row in enumerate(rows):
        full = frozenset() if allowed is None else frozenset(np.flatnonzero(uses >= allowed).tolist())
        stream = ByteStream(derive(seed, "exact", row))
        try:
            found = solve_form(plan, seen[row] | full, uses=uses.tolist(), stream=stream, tolerance=tolerance)
        except SolverGaveUp:
            return [*unsolved, *rows[place:]]
        if found is None:
            unsolved.append(row)
            continue
        selection[row] = found
        uses[found] += 1
    return unsolved


def solve_late(
    plan: Plan,
    selection: ItemArray,
    *,
    barred: frozenset[int],
    uses: Sequence[int],
    key: str,
    seed: bytes,
    tolerance: int,
) -> None:
    """Solve the one form of a late candidate anew (in place), where there is one within the limits."""
    from question_bank.assembly.exact import SolverGaveUp, solve_form  # noqa: PLC0415 - loads a solver

    stream = ByteStream(derive(seed, "exact", key))
    with suppress(SolverGaveUp):
        found = solve_form(plan, barred, uses=uses, stream=stream, tolerance=tolerance)
        if found is not None:
            selection[0] = found


def solve_stuck(
    plan: Plan,
    selection: ItemArray,
    *,
    stuck: dict[int, Unfilled],
    seen: Sequence[frozenset[int]],
    seed: bytes,
    tolerance: int,
) -> dict[int, Unfilled]:
    """The people for whom the search among enemies was given up get a form by the solver (in place); who is left."""
    rows = [row for row, unfilled in stuck.items() if not unfilled.is_proven]
    if not rows:
        return stuck
    left = solve_rows(plan, selection, rows=rows, seen=seen, seed=seed, tolerance=tolerance)
    return {row: unfilled for row, unfilled in stuck.items() if unfilled.is_proven or row in left}


def _widened(plan: Plan, times: Sequence[int]) -> list[Reason]:
    """What would have to be given up at least for one form to keep the limits; nothing where one does."""
    from question_bank.assembly.explain import cheapest_way, way_out  # noqa: PLC0415 - the solver loads on failure only

    members = [cell.members for cell in plan.cells]
    way = cheapest_way(plan.blueprint, members, excludes=plan.excludes, times=times)
    names = [item.item_id for item in plan.items]
    reason = way_out(way, plan.labels(NO_NAMES), names=names) if way else None
    return [reason] if reason else []


def limits_broken(plan: Plan, selection: ItemArray) -> list[Reason]:
    """Which limits of the blueprint some forms break, and how far they would have to give way."""
    rows = broken_rows(plan, selection)
    if not rows:
        return []
    limits, times = plan.blueprint.expected_time, filled_times(plan.items)
    found: list[Reason] = []
    if limits is not None and times is not None:
        spent = np.array(times, dtype=np.int64)[selection].sum(axis=1)
        late = int(((spent < limits.least_s) | (spent > limits.most_s)).sum())
        mean = mean_time(plan.blueprint, times, [cell.deck for cell in plan.cells])
        if late and not limits.least_s < mean < limits.most_s:
            found.append(time_outside(limits, mean=round(mean)))
        elif late:
            found.append(time_not_met(limits, forms=late))
        found += _widened(plan, times) if late else []
    if not found:
        assert plan.blueprint.least_information is not None
        found.append(information_not_met(len(rows), least=plan.blueprint.least_information))
    return found
