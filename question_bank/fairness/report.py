"""The figures of a fairness report: of a draw on its estimates, and of a sitting on its calibration."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from question_bank.assembly.columns import columns_of
from question_bank.assembly.plan import Plan
from question_bank.assembly.result import AssemblyReport, report_on
from question_bank.calibration.responses import FloatArray
from question_bank.fairness.effect import FormEffect, effect_of_forms, mean_form
from question_bank.fairness.forms import Difficulties, Forms, ability_with_mark, forms_of_selection
from question_bank.fairness.random_draw import random_selection


class NoFigures(StrEnum):
    """Why a half of the report has no figures."""

    ONE_FORM = "one_form"  # nothing to compare
    NOT_CALIBRATED = "not_calibrated"  # the answers gave no difficulties
    SEVERAL_SCALES = "several_scales"  # groups of items whose difficulties cannot be compared
    CUT_OUT_OF_REACH = "cut_out_of_reach"  # no ability has the mark of the cut


@dataclass(frozen=True, slots=True)
class Spread:
    """Expected marks of forms at one ability, less that of the bank's mean form: standard deviation, lowest, highest.

    `columns` counts the forms in steps of half a mark (assembly.columns).
    """

    sd: float
    lowest: float
    highest: float
    columns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SittingFigures:
    """What is known once the answers are calibrated, at the ability `cut_ability` whose expected mark is the cut.

    `error` is the standard error of a mark there, `information` that of the mean form about the ability, `band` the
    standard deviation of a form's distance from the mean form that the errors of difficulties alone would make.
    """

    cut_percent: float
    cut_ability: float
    error: float
    information: float
    band: float
    drawn: Spread
    at_random: Spread
    effect: FormEffect
    random_effect: FormEffect


def random_report(plan: Plan, *, forms: int, seed: bytes, tolerance: int) -> AssemblyReport | NoFigures:
    """The figures of a plain stratified random draw of as many forms from the same blueprint and pool."""
    if forms < 2:
        return NoFigures.ONE_FORM
    return report_on(plan, random_selection(plan, forms, seed=seed), tolerance=tolerance)


def sitting_figures(
    plan: Plan,
    forms: Forms,
    difficulties: Difficulties,
    *,
    abilities: tuple[FloatArray, FloatArray],
    cut_percent: float,
    seed: bytes,
) -> SittingFigures | NoFigures:
    """The figures of people with `forms`; `abilities` are posterior means and standard deviations, [forms]."""
    if forms.count < 2:
        return NoFigures.ONE_FORM
    at_cut = ability_with_mark(difficulties.curves, forms.mean_marks, cut=cut_percent)
    if at_cut is None:
        return NoFigures.CUT_OUT_OF_REACH
    plain = forms_of_selection(plan, random_selection(plan, forms.count, seed=seed))
    theta, theta_error = abilities
    effects = [
        effect_of_forms(one, difficulties, theta=theta, theta_error=theta_error, cut=cut_percent)
        for one in (forms, plain)
    ]
    _mean, error = mean_form(forms, difficulties, np.array([at_cut]))
    information = difficulties.curves.discrimination**2 * _variances(difficulties, at_cut)
    return SittingFigures(
        cut_percent=cut_percent,
        cut_ability=at_cut,
        error=float(error[0]),
        information=float(information @ _chances_of_use(forms)),
        band=_band(forms, difficulties, at_cut),
        drawn=_spread(forms, difficulties, at_cut),
        at_random=_spread(plain, difficulties, at_cut),
        effect=effects[0],
        random_effect=effects[1],
    )


def _variances(difficulties: Difficulties, theta: float) -> FloatArray:
    chance = difficulties.curves.probability(theta)[0]
    found: FloatArray = chance * (1 - chance)
    return found


def _chances_of_use(forms: Forms) -> FloatArray:
    """Per item of the pool in which share of the forms of an even draw it counts: n/N, 0 for pretests."""
    squares = forms.mean_squares
    return np.where(squares > 0, forms.mean_marks**2 / np.where(squares > 0, squares, 1.0), 0.0)


def _spread(forms: Forms, difficulties: Difficulties, theta: float) -> Spread:
    chance = difficulties.curves.probability(theta)[0]
    away = forms.own(forms.marks * chance[forms.item]) - float(chance @ forms.mean_marks)
    return Spread(float(away.std()), float(away.min()), float(away.max()), columns_of(away))


def _band(forms: Forms, difficulties: Difficulties, theta: float) -> float:
    """As assembly.uncertainty: an item in the form weighs 1 - n/N, one that is not n/N; the mean over the forms."""
    slope = difficulties.curves.discrimination * _variances(difficulties, theta)
    square = (slope * difficulties.error) ** 2
    use = _chances_of_use(forms)
    inside = forms.own(forms.marks**2 * square[forms.item] * (1 - 2 * use[forms.item]))
    outside = float((use * forms.mean_squares) @ square)
    return float(np.sqrt(np.maximum(inside + outside, 0.0)).mean())
