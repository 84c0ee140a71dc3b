"""The marginal likelihood of responses, abilities integrated out over a normal population, and its EM steps.

Source: Bock & Aitkin (1981), Psychometrika 46, 443-459. With X the shares and M the seen cells, the log-likelihood of
all persons at all nodes is X Z + M ln Q with Z = a θ + d, so that one step is four products of a sparse and a small
dense matrix.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import expit
from threadpoolctl import ThreadpoolController

from question_bank.calibration.refusals import CalibrationRefused
from question_bank.calibration.responses import FloatArray, Responses

NODES: Final = np.linspace(-5.5, 5.5, 45)
"""Nodes in standard deviations of the population. The trapezoidal rule is exact to about 1e-7 here, for up to some
two hundred items in a paper: the step of .25 is then a posterior standard deviation."""

LOG_WEIGHTS: Final = -0.5 * NODES**2 - np.log(np.exp(-0.5 * NODES**2).sum())
MOST_CYCLES: Final = 400

THREADS = ThreadpoolController()
"""`THREADS.wrap(limits=1)` keeps a calibration to one core: the matrices are thin, threads would only wait for each
other, and a server has other work."""


class NotConverged(CalibrationRefused):
    """The estimates did not settle: nothing is reported rather than an unfinished number."""

    code = "not_converged"


@dataclass(frozen=True, slots=True)
class Population:
    """A normal population of abilities."""

    mean: float = 0.0
    sd: float = 1.0

    @property
    def nodes(self) -> FloatArray:
        at: FloatArray = self.mean + self.sd * NODES
        return at


@dataclass(frozen=True, eq=False)
class Expectation:
    """What the responses say at one set of parameters.

    `posterior` is [persons, nodes], every row summing to 1; `earned` and `seen` are [items, nodes]: the expected sum of
    shares and the expected number of responses at each node, times the item's weight.
    """

    posterior: FloatArray
    earned: FloatArray
    seen: FloatArray
    log_likelihood: float


def expect(
    responses: Responses, slope: FloatArray, intercept: FloatArray, *, population: Population
) -> Expectation:
    """The E step at Z = slope · θ + intercept."""
    z = slope[:, None] * population.nodes + intercept[:, None]
    weight = responses.weight[:, None]
    posterior = responses.shares @ (weight * z)
    posterior += responses.seen @ (-weight * np.logaddexp(0.0, z))
    posterior += LOG_WEIGHTS
    peak = posterior.max(axis=1, keepdims=True)
    posterior -= peak
    np.exp(posterior, out=posterior)
    total = posterior.sum(axis=1, keepdims=True)
    posterior /= total
    return Expectation(
        posterior=posterior,
        earned=weight * (responses.shares.T @ posterior),
        seen=weight * (responses.seen.T @ posterior),
        log_likelihood=float((peak + np.log(total)).sum()),
    )


def probabilities(slope: FloatArray, intercept: FloatArray, *, population: Population) -> FloatArray:
    """[items, nodes]: P at the nodes of the population."""
    curve: FloatArray = expit(slope[:, None] * population.nodes + intercept[:, None])
    return curve


Step = Callable[[FloatArray], tuple[FloatArray, float]]
"""From parameters to (the parameters after one EM step, the log-likelihood before it)."""


def climb(step: Step, start: FloatArray, *, tolerance: float) -> tuple[FloatArray, int]:
    """The fixed point of the EM map, accelerated, and how many EM steps it took.

    Ends when an EM step that follows an extrapolation moves no parameter by more than `tolerance`. An extrapolation
    that lowers the likelihood is taken back. Raises NotConverged.
    Source: Varadhan & Roland (2008), Scandinavian Journal of Statistics 35, 335-353, scheme S3.
    """
    at, taken = start, 0
    for _cycle in range(MOST_CYCLES):
        first, before = step(at)
        if np.abs(first - at).max() <= tolerance:
            return first, taken + 1
        second, _between = step(first)
        taken += 2
        change = first - at
        bend = second - first - change
        length = float(np.linalg.norm(bend))
        if length == 0.0:
            at = second
            continue
        stride = -max(1.0, float(np.linalg.norm(change)) / length)
        leap = at - 2 * stride * change + stride**2 * bend
        landed, reached = step(leap)
        taken += 1
        at = landed if np.isfinite(landed).all() and reached >= before else second
    raise NotConverged(f"The estimates did not settle within {taken} steps.", steps=taken)
