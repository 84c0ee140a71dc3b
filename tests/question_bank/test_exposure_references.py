"""How often items are used and what papers share, against the published formulas."""

from math import comb

import numpy as np
import pytest

from question_bank.assembly import Assembly, assemble
from question_bank.blueprint import Cell
from tests.question_bank.banks import items, one_section, takers


@pytest.mark.parametrize(("bank", "each", "papers"), [(7, 3, 10), (20, 6, 33), (12, 12, 5)])
def test_use_and_overlap_meet_the_bounds_of_a_cell(bank: int, each: int, papers: int) -> None:
    found = assemble(one_section(Cell(count=each)), items(bank), takers=takers(papers), seed=bytes(32))
    assert isinstance(found, Assembly)
    uses = np.array(list(found.exposure.values()))
    # ceil(F n / N) uses, and [r (q + 1) q + (N - r) q (q - 1)] / (F (F - 1)) shared items.
    q, r = divmod(papers * each, bank)
    assert uses.max() == found.report.max_uses_bound == -(-papers * each // bank)
    shared = (r * (q + 1) * q + (bank - r) * q * (q - 1)) / (papers * (papers - 1))
    assert found.report.mean_overlap_bound == pytest.approx(shared)
    assert found.report.mean_overlap == pytest.approx(shared)
    assert found.report.mean_overlap == pytest.approx(
        sum(comb(int(use), 2) for use in uses) / comb(papers, 2)
    )
    # Chen, Ankenmann & Spray (2003), JEM 40: T = (N / n) S² + n / N, of any two papers, one and the same included.
    rates = uses / papers
    overlap_rate = bank / each * rates.var() + each / bank
    assert found.report.mean_overlap == pytest.approx(each * (papers * overlap_rate - 1) / (papers - 1))
