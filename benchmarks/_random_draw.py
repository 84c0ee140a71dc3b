"""The plain stratified random draw that examination software does today: the reference the engine is compared with."""

import random
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from question_bank.assembly.plan import Plan


def random_selection(plan: Plan, forms: int) -> npt.NDArray[np.int32]:
    """int32 [forms, items per form]: each cell of each form sampled at random, whatever the enemies and histories."""
    chance = random.Random(1)
    decks: Sequence[tuple[Sequence[int], int]] = [(cell.deck, cell.count) for cell in plan.cells]
    rows = [[item for deck, count in decks for item in chance.sample(deck, count)] for _ in range(forms)]
    return np.array(rows, dtype=np.int32)
