"""What the draw takes from calibrations: shrunken difficulties, and the band that their errors leave."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from question_bank.assembly import Assembly, assemble
from question_bank.assembly.uncertainty import mark_uncertainty
from question_bank.calibration.shrinkage import NothingToShrink, shrink_to_cells
from question_bank.pool import ABILITIES
from tests.question_bank.banks import city_bank, city_blueprint, takers

NAN = float("nan")


def test_shrunken_difficulties_are_nearer_to_the_truth_and_know_their_errors() -> None:
    random = np.random.default_rng(41)
    cells = np.arange(400) % 4
    truth = cells - 1.5 + random.normal(0, 0.5, 400)
    error = random.uniform(0.2, 0.9, 400)
    found = shrink_to_cells(truth + random.normal(0, error), error, cells=cells.tolist())
    assert found.spread == pytest.approx(0.5, abs=0.08)
    miss = found.value - truth
    assert np.sqrt((miss**2).mean()) == pytest.approx(np.sqrt((found.error**2).mean()), rel=0.1)
    assert (miss**2).mean() < 0.6 * (error**2).mean()


def test_what_was_never_calibrated_stands_at_its_cell_with_the_spread_of_the_cell() -> None:
    found = shrink_to_cells(
        [0.0, 1.0, NAN, 4.0, NAN], [0.1, 0.1, NAN, 0.1, NAN], cells=["a", "a", "a", "b", "c"]
    )
    assert found.value[2] == pytest.approx(0.5)
    assert found.error[2] == pytest.approx(found.spread)
    assert 0 < found.value[4] < 4
    same = shrink_to_cells([0.3, 0.3, 0.3], [0.5, 0.5, 0.5], cells=[1, 1, 1])
    assert (same.spread, same.error.tolist()) == (0.0, [0.0, 0.0, 0.0])
    assert_allclose(same.value, 0.3)
    for value, error in (([NAN], [NAN]), ([1.0], [0.0]), ([1.0, 2.0], [1.0]), ([], [])):
        with pytest.raises(NothingToShrink):
            shrink_to_cells(value, error, cells=[1] * len(value))


def test_the_band_of_a_paper_is_what_errors_of_the_difficulties_do_to_it() -> None:
    random = np.random.default_rng(42)
    drawn = assemble(city_blueprint(), city_bank(600), takers=takers(60), seed=b"sixteen bytes ok")
    assert isinstance(drawn, Assembly)
    plan = drawn.plan
    error = random.uniform(0.02, 0.08, len(plan.items))
    band = mark_uncertainty(
        drawn, {item.version_id: (e, e, 2 * e) for item, e in zip(plan.items, error.tolist(), strict=True)}
    )
    assert [entry.ability for entry in band] == list(ABILITIES)
    total = float(plan.blueprint.cell_points_sum)
    wrong_by = random.normal(0, 1, (400, len(plan.items))) * error
    apart = np.zeros((400, len(drawn.selection)))
    for cell in plan.cells:
        worth = float(cell.cell.points_per_item) * 100 / total
        chosen = wrong_by[:, drawn.selection[:, cell.columns]].sum(axis=2)
        usual = wrong_by[:, list(cell.deck)].mean(axis=1, keepdims=True) * cell.count
        apart += worth * (chosen - usual)
    assert band[0].mean == pytest.approx(apart.std(axis=0).mean(), rel=0.05)
    assert band[2].mean == pytest.approx(2 * band[0].mean)
    assert band[0].mean <= band[0].highest
    assert mark_uncertainty(drawn, {})[0].highest == 0.0
