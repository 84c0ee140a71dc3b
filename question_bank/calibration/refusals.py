"""What calibration says no to: a named reason instead of a wrong number."""

from typing import ClassVar


class CalibrationRefused(ValueError):
    """The data or the arguments do not carry the estimate that was asked for.

    Subclasses stand in the module that raises them and set `code` (stable, for programs); `params` are the figures of
    the sentence, for those who write it in another language.
    """

    code: ClassVar[str] = "calibration_refused"

    def __init__(self, sentence: str, **params: object) -> None:
        self.params = params
        super().__init__(sentence)
