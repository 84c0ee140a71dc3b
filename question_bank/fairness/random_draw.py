"""The plain stratified random draw that examination software does today: what the engine's draw is compared with."""

import numpy as np

from question_bank.assembly.plan import ItemArray, Plan
from question_bank.stream import ByteStream, derive


def random_selection(plan: Plan, forms: int, *, seed: bytes) -> ItemArray:
    """int32 [forms, items per form]: each cell of each form sampled at random from its deck, form by form from its own
    stream under `seed`, whatever the enemies and histories.

    The first places of a Fisher–Yates shuffle: place i takes one of the cards that are left.
    """
    selection = np.empty((forms, plan.length), dtype=np.int32)
    for row in range(forms):
        stream = ByteStream(derive(seed, "plain", row))
        for cell in plan.cells:
            cards = list(cell.deck)
            for place in range(cell.count):
                other = place + stream.below(len(cards) - place)
                cards[place], cards[other] = cards[other], cards[place]
            selection[row, cell.columns] = cards[: cell.count]
    return selection
