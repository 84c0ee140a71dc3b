"""One form at a time by mixed-integer programming, the method of the literature, solved by HiGHS."""

import random
import time
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec

import numpy as np
import numpy.typing as npt

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
        items = np.arange(len(plan.items), dtype=np.int32)
        solver.addVars(len(items), np.zeros(len(items)), np.ones(len(items)))
        solver.changeColsCost(len(items), items, np.array([chance.random() for _ in items]))
        solver.changeColsIntegrality(len(items), items, np.full(len(items), 1, dtype=np.uint8))
        for low, high, columns, weights in _rows(plan):
            solver.addRow(low, high, len(columns), columns, weights)
        solver.run()
        assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return round(FORMS / (time.perf_counter() - start), 1)


def _rows(plan: Plan) -> Iterator[tuple[float, float, npt.NDArray[np.int32], npt.NDArray[np.float64]]]:
    """Constraints as lower bound, upper bound, columns and weights: cells, enemies, expected marks."""
    assert plan.marks is not None
    for cell in plan.cells:
        yield cell.count, cell.count, np.array(cell.deck, dtype=np.int32), np.ones(len(cell.deck))
    for item, others in enumerate(plan.excludes):
        for other in others:
            if other > item:
                yield 0, 1, np.array([item, other], dtype=np.int32), np.ones(2)
    columns = np.array([item for cell in plan.cells for item in cell.deck], dtype=np.int32)
    for ability, target in enumerate(plan.target / MARK_UNIT):
        parts = [m[list(c.deck), ability] / MARK_UNIT for c, m in zip(plan.cells, plan.marks, strict=True)]
        yield target - TOLERANCE_MARKS, target + TOLERANCE_MARKS, columns, np.concatenate(parts)
