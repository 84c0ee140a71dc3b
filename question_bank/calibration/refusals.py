"""What calibration says no to: a named reason instead of a wrong number."""

from typing import ClassVar, Final

import numpy as np
import numpy.typing as npt

LARGEST: Final = 1e100
"""Numbers beyond this are taken for damage: their squares and products would no longer be numbers."""


def are_usable(numbers: npt.ArrayLike) -> bool:
    """True when every number is finite and of a size that can be calculated with."""
    return bool((np.abs(np.asarray(numbers, dtype=np.float64)) <= LARGEST).all())


class CalibrationRefused(ValueError):
    """The data or the arguments do not carry the estimate that was asked for.

    Subclasses stand in the module that raises them and set `code` (stable, for programs); `params` are the figures of
    the sentence, for those who write it in another language.
    """

    code: ClassVar[str] = "calibration_refused"

    def __init__(self, sentence: str, **params: object) -> None:
        self.params = params
        super().__init__(sentence)
