"""What every fit ends with: the expectations at its estimates, their errors, and how well the items fit."""

from typing import Literal

from question_bank.calibration.fitting import Calibration, dispersion_of
from question_bank.calibration.marginal import Population, expect, probabilities
from question_bank.calibration.precision import Slopes, item_errors
from question_bank.calibration.responses import FloatArray, Responses


def finished(
    responses: Responses,
    slope: FloatArray,
    intercept: FloatArray,
    *,
    model: Literal["rasch", "2pl"],
    population: Population,
    slopes: Slopes,
    steps: int,
) -> Calibration:
    """The calibration at the estimates (slope, intercept), float64 [items] each; `slopes` says what was free."""
    found = expect(responses, slope, intercept, population=population)
    curves = probabilities(slope, intercept, population=population)
    errors = item_errors(responses, curves, found=found, slopes=slopes)
    return Calibration(
        model=model,
        slope=slope,
        intercept=intercept,
        slope_error=errors.slope,
        intercept_error=errors.intercept,
        covariance=errors.covariance,
        population=population,
        log_likelihood=found.log_likelihood,
        posterior=found.posterior,
        infit=responses.weight * dispersion_of(responses, curves, posterior=found.posterior),
        weight=responses.weight,
        persons=int((responses.per_person > 0).sum()),
        per_item=responses.per_item,
        steps=steps,
    )
