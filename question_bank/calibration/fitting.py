"""What every calibration starts from and ends with: usable responses, and estimates with their standard errors."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import logit

from question_bank.calibration.connectivity import ensure_connected
from question_bank.calibration.curves import ItemParameters
from question_bank.calibration.marginal import Population
from question_bank.calibration.refusals import CalibrationRefused
from question_bank.calibration.responses import FloatArray, IntArray, Responses

FEWEST_PERSONS: Final = 30
"""Below, a difficulty is not known to within a logit. Source: Linacre (1994), Rasch Measurement Transactions 7:4."""

FEWEST_ITEMS: Final = 2

HEAVIEST: Final = 20.0
"""An item in parts never counts as more than so many questions."""

Model: TypeAlias = Literal["rasch", "2pl"]


class TooFewPersons(CalibrationRefused):
    code = "too_few_persons"


class TooFewItems(CalibrationRefused):
    code = "too_few_items"


class NoVariation(CalibrationRefused):
    """Items that everybody had wholly right, or wholly wrong, have no finite difficulty; `items` names them."""

    code = "no_variation"

    def __init__(self, items: IntArray) -> None:
        self.items = items
        super().__init__(
            f"{len(items)} items were answered alike by everybody and have no finite difficulty. "
            "Leave them out (without_extremes) and report them.",
            count=len(items),
        )


@dataclass(frozen=True, eq=False)
class Calibration:
    """Estimates of one calibration.

    `parameters` are on the scale on which the population stands; `slope` and `intercept` are the same curves as
    slope · θ + intercept. `slope_error` and `intercept_error` are standard errors, `covariance` that of slope and
    intercept of each item (a slope that was fixed has error 0). `infit` is 1 where the model
    holds; items scored in parts have a `weight` above 1 and an infit that is weight × dispersion. `steps`
    counts EM steps.
    """

    model: Model
    slope: FloatArray
    intercept: FloatArray
    slope_error: FloatArray
    intercept_error: FloatArray
    covariance: FloatArray
    population: Population
    log_likelihood: float
    posterior: FloatArray
    infit: FloatArray
    weight: FloatArray
    persons: int
    per_item: IntArray
    steps: int

    @property
    def difficulty(self) -> FloatArray:
        """b = -d / a."""
        return -self.intercept / self.slope

    @property
    def difficulty_error(self) -> FloatArray:
        """Standard error of b by the delta method: var b = (var d + b² var a + 2 b cov(a, d)) / a²."""
        b = self.difficulty
        variance = self.intercept_error**2 + (b * self.slope_error) ** 2 + 2 * b * self.covariance
        return np.sqrt(np.maximum(variance, 0.0)) / np.abs(self.slope)

    @property
    def parameters(self) -> ItemParameters:
        return ItemParameters(self.slope, self.difficulty, np.zeros(len(self.slope)))


@dataclass(frozen=True, eq=False)
class Usable:
    """Responses without extreme items. `kept` marks the items of the original matrix that stay; the others are in
    `all_right`, `all_wrong` (everybody earned everything, or nothing) and `unseen`.
    """

    responses: Responses
    kept: npt.NDArray[np.bool_]
    all_right: IntArray
    all_wrong: IntArray
    unseen: IntArray


def without_extremes(responses: Responses) -> Usable:
    """Leave out what has no finite difficulty; persons who then have no response stay as empty rows."""
    seen, earned = responses.per_item, responses.earned_per_item
    unseen = seen == 0
    right = ~unseen & (earned >= seen)
    wrong = ~unseen & (earned <= 0)
    kept = ~(unseen | right | wrong)
    return Usable(
        responses=responses.of_items(kept),
        kept=kept,
        all_right=np.flatnonzero(right),
        all_wrong=np.flatnonzero(wrong),
        unseen=np.flatnonzero(unseen),
    )


def ensure_calibratable(responses: Responses, *, must_connect: bool = True) -> None:
    """Raises TooFewPersons, TooFewItems, NoVariation, Disconnected."""
    persons = int((responses.per_person > 0).sum())
    if persons < FEWEST_PERSONS:
        raise TooFewPersons(
            f"{persons} persons have responses; a calibration needs at least {FEWEST_PERSONS}.",
            persons=persons,
            least=FEWEST_PERSONS,
        )
    if responses.items < FEWEST_ITEMS:
        raise TooFewItems(
            f"{responses.items} items; a calibration needs at least {FEWEST_ITEMS}.",
            items=responses.items,
            least=FEWEST_ITEMS,
        )
    seen, earned = responses.per_item, responses.earned_per_item
    extreme = np.flatnonzero((earned <= 0) | (earned >= seen))
    if len(extreme):
        raise NoVariation(extreme)
    if must_connect:
        ensure_connected(responses)


def starting_intercepts(responses: Responses) -> FloatArray:
    """Log-odds of the mean shares, drawn in by half a response, stretched for the spread of abilities."""
    share = (responses.earned_per_item + 0.5) / (responses.per_item + 1)
    start: FloatArray = 1.2 * logit(share)
    return start


def dispersion_of(responses: Responses, curves: FloatArray, *, posterior: FloatArray) -> FloatArray:
    """Mean square of each item: Σ (x - P)² over Σ P Q, averaged over the posterior. [items]

    For an item that is right or wrong this is its infit, and 1 is expected; for an item scored in parts it says how
    much less a share scatters than a 0/1 response. `curves` is [items, nodes] of P.
    Source: Wright & Masters (1982), Rating Scale Analysis, ch. 5, for the mean square.
    """
    count = responses.seen.T @ posterior
    squares = (
        (responses.shares**2).T @ posterior
        - 2 * curves * (responses.shares.T @ posterior)
        + count * curves**2
    )
    ratio: FloatArray = squares.sum(axis=1) / (count * curves * (1 - curves)).sum(axis=1)
    return ratio


def weights_of_parts(responses: Responses, dispersion: FloatArray) -> FloatArray:
    """The weight of each item: one over its dispersion where it is scored in parts, from 1 to HEAVIEST; else 1."""
    weight = 1 / np.clip(dispersion, 1 / HEAVIEST, 1.0)
    return np.where(responses.is_parted, weight, 1.0)
