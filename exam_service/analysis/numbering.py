"""Numbers for 64-bit keys, looked up for whole arrays at a time."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass
class Numbering:
    """Gives every key the number that was decided when it was first met."""

    _keys: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))  # in rising order
    _numbers: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))

    def of(self, keys: NDArray[np.int64], decide: Callable[[int], int]) -> NDArray[np.int32]:
        """The number of each key; `decide` is asked once per new one, by the index at which it first stands."""
        order = np.argsort(keys)
        place = self._places(keys, order)
        is_known = place < len(self._keys)
        is_known[is_known] = self._keys[place[is_known]] == keys[is_known]
        strange = np.flatnonzero(~is_known)
        if len(strange):
            self._learn(keys, strange, decide)
            place = self._places(keys, order)
        return self._numbers[place]

    def _places(self, keys: NDArray[np.int64], order: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where each key stands or would stand; looked up in rising order, which is several times faster."""
        place = np.empty(len(keys), np.int64)
        place[order] = np.searchsorted(self._keys, keys[order])
        return place

    def _learn(
        self, keys: NDArray[np.int64], strange: NDArray[np.int64], decide: Callable[[int], int]
    ) -> None:
        _keys, first = np.unique(keys[strange], return_index=True)
        met = strange[np.sort(first)]
        numbers = np.array([decide(int(at)) for at in met], np.int32)
        known = np.append(self._keys, keys[met])
        order = np.argsort(known)
        self._keys, self._numbers = known[order], np.append(self._numbers, numbers)[order]
