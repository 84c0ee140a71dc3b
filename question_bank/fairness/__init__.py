"""Fairness of the papers of an exam: what a person's own paper did to the mark, beside what a plain random draw would
have done. Arrays in, frozen dataclasses out; `docs/measurement.md` says in words what is computed.
"""

from question_bank.fairness.effect import FormEffect, effect_of_forms, effect_of_marks
from question_bank.fairness.forms import Difficulties, Forms, ability_with_mark, forms_of_selection
from question_bank.fairness.random_draw import random_selection

__all__ = [
    "Difficulties",
    "FormEffect",
    "Forms",
    "ability_with_mark",
    "effect_of_forms",
    "effect_of_marks",
    "forms_of_selection",
    "random_selection",
]
