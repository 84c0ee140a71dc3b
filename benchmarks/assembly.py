"""Assembly at the size of a city and of a country, beside a plain random draw and HiGHS solving one form at a time.

`forms_1697_s` and `forms_250k_s` are wall seconds of `assemble`: every item of every form chosen, balanced and
measured, from 2,000 items, the first with three earlier periods barred for everyone. `late_form_p95_ms` is one complete
late paper. Violations come from the independent checker, over all 1,697 forms of every bank and all 250,000.
"""

import json
import os
import resource
import sys
import time

import numpy as np

from benchmarks._banks import after_sitting, candidates, city_bank, city_blueprint
from benchmarks._highs import highs_forms_per_s
from benchmarks._random_draw import random_selection
from question_bank.assembly import Assembly, LateDraw, assemble
from question_bank.assembly.check import check_forms
from question_bank.assembly.plan import MARK_UNIT
from question_bank.assembly.result import expected_marks
from question_bank.form import Form
from question_bank.pool import PoolItem, Taker

CITY = 1_697
COUNTRY = 250_000
HISTORY = 3
LATE = 300
BLUEPRINT = city_blueprint()

Figures = dict[str, float | int | None]


def draw(pool: list[PoolItem], takers: list[Taker], *, period: int) -> tuple[Assembly, float]:
    start = time.perf_counter()
    drawn = assemble(BLUEPRINT, pool, takers=takers, seed=bytes([period]) * 32)
    seconds = time.perf_counter() - start
    assert isinstance(drawn, Assembly)
    return drawn, seconds


def violations(drawn: Assembly, pool: list[PoolItem]) -> int:
    bound = drawn.report.max_uses_bound
    found = check_forms(drawn.forms, blueprint=BLUEPRINT, pool=pool, takers=drawn.takers, max_uses=bound)
    return len(found)


def city(bank: int) -> tuple[Assembly, list[PoolItem], float, int]:
    """The fourth period of 1,697 people who have seen the forms of three."""
    pool, takers = city_bank(bank), candidates(CITY)
    for period in range(HISTORY):
        takers = after_sitting(draw(pool, takers, period=period)[0])
    drawn, seconds = draw(pool, takers, period=HISTORY)
    return drawn, pool, seconds, violations(drawn, pool)


def late_forms(drawn: Assembly, pool: list[PoolItem]) -> tuple[float, float, int]:
    """Milliseconds (95th percentile) of one complete late paper, those of the processor alone, and all violations."""
    desk = LateDraw.open(BLUEPRINT, pool, seed=drawn.seed)
    assert isinstance(desk, LateDraw)
    exposure = drawn.exposure
    people = [Taker(f"late-{number}", drawn.takers[number].seen_item_ids) for number in range(LATE)]
    times, spent, papers = [], [], []
    for taker in people:
        start, before_cpu = time.perf_counter(), time.process_time()
        paper = desk.draw(taker, seed=drawn.seed, exposure=exposure)
        times.append((time.perf_counter() - start) * 1000)
        spent.append((time.process_time() - before_cpu) * 1000)
        assert isinstance(paper, Form)
        papers.append(paper)
        for slot in paper.slots:
            exposure[slot.version_id] = exposure.get(slot.version_id, 0) + 1
    found = check_forms(papers, blueprint=BLUEPRINT, pool=pool, takers=people)
    return float(np.percentile(times, 95)), float(np.percentile(spent, 95)), len(found)


def country() -> Figures:
    pool = city_bank(2_000)
    before_cpu = time.process_time()
    drawn, seconds = draw(pool, candidates(COUNTRY), period=9)
    cpu_s = time.process_time() - before_cpu
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "forms_250k_s": round(seconds, 2),
        "forms_250k_cpu_s": round(cpu_s, 2),
        "peak_mb": round(peak_mb),
        "violations_250k": violations(drawn, pool),
        "outside_tolerance_250k": drawn.report.outside_tolerance,
    }


def in_child(work: str) -> Figures:
    """The figures of another process, so that its peak memory is its own."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, json.dumps(globals()[work]()).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        figures: Figures = json.load(pipe)
    os.waitpid(child, 0)
    return figures


def small_banks() -> Figures:
    """Outside tolerance and violations for banks in which three periods of history leave little choice."""
    figures: Figures = {}
    for bank in (300, 600, 1_000):
        drawn, _, seconds, found = city(bank)
        figures[f"bank_{bank}_s"] = round(seconds, 3)
        figures[f"bank_{bank}_violations"] = found
        figures[f"bank_{bank}_outside_tolerance"] = drawn.report.outside_tolerance
    return figures


def main() -> None:
    large = in_child("country") if "--quick" not in sys.argv else {}
    before_cpu = time.process_time()
    drawn, pool, seconds, found = city(2_000)
    city_cpu_s = time.process_time() - before_cpu
    late_ms, late_cpu_ms, late_found = late_forms(drawn, pool)
    report = drawn.report
    at_random = expected_marks(drawn.plan, random_selection(drawn.plan, CITY))
    assert at_random is not None
    small = small_banks()
    every = [
        found,
        late_found,
        large.get("violations_250k"),
        *(v for k, v in small.items() if k.endswith("_violations")),
    ]
    figures: Figures = {
        "forms_1697_s": round(seconds, 3),
        "four_periods_cpu_s": round(city_cpu_s, 2),
        **large,
        "late_form_p95_ms": round(late_ms, 2),
        "late_form_p95_cpu_ms": round(late_cpu_ms, 2),
        "violations": sum(int(count or 0) for count in every),
        "spread_marks": round(max(balance.spread for balance in report.balance), 3),
        "outside_tolerance": report.outside_tolerance,
        "exposure_excess": report.max_uses - report.max_uses_bound,
        "overlap_excess": round(report.mean_overlap / report.mean_overlap_bound - 1, 6),
        "random_spread_marks": round(float(np.ptp(at_random, axis=0).max()) / MARK_UNIT, 2),
        **small,
        "highs_forms_per_s": highs_forms_per_s(drawn.plan),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
