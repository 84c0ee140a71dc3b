"""Simulated periods with known truth: how much the papers decide who passes, and whether bad questions are found.

Every period is 1,697 people with abilities N(0, 1), each with 60 items, cut at 50 of 100 marks; items are
three-parameter curves. Two parts, each with the engine's own code:

* *Papers*: from 2,000 items whose expected shares the draw knows. The engine's draw beside the plain stratified random
  draw of the same people, pool and blueprint.
  `flip_share`: percent of people who pass by the true expected mark of the bank's mean form and fail by that of their
  own, or the other way round. The mean form is what a form is on average: n/N of every item of a cell.
  `pass_probability_shift`: how far one person's chance to pass is moved because the own form is harder or easier than
  the mean form, in percentage points: Φ((own - 50)/e) - Φ((mean - 50)/e), e being the standard error of a mark. The
  largest of a period's 1,697 people, averaged over the periods; the mean over people and the very largest stand beside
  it. `exact_shift_mean` and `exact_shift_p99` are those of the exact chances (all answers enumerated), in which forms
  also differ by how exactly they measure.
* *Questions*: from a bank of 300 items (340 answers each), one period after the other. The draw knows only what the
  engine has estimated in the periods before (`estimated_flip_share`: the flips then). In each period one item in sixty
  has a wrong key (a random wrong option) and one in sixty has become easier by a logit, as if it had leaked. Found is
  what carries the flag; `false_flags` is the percent of sound items with a serious flag. Flagged items do not carry the
  scale on, and are sound again in the next period. The same with fewer and more people (`answers_100_…`: 100 answers to
  each question) says how the power depends on the number of answers.

The last line is JSON.
"""

import argparse
import json
from dataclasses import dataclass, field, replace
from decimal import Decimal
from time import process_time

import numpy as np
from numpy.typing import NDArray

from benchmarks._banks import CELLS, COUNTS, Curve, candidates, city_blueprint, city_items
from benchmarks._simulated_period import LETTERS, Truth, shape_of, sit, truth_of
from exam_service.periods.drawing import TOLERANCE_MARKS
from question_bank.assembly import Assembly, Options, assemble
from question_bank.assembly.information import with_information
from question_bank.calibration import (
    Anchors,
    FixedCalibration,
    collect_responses,
    fit_best,
    fit_fixed,
    without_extremes,
)
from question_bank.calibration.beliefs import Calibrated, believe
from question_bank.calibration.curves import score_distribution
from question_bank.calibration.fixed import TooFewAnchors
from question_bank.calibration.persons import expected_abilities
from question_bank.calibration.responses import FloatArray
from question_bank.fairness import (
    Difficulties,
    FormEffect,
    effect_of_marks,
    forms_of_selection,
    random_selection,
)
from question_bank.fairness.effect import mean_form
from question_bank.pool import PoolItem
from question_bank.statistics import dif
from question_bank.statistics.ability import Abilities, CalibratedItems, calibrated_abilities
from question_bank.statistics.analysis import Analysis, Earlier, analyse
from question_bank.statistics.flags import FlagCode, flags_of
from question_bank.statistics.responses import ResponseData

CITY = 1_697
BANK = 2_000
CUT = 50.0
BLUEPRINT = city_blueprint()
SMALL_BANK = 300
POWER_AT = (500, 850, 3_400)  # people of the further periods from the small bank, by which power is stated
ONE_IN = 60
LEAKED = 1.0  # logits
UNBALANCED = Options(
    tolerance_marks=Decimal(100)
)  # papers as dealt: what is found does not depend on their balance
SAMPLE = 200  # forms whose mean chance to pass is that of the mean form

Numbers = dict[str, float]


