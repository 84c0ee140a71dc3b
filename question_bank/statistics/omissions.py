"""Items that were left open: passed over, or never reached because the time was over."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from question_bank.statistics.responses import ResponseData


@dataclass(frozen=True, slots=True)
class ItemOmissions:
    """Of `n` people who had the item: how many passed over it, and how many did not reach it."""

    n: int
    omitted: int
    not_reached: int


def last_answered(data: ResponseData) -> NDArray[np.int64]:
    """Per person the place of the last answer in the paper; 0 for who answered nothing."""
    last = np.zeros(data.people, np.int64)
    for block in data.blocks():
        block.raise_by_person(last, np.where(block.is_answered, block.place, np.int16(0)))
    return last


def omissions_of(data: ResponseData, last_places: NDArray[np.int64]) -> list[ItemOmissions]:
    """Open items before the person's last answer are omitted, those after it not reached.

    Source: Lord, Applications of Item Response Theory to Practical Testing Problems (1980), §§ 12.3, 15.1.
    """
    n, omitted, open_end = (np.zeros(data.items, np.int64) for _kind in range(3))
    for block in data.blocks():
        is_after = block.place > last_places[block.person]
        is_open = ~block.is_answered
        n += np.bincount(block.item, minlength=data.items)
        omitted += np.bincount(block.item[is_open & ~is_after], minlength=data.items)
        open_end += np.bincount(block.item[is_open & is_after], minlength=data.items)
    return [ItemOmissions(int(a), int(b), int(c)) for a, b, c in zip(n, omitted, open_end, strict=True)]
