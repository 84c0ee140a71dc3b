"""One form at a time by mixed-integer programming, the method of the literature, solved by HiGHS."""

import random
import time
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from question_bank.assembly.plan import MARK_UNIT, Plan

FORMS = 10
TOLERANCE_MARKS = 0.5
"""Wider than the engine's own ±0.2: narrower windows take the solver seconds per form."""


def highs_forms_per_s(plan: Plan) -> float | None:
    """Forms per second with a random objective and a gap of 1 %; None where `highspy` is not installed."""
    if find_spec("highspy") is None:
        return None
    highspy = import_module("highspy")
    chance = random.Random(1)
    start = time.perf_counter()
    for _ in range(FORMS):
        solver = highspy.Highs()
        solver.silent()
        solver.setOptionValue("mip_rel_gap", 0.01)
        solver.setOptionValue("threads", 1)
        chosen = [solver.addBinary(obj=chance.random()) for _ in plan.items]
        for cell in plan.cells:
            solver.addConstr(sum(chosen[item] for item in cell.deck) == cell.count)
        for item, others in enumerate(plan.excludes):
            for other in others:
                if other > item:
                    solver.addConstr(chosen[item] + chosen[other] <= 1)
        _window(solver, chosen, plan)
        solver.run()
        assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return round(FORMS / (time.perf_counter() - start), 1)


def _window(solver: Any, chosen: list[Any], plan: Plan) -> None:
    """Expected marks within the tolerance at every ability."""
    assert plan.marks is not None
    target = plan.target() / MARK_UNIT
    for ability in range(len(target)):
        expected = sum(
            float(marks[item, ability]) / MARK_UNIT * chosen[item]
            for cell, marks in zip(plan.cells, plan.marks, strict=True)
            for item in cell.deck
        )
        solver.addConstr(expected <= target[ability] + TOLERANCE_MARKS)
        solver.addConstr(expected >= target[ability] - TOLERANCE_MARKS)
