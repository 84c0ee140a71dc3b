"""Calibration: responses → item parameters, abilities, links between scales, conversions of marks and how sure
classifications are. Arrays in, frozen dataclasses out; what the data do not carry is refused by name.

`docs/measurement.md` says in words what is computed.
"""

from question_bank.calibration.fitting import Calibration, without_extremes
from question_bank.calibration.fixed import Anchors, FixedCalibration, fit_fixed
from question_bank.calibration.marginal import Population
from question_bank.calibration.rasch import fit_rasch
from question_bank.calibration.refusals import CalibrationRefused
from question_bank.calibration.responses import Responses, collect_responses, responses_of_table
from question_bank.calibration.two_pl import fit_best, fit_two_pl

__all__ = [
    "Anchors",
    "Calibration",
    "CalibrationRefused",
    "FixedCalibration",
    "Population",
    "Responses",
    "collect_responses",
    "fit_best",
    "fit_fixed",
    "fit_rasch",
    "fit_two_pl",
    "responses_of_table",
    "without_extremes",
]
