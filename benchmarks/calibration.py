"""Calibration: Rasch and two-parameter models, dense and sparse, beside the package mirt on the dense case."""

import json
import time
from collections.abc import Callable

import numpy as np
from mirt import fit_mirt

from question_bank.calibration import fit_rasch, fit_two_pl
from question_bank.calibration.responses import FloatArray, Responses, collect_responses

REPEATS = 3


def simulate(people: int, items: int, *, each: int, seed: int) -> tuple[FloatArray, FloatArray, Responses]:
    """(abilities, difficulties, responses) of people with `each` random items under the Rasch model."""
    random = np.random.default_rng(seed)
    theta, difficulty = random.normal(size=people), random.normal(size=items)
    item = np.concatenate([random.choice(items, each, replace=False) for _ in range(people)])
    person = np.repeat(np.arange(people), each)
    chance = 1 / (1 + np.exp(difficulty[item] - theta[person]))
    right = (random.random(len(person)) < chance).astype(np.float64)
    made = collect_responses(person, item, shares=right, person_count=people, item_count=items)
    return theta, difficulty, made


def seconds(work: Callable[[], object]) -> float:
    """The median wall time of some runs."""
    taken = []
    for _run in range(REPEATS):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return sorted(taken)[REPEATS // 2]


def mirt_seconds(responses: Responses) -> float:
    """The package mirt on the same dense data, two-parameter model."""
    table = responses.shares.astype(np.int64)
    return seconds(lambda: fit_mirt(table, model="2PL"))


def main() -> None:
    """Print the figures; the last line is JSON."""
    _theta, difficulty, dense = simulate(2000, 60, each=60, seed=1)
    _thetas, difficulties, sparse = simulate(20_000, 2000, each=60, seed=2)
    for name, truth, responses in (("2000 x 60", difficulty, dense), ("sparse", difficulties, sparse)):
        start = time.process_time()
        found = fit_rasch(responses)
        cpu = time.process_time() - start
        error = np.sqrt(((found.slope * found.difficulty - truth) ** 2).mean())
        print(
            f"{name}: RMSE of difficulty {error:.3f} logits (mean SE {found.intercept_error.mean():.3f}), "
            f"{found.steps} EM steps, {cpu:.2f} CPU seconds"
        )
    figures = {
        "rasch_2000x60_s": seconds(lambda: fit_rasch(dense)),
        "rasch_sparse_s": seconds(lambda: fit_rasch(sparse)),
        "twopl_2000x60_s": seconds(lambda: fit_two_pl(dense)),
        "mirt_2000x60_s": mirt_seconds(dense),
    }
    print(json.dumps({name: round(taken, 3) for name, taken in figures.items()}))


if __name__ == "__main__":
    main()
