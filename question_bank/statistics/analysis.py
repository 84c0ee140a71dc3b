"""All statistics of the items of one set of responses, together."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from question_bank.statistics.ability import Abilities, estimate_abilities
from question_bank.statistics.dif import ItemDif, dif_of, strata_of
from question_bank.statistics.discrimination import ability_discrimination, rest_discrimination
from question_bank.statistics.distractors import ItemCategories, distractors_of
from question_bank.statistics.drift import Displacement, drift_of
from question_bank.statistics.facility import facility_of
from question_bank.statistics.figures import Figure, Floats
from question_bank.statistics.fit import ItemFit, fit_of
from question_bank.statistics.item_total import item_total
from question_bank.statistics.omissions import ItemOmissions, last_answered, omissions_of
from question_bank.statistics.reliability import (
    Reliability,
    alpha_of,
    is_common_form,
    marginal_reliability,
    scores_matrix,
)
from question_bank.statistics.responses import ResponseData, totals_of
from question_bank.statistics.timing import ItemTime, Speededness, speededness_of, times_of


@dataclass(frozen=True)
class Earlier:
    """Difficulties of the items on an earlier occasion and their standard errors, NaN where there are none."""

    difficulty: Floats
    error: Floats


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """Everything that is known of one item. `difficulty` is in logits against the average person (or item, without a
    calibration); `dif` is by the name of the comparison; `item_total` is the uncorrected correlation, None in figures
    that were stored before there was one."""

    facility: Figure
    discrimination: Figure
    ability_discrimination: Figure
    difficulty: float | None
    difficulty_error: float | None
    choices: ItemCategories
    time: ItemTime
    omissions: ItemOmissions
    fit: ItemFit
    displacement: Displacement
    dif: Mapping[str, ItemDif]
    item_total: Figure | None = None


@dataclass(frozen=True)
class Analysis:
    """The items in their order, and what holds of the whole set."""

    people: int
    responses: int
    items: list[ItemStatistics]
    reliability: Reliability
    speededness: Speededness
    abilities: Abilities


def analyse(
    data: ResponseData,
    *,
    abilities: Abilities | None = None,
    groups: Mapping[str, NDArray[np.int64]] | None = None,
    earlier: Earlier | None = None,
) -> Analysis:
    """The statistics of every item.

    `abilities` are those of a calibration (a quick estimate is made where there is none); `groups` are comparisons by
    name with dif.REFERENCE, FOCAL or OUTSIDE per person; `earlier` is what drift is measured against.
    """
    totals = totals_of(data)
    known = abilities or estimate_abilities(data, totals)
    last = last_answered(data)
    strata = strata_of(totals, is_common=is_common_form(data, totals))
    compared = {name: dif_of(data, totals, group, strata) for name, group in (groups or {}).items()}
    nothing = np.full(data.items, np.nan)
    before = earlier or Earlier(nothing, nothing)
    where = known.difficulty if known.location is None else known.location
    where_error = known.difficulty_error if known.location_error is None else known.location_error
    drift = drift_of(before.difficulty, where, before_error=before.error, now_error=where_error)
    facility, rest = facility_of(totals), rest_discrimination(data, totals)
    uncorrected = item_total(data, totals)
    by_ability, choices = ability_discrimination(data, known), distractors_of(data, totals)
    times, omissions = times_of(data), omissions_of(data, last)
    fit = fit_of(data, totals, known)
    items = [
        ItemStatistics(
            facility[index],
            rest[index],
            by_ability[index],
            known_or_none(where[index]),
            known_or_none(where_error[index]),
            choices[index],
            times[index],
            omissions[index],
            fit[index],
            drift.items[index],
            {name: rows[index] for name, rows in compared.items()},
            uncorrected[index],
        )
        for index in range(data.items)
    ]
    if is_common_form(data, totals):
        reliability = alpha_of(scores_matrix(data))
    else:
        reliability = marginal_reliability(known.theta, known.theta_error, are_posterior=known.are_posterior)
    people = int((totals.person_n > 0).sum())
    return Analysis(people, len(data), items, reliability, speededness_of(data, last), known)


def known_or_none(number: float) -> float | None:
    """The number, or None in the place of NaN."""
    return None if np.isnan(number) else float(number)