def true_effect(truth: Truth, drawn: Assembly, selection: NDArray[np.int32], theta: FloatArray) -> FormEffect:
    """What these forms did to these people, in true expected marks."""
    forms = forms_of_selection(drawn.plan, selection)
    own = forms.own(forms.marks * truth.chances(theta[forms.form], forms.item))
    mean, error = mean_form(forms, Difficulties(truth.curves, np.zeros(len(truth.appeal))), theta)
    return effect_of_marks(own, mean, error=error, cut=CUT)


def exact_shifts(truth: Truth, selection: NDArray[np.int32], theta: FloatArray) -> FloatArray:
    """Percentage points per person between the exact chance to pass and its mean over forms of the same draw."""
    least = int(np.ceil(CUT / 100 * selection.shape[1]))
    own = score_distribution(truth.chances(theta[:, None], selection.astype(np.int64)))[:, least:].sum(axis=1)
    grid = np.linspace(-3.5, 3.5, 36)
    sample = truth.curves.probability(grid)[:, selection[:SAMPLE]]
    usual = score_distribution(sample)[..., least:].sum(axis=-1).mean(axis=1)
    shifts: FloatArray = np.abs(own - np.interp(theta, grid, usual)) * 100
    return shifts


def draw(pool: list[PoolItem], period: int, options: Options, *, people: int = CITY) -> Assembly:
    informed = with_information(pool, BLUEPRINT, cut_percent=float(CUT))
    seed = bytes([period % 256]) * 32
    drawn = assemble(BLUEPRINT, informed, takers=candidates(people), seed=seed, options=options)
    assert isinstance(drawn, Assembly)
    return drawn


def papers(periods: int, options: Options) -> Numbers:
    """The figures of the first part."""
    random = np.random.default_rng(1)
    pairs = city_items(BANK)
    pool, truth = [item for item, _curve in pairs], truth_of([curve for _item, curve in pairs], random=random)
    engine, plain, exact = [], [], []
    for period in range(periods):
        theta = random.normal(size=CITY)
        drawn = draw(pool, period, options)
        engine.append(true_effect(truth, drawn, drawn.selection, theta))
        at_random = random_selection(drawn.plan, CITY, seed=drawn.seed)
        plain.append(true_effect(truth, drawn, at_random, theta))
        exact.append(exact_shifts(truth, drawn.selection, theta))
    return {
        **effects("", engine),
        **effects("random_", plain),
        "exact_shift_mean": float(np.mean(exact)),
        "exact_shift_p99": float(np.quantile(exact, 0.99)),
    }


def effects(prefix: str, found: list[FormEffect]) -> Numbers:
    """Means over the periods, and the largest shift of all."""
    return {
        f"{prefix}flip_share": 100 * float(np.mean([effect.flip_share for effect in found])),
        f"{prefix}pass_probability_shift": float(np.mean([effect.largest_shift for effect in found])),
        f"{prefix}shift_mean": float(np.mean([effect.mean_shift for effect in found])),
        f"{prefix}shift_largest_of_all": max(effect.largest_shift for effect in found),
        f"{prefix}deviation_marks": float(np.mean([effect.deviation for effect in found])),
    }


def placed(values: FloatArray, kept: NDArray[np.bool_]) -> FloatArray:
    """The values at the places of the items that were kept, NaN elsewhere."""
    found = np.full(len(kept), np.nan)
    found[kept] = values
    return found


