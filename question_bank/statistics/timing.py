"""Time: how long items take, who answered too fast to have read them, whether the time was enough."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from question_bank.statistics.figures import Floats, divide
from question_bank.statistics.responses import ResponseData

LONGEST_THRESHOLD_S = 10.0
PART_OF_MEAN = 0.10
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)


@dataclass(frozen=True, slots=True)
class ItemTime:
    """Seconds spent on an item by the `n` people whose time is known; all None without anybody.

    `quantiles` are those of QUANTILES. A response faster than `threshold_s` is a rapid guess; `rapid_right` is the mean
    share that these earned.
    """

    n: int
    mean_s: float | None = None
    quantiles: tuple[float, ...] | None = None
    threshold_s: float | None = None
    rapid: int = 0
    rapid_right: float | None = None

    @property
    def median_s(self) -> float | None:
        return None if self.quantiles is None else self.quantiles[2]


def times_of(data: ResponseData) -> list[ItemTime]:
    """The times of every item, over the responses that were given.

    The threshold is the normative one: a tenth of the item's mean time, at most ten seconds.
    Source: Wise and Ma, Setting response time thresholds for a CAT item pool: the normative threshold method, NCME
    (2012).
    """
    is_timed = ~np.isnan(data.seconds) & data.is_answered
    # The responses without a time stand last, as those of one item more. Sorting small integers is counting them.
    item = np.where(is_timed, data.item, data.items).astype(np.min_scalar_type(data.items))
    order = np.argsort(item, kind="stable")
    bounds = np.cumsum(np.append(0, np.bincount(item, minlength=data.items + 1)[: data.items]))
    return [
        _item(data.seconds[order[first:last]], data.share[order[first:last]])
        for first, last in pairwise(bounds)
    ]


def _item(seconds: NDArray[np.float32], share: NDArray[np.float32]) -> ItemTime:
    if not len(seconds):
        return ItemTime(0)
    mean = float(seconds.mean(dtype=np.float64))
    threshold = min(LONGEST_THRESHOLD_S, PART_OF_MEAN * mean)
    is_rapid = seconds < threshold
    rapid = int(is_rapid.sum())
    return ItemTime(
        n=len(seconds),
        mean_s=mean,
        quantiles=tuple(float(value) for value in np.quantile(seconds, QUANTILES)),
        threshold_s=threshold,
        rapid=rapid,
        rapid_right=float(share[is_rapid].mean(dtype=np.float64)) if rapid else None,
    )


def response_time_effort(data: ResponseData, times: list[ItemTime]) -> Floats:
    """Per person the share of the timed answers that were no rapid guesses; NaN for who has none.

    Source: Wise and Kong, Applied Measurement in Education 18 (2005), 163–183.
    """
    threshold = np.array([time.threshold_s or 0.0 for time in times])
    n, slow = np.zeros(data.people), np.zeros(data.people)
    for block in data.blocks():
        is_timed = ~np.isnan(block.seconds) & block.is_answered
        who = block.person[is_timed]
        n += np.bincount(who, minlength=data.people)
        slow += np.bincount(who, block.seconds[is_timed] >= threshold[block.item[is_timed]], data.people)
    return divide(slow, n)


@dataclass(frozen=True, slots=True)
class Speededness:
    """Of `n` people: the share that reached three quarters of their paper, the share that reached its end, and the mean
    number of slots at the end that nobody touched.
    """

    n: int
    reached_three_quarters: float | None = None
    reached_end: float | None = None
    mean_not_reached: float | None = None

    @property
    def is_speeded(self) -> bool | None:
        """True when fewer than four fifths reached the end or not everybody reached three quarters.

        Source: Swineford, The test analysis manual, ETS SR-74-06 (1974).
        """
        if self.reached_end is None or self.reached_three_quarters is None:
            return None
        return self.reached_end < 0.8 or self.reached_three_quarters < 1.0


def speededness_of(data: ResponseData, last_places: NDArray[np.int64]) -> Speededness:
    """How far the people came; `last_places` as from `omissions.last_answered`."""
    length = np.zeros(data.people, np.int64)
    for block in data.blocks():
        block.raise_by_person(length, block.place)
    has_paper = length > 0
    n = int(has_paper.sum())
    if not n:
        return Speededness(0)
    reached, whole = last_places[has_paper], length[has_paper]
    return Speededness(
        n,
        float((reached >= 0.75 * whole).mean()),
        float((reached >= whole).mean()),
        float((whole - reached).mean()),
    )
