"""What papers did to marks and to passing, for people of given abilities."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import expit, ndtr, ndtri

from question_bank.calibration.curves import ItemParameters
from question_bank.calibration.responses import FloatArray
from question_bank.fairness.forms import Difficulties, Forms, Indices

POINTS: Final = 9
"""Abilities that stand for what is known of one person: the middles of as many equally likely parts."""

GRID: Final = 401


@dataclass(frozen=True, slots=True)
class FormEffect:
    """What the own form did, against the bank's mean form, to `people` of whom each has one form.

    `flips` is how many of them pass in the one expected mark and fail in the other; `deviation` the standard deviation
    of own less mean expected mark, in marks of 100, and `largest` its largest size. `mean_shift` and `largest_shift`
    are the change of the chance to pass, in percentage points.
    """

    people: int
    flips: float
    deviation: float
    largest: float
    mean_shift: float
    largest_shift: float

    @property
    def flip_share(self) -> float:
        """Flips per person, from 0 to 1."""
        return self.flips / self.people


def effect_of_marks(own: FloatArray, mean: FloatArray, *, error: FloatArray, cut: float) -> FormEffect:
    """The effect from the expected marks on the own and the mean form, [people], and the standard error of a mark.

    The chance to pass is that of a mark with normal errors: its change says how much harder or easier the form is, and
    nothing else.
    """
    moved = own - mean
    shift = np.abs(ndtr((own - cut) / error) - ndtr((mean - cut) / error)) * 100
    return FormEffect(
        people=len(own),
        flips=float(((own >= cut) != (mean >= cut)).sum()),
        deviation=float(moved.std()),
        largest=float(np.abs(moved).max()),
        mean_shift=float(shift.mean()),
        largest_shift=float(shift.max()),
    )


def effect_of_forms(
    forms: Forms, difficulties: Difficulties, *, theta: FloatArray, theta_error: FloatArray, cut: float
) -> FormEffect:
    """The effect on people whose abilities are known as posterior means with their standard deviations, [forms].

    Every person counts at POINTS abilities, equally likely under the posterior: a person near the cut is partly above
    and partly below it. Deviations and shifts are means over these, the largest ones the largest over people at the
    posterior mean.
    """
    steps = ndtri((np.arange(POINTS) + 0.5) / POINTS)
    found = [_at(forms, difficulties, theta + step * theta_error, cut=cut) for step in steps]
    middle = found[POINTS // 2]
    return FormEffect(
        people=forms.count,
        flips=float(np.mean([effect.flips for effect in found])),
        deviation=float(np.sqrt(np.mean([effect.deviation**2 for effect in found]))),
        largest=middle.largest,
        mean_shift=float(np.mean([effect.mean_shift for effect in found])),
        largest_shift=middle.largest_shift,
    )


def _at(forms: Forms, difficulties: Difficulties, theta: FloatArray, *, cut: float) -> FormEffect:
    own = forms.own(forms.marks * _chances(difficulties.curves, theta[forms.form], forms.item))
    mean, error = mean_form(forms, difficulties, theta)
    return effect_of_marks(own, mean, error=error, cut=cut)


def _chances(curves: ItemParameters, theta: FloatArray, item: Indices) -> FloatArray:
    guess = curves.guessing[item]
    found: FloatArray = guess + (1 - guess) * expit(
        curves.discrimination[item] * (theta - curves.difficulty[item])
    )
    return found


def mean_form(forms: Forms, difficulties: Difficulties, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
    """[abilities]: the expected mark on the bank's mean form, and the standard error of a mark on a form like it.

    Read off a fine grid: both are smooth, and a country's people times a bank's items would be too many.
    """
    grid = np.linspace(float(theta.min()), float(theta.max()), GRID)
    chance = difficulties.curves.probability(grid)
    expected, variance = chance @ forms.mean_marks, (chance * (1 - chance)) @ forms.mean_squares
    return np.interp(theta, grid, expected), np.sqrt(np.interp(theta, grid, variance))