@dataclass(eq=False)
class Memory:
    """What the engine knows of the items from the periods before: parameters that count, and the last figures."""

    slope: FloatArray
    difficulty: FloatArray
    error: FloatArray
    earlier: Earlier

    @classmethod
    def empty(cls, items: int) -> "Memory":
        nothing = np.full(items, np.nan)
        return cls(nothing, nothing, nothing, Earlier(nothing, nothing))

    def rate(self, pool: list[PoolItem]) -> list[PoolItem]:
        """The pool as the draw is given it; without expected shares before the first period."""
        if not np.isfinite(self.difficulty).any():
            return [replace(item, expected_score=None) for item in pool]
        cells = [(item.competency, item.level) for item in pool]
        estimates = zip(self.slope.tolist(), self.difficulty.tolist(), self.error.tolist(), strict=True)
        known = [Calibrated(*one) if np.isfinite(one[1]) else None for one in estimates]
        found = believe(known, [None] * len(known), cells=cells)
        assert found is not None
        rows = [(low, middle, high) for low, middle, high in found.shares.tolist()]
        return [replace(item, expected_score=row) for item, row in zip(pool, rows, strict=True)]

    def calibrate(self, data: ResponseData) -> Abilities:
        """The abilities of the period, on the scale of the periods before; what is estimated is kept."""
        every = collect_responses(
            data.person, data.item, shares=data.share, person_count=data.people, item_count=data.items
        )
        usable = without_extremes(every)
        held = np.flatnonzero(np.isfinite(self.difficulty[usable.kept]))
        slope, difficulty, error = (
            column[usable.kept][held] for column in (self.slope, self.difficulty, self.error)
        )
        try:
            fixed: FixedCalibration | None = fit_fixed(
                usable.responses, Anchors(held, slope, difficulty, error)
            )
        except TooFewAnchors:
            fixed = None
        fitted = fixed.calibration if fixed else fit_best(usable.responses)[0]
        people = expected_abilities(fitted.posterior, population=fitted.population)
        alone = fixed.alone if fixed else fitted
        self.slope, self.difficulty, self.error, location, location_error = (
            placed(column, usable.kept)
            for column in (
                fitted.slope,
                fixed.difficulty if fixed else fitted.difficulty,
                fixed.error if fixed else fitted.difficulty_error,
                -alone.intercept,
                alone.intercept_error,
            )
        )
        items = CalibratedItems(
            self.slope, self.difficulty, self.error, location=location, location_error=location_error
        )
        return calibrated_abilities(people.theta, people.error, items)

    def forget(self, items: NDArray[np.int64], abilities: Abilities) -> None:
        """The figures of this period become the earlier ones; those of flagged items are not carried on."""
        assert abilities.location is not None
        assert abilities.location_error is not None
        self.earlier = Earlier(abilities.location.copy(), abilities.location_error.copy())
        columns = [np.array(column) for column in (self.slope, self.difficulty, self.error)]
        for column in (*columns, self.earlier.difficulty, self.earlier.error):
            column[items] = np.nan
        self.slope, self.difficulty, self.error = columns


@dataclass(eq=False)
class Findings:
    """Counts over the periods."""

    wrong_keys: int = 0
    wrong_found: int = 0
    drifted: int = 0
    drift_found: int = 0
    sound: int = 0
    false: int = 0
    false_by_code: dict[str, int] = field(default_factory=dict)


def common_paper() -> list[tuple[PoolItem, Curve]]:
    """As many items of each cell as a form has, of which no two exclude each other."""
    pairs = [(item, curve) for item, curve in city_items(BANK) if not item.enemies]
    by_cell = {
        cell: [pair for pair in pairs if (pair[0].competency, pair[0].level) == cell] for cell in CELLS
    }
    return [pair for cell, count in zip(CELLS, COUNTS, strict=True) for pair in by_cell[cell][:count]]


def questions(
    periods: int, options: Options, pairs: list[tuple[PoolItem, Curve]], *, people: int = CITY
) -> tuple[Findings, list[FormEffect], list[FormEffect]]:
    """The counts of the second part, and the effect of the engine's and of the plain draw; the first period has no
    earlier one and counts for nothing.
    """
    random = np.random.default_rng(2)
    pool, truth = [item for item, _curve in pairs], truth_of([curve for _item, curve in pairs], random=random)
    count = len(pool) // ONE_IN
    memory, findings, effect, plain = Memory.empty(len(pool)), Findings(), [], []
    for period in range(periods + 1):
        theta = random.normal(size=people)
        known = np.flatnonzero(np.isfinite(memory.earlier.difficulty)) if period else np.arange(len(pool))
        planted = random.choice(known, 2 * count, replace=False) if period else np.empty(0, np.int64)
        keys = {int(item): str(random.choice(LETTERS[1:])) for item in planted[:count]}
        leaked = planted[count:]
        drawn = draw(memory.rate(pool), period, options, people=people)
        now = truth.easier(leaked, LEAKED)
        data = sit(now, drawn.selection, theta=theta, keys=keys, random=random)
        groups = {"sex": random.integers(0, 2, people) * (dif.FOCAL - dif.REFERENCE) + dif.REFERENCE}
        abilities = memory.calibrate(data)
        analysis = analyse(data, abilities=abilities, groups=groups, earlier=memory.earlier)
        flagged = look(analysis, keys, leaked=leaked, into=findings if period else Findings())
        memory.forget(np.array(sorted(flagged | set(planted.tolist())), np.int64), abilities)
        if period:
            effect.append(true_effect(truth, drawn, drawn.selection, theta))
            at_random = random_selection(drawn.plan, people, seed=drawn.seed)
            plain.append(true_effect(truth, drawn, at_random, theta))
    print(f"{len(pool)} items, {people} people: {findings}")
    return findings, effect, plain


def found_in(prefix: str, findings: Findings) -> Numbers:
    """Percent of the planted items that were found, and of the sound ones that were flagged."""
    return {
        f"{prefix}wrong_key_found": 100 * findings.wrong_found / findings.wrong_keys,
        f"{prefix}drift_found": 100 * findings.drift_found / findings.drifted,
        f"{prefix}false_flags": 100 * findings.false / findings.sound,
    }


def look(analysis: Analysis, keys: dict[int, str], *, leaked: NDArray[np.int64], into: Findings) -> set[int]:
    """Count what was found; the items with serious flags."""
    flagged = set()
    moved = set(leaked.tolist())
    for item, statistics in enumerate(analysis.items):
        codes = {flag.code for flag in flags_of(statistics, shape_of(item, keys)) if flag.is_serious}
        flagged |= {item} if codes else set()
        if item in keys:
            into.wrong_keys += 1
            into.wrong_found += FlagCode.WRONG_KEY in codes
        elif item in moved:
            into.drifted += 1
            into.drift_found += FlagCode.DRIFT in codes
        else:
            into.sound += 1
            into.false += bool(codes)
            for code in codes:
                into.false_by_code[code.value] = into.false_by_code.get(code.value, 0) + 1
    return flagged


def main() -> None:
    """Simulate, print."""
    parser = argparse.ArgumentParser(description="Fairness of papers and finding of bad questions.")
    parser.add_argument("--periods", type=int, default=100)
    parser.add_argument("--tolerance", type=Decimal, default=TOLERANCE_MARKS, help="marks of 100")
    parser.add_argument("--questions-only", action="store_true", help="leave the part about papers out")
    chosen = parser.parse_args()
    options = Options(tolerance_marks=chosen.tolerance)
    start = process_time()
    found = {} if chosen.questions_only else papers(chosen.periods, options)
    common, _effect, _plain = questions(chosen.periods, options, common_paper())
    bank, effect, plain = questions(chosen.periods, options, city_items(SMALL_BANK))
    found |= found_in("", common) | found_in("bank_300_", bank)
    for people in POWER_AT:
        fewer, _effect, _plain = questions(chosen.periods, UNBALANCED, city_items(SMALL_BANK), people=people)
        found |= found_in(f"answers_{people * sum(COUNTS) // SMALL_BANK}_", fewer)
    found |= effects("estimated_", effect) | effects("estimated_random_", plain)
    figures = {name: round(value, 3) for name, value in found.items()}
    print(f"{process_time() - start:.0f} CPU seconds")
    print(json.dumps({"periods": chosen.periods, **figures}))


if __name__ == "__main__":
    main()
