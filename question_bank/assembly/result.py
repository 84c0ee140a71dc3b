"""What comes out of an assembly: forms with a report of how equal they are, or the reasons why there are
none.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from question_bank.assembly.columns import columns_of
from question_bank.assembly.decks import smallest_exposure
from question_bank.assembly.plan import MARK_UNIT, IntArray, ItemArray, Plan
from question_bank.assembly.scarcity import ScarceCell, scarcest_cells
from question_bank.blueprint import CellLabel, Reason
from question_bank.form import ChosenItem, ChosenSection, Form, arrange_form
from question_bank.pool import ABILITIES, Taker


@dataclass(frozen=True, slots=True)
class Options:
    """How forms are drawn.

    `on` is the date of the sitting: items not in force on it are left out. Forms are balanced to within
    `tolerance_marks` of the target at every ability, on the scale to 100. `max_exposure` is the largest
    share of the forms in which one item may stand; None leaves it to the smallest possible.
    `max_unit_exposure` is the same within the candidates of one unit (at least one form each).
    """

    on: date | None = None
    tolerance_marks: Decimal = Decimal("0.2")
    max_exposure: Fraction | None = None
    max_unit_exposure: Fraction | None = None

    @property
    def tolerance(self) -> int:
        """Millionths of a mark."""
        return int(self.tolerance_marks * MARK_UNIT)


@dataclass(frozen=True, slots=True)
class AbilityBalance:
    """Expected marks (of 100) of the forms at one ability, on the estimates given to the draw."""

    ability: int
    target: float
    mean: float
    sd: float
    lowest: float
    highest: float

    @property
    def spread(self) -> float:
        return self.highest - self.lowest


@dataclass(frozen=True, slots=True)
class AssemblyReport:
    """How even the forms are. Bounds are what no draw can go below; `balance` is empty when no item has an
    expected score.

    `outside_tolerance` counts forms further than the tolerance from the target at some ability;
    `unrated_items` those pool items without an expected score, which count as their cell's mean.
    `mean_overlap` is the mean number of common items of two forms. `left_out_items` are in no deck because the mean
    form would else not be as the blueprint asks; `solved_forms` were found by integer programming. `columns` counts the
    forms by their distance from the target at θ = 0 (assembly.columns). `furthest_marks` is how far the
    worst form is from it at its worst ability; `scarcest` are the cells of least choice where forms are outside.
    """

    forms: int
    items_per_form: int
    pool_items: int
    unrated_items: int
    max_uses: int
    max_uses_bound: int
    mean_overlap: float
    mean_overlap_bound: float
    balance: tuple[AbilityBalance, ...]
    outside_tolerance: int
    information_percent: tuple[float, float] | None = None
    left_out_items: int = 0
    solved_forms: int = 0
    columns: tuple[int, ...] = ()
    furthest_marks: float = 0.0
    scarcest: tuple[ScarceCell, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Assembly:
    """The drawn items of every taker, as numbers; forms are arranged on demand, because a city's worth of
    them is large.

    `selection` is int32 [takers, items per form] into `plan.items`; `takers` are in order of candidate key.
    """

    plan: Plan
    takers: tuple[Taker, ...]
    selection: ItemArray
    seed: bytes
    report: AssemblyReport

    def form(self, index: int) -> Form:
        """The form of the taker at `index` of `takers`."""
        return arrange_selection(
            self.plan, self.takers[index], items=self.selection[index].tolist(), seed=self.seed
        )

    @property
    def forms(self) -> Iterator[Form]:
        """The forms in order of candidate key."""
        for taker, items in zip(self.takers, self.selection.tolist(), strict=True):
            yield arrange_selection(self.plan, taker, items=items, seed=self.seed)

    @property
    def exposure(self) -> dict[str, int]:
        """How many forms hold each item version that is used at all."""
        uses = np.bincount(self.selection.ravel(), minlength=len(self.plan.items)).tolist()
        return {item.version_id: used for item, used in zip(self.plan.items, uses, strict=True) if used}


@dataclass(frozen=True, slots=True)
class Infeasible:
    """No forms, and every reason found, each with a sentence the officer can act on."""

    reasons: tuple[Reason, ...]


def arrange_selection(plan: Plan, taker: Taker, *, items: Sequence[int], seed: bytes) -> Form:
    """The form of one taker from the item numbers in the order of the plan's cells."""
    sections = []
    for number, section in enumerate(plan.blueprint.sections):
        chosen = [
            ChosenItem(plan.items[index], cell.cell.points_per_item, cell.cell.pretest)
            for cell in plan.cells
            if cell.section == number
            for index in items[cell.columns]
        ]
        sections.append(ChosenSection(section.title, section.shuffled, chosen))
    return arrange_form(taker.candidate_key, sections, seed=seed)


def report_on(
    plan: Plan,
    selection: ItemArray,
    *,
    tolerance: int,
    solved: int = 0,
    labels: Sequence[CellLabel] = (),
) -> AssemblyReport:
    """Measure the forms against the target and the bounds; with the `labels` of the cells the scarcest are named."""
    forms = len(selection)
    uses = np.bincount(selection.ravel(), minlength=len(plan.items)).astype(np.int64)
    evenness = _evenness(plan, selection, tolerance=tolerance)
    return AssemblyReport(
        forms=forms,
        items_per_form=plan.length,
        pool_items=len(plan.items),
        unrated_items=plan.unrated,
        max_uses=int(uses.max()),
        max_uses_bound=smallest_exposure([cell.count for cell in plan.cells], plan.supplies, forms=forms),
        mean_overlap=_mean_overlap(uses, forms),
        mean_overlap_bound=_mean_overlap(_even_uses(plan, forms), forms),
        balance=evenness.balance,
        outside_tolerance=evenness.outside,
        information_percent=_information(plan, selection),
        left_out_items=plan.left_out,
        solved_forms=solved,
        columns=evenness.columns,
        furthest_marks=evenness.furthest,
        scarcest=scarcest_cells(plan, labels) if evenness.outside and labels else (),
    )


class _Evenness(NamedTuple):
    """What `AssemblyReport` says of the expected marks."""

    balance: tuple[AbilityBalance, ...] = ()
    outside: int = 0
    furthest: float = 0.0
    columns: tuple[int, ...] = ()


def _evenness(plan: Plan, selection: ItemArray, *, tolerance: int) -> _Evenness:
    expected = expected_marks(plan, selection)
    if expected is None:
        return _Evenness()
    target = plan.target[: len(ABILITIES)]
    middle = ABILITIES.index(0)
    distance = np.abs(expected - target).max(axis=1)
    balance = tuple(
        AbilityBalance(ability, *(float(part) / MARK_UNIT for part in _summary(column, goal)))
        for ability, column, goal in zip(ABILITIES, expected.T, target, strict=True)
    )
    return _Evenness(
        balance,
        int((distance > tolerance).sum()),
        float(distance.max()) / MARK_UNIT,
        columns_of((expected[:, middle] - target[middle]) / MARK_UNIT),
    )


def _information(plan: Plan, selection: ItemArray) -> tuple[float, float] | None:
    """Least and most information of a form at the cut, in percent of the mean form's."""
    found = [item.information_millionths for item in plan.items]
    known = [value for value in found if value is not None]
    if not known:
        return None
    mean = sum(known) / len(known)
    values = np.array([mean if value is None else value for value in found])
    scored = [
        i for cell in plan.cells if not cell.cell.pretest for i in range(cell.start, cell.start + cell.count)
    ]
    sums = values[selection[:, scored]].sum(axis=1)
    return float(sums.min() / sums.mean() * 100), float(sums.max() / sums.mean() * 100)


def expected_marks(plan: Plan, selection: ItemArray) -> IntArray | None:
    """int64 [forms, abilities] in millionths of a mark out of 100; None without expected scores."""
    if plan.marks is None or not plan.is_rated:
        return None
    return feature_sums(plan, selection)[:, : len(ABILITIES)]


def marks_off(plan: Plan, selection: ItemArray) -> tuple[float, ...] | None:
    """How many marks of 100 the first form lies above the target, ability by ability; None without expected scores."""
    expected = expected_marks(plan, selection)
    if expected is None:
        return None
    target = plan.target[: len(ABILITIES)]
    return tuple(float(value) / MARK_UNIT for value in expected[0] - target)


def feature_sums(plan: Plan, selection: ItemArray) -> IntArray:
    """int64 [forms, features]: what the items of each form add up to."""
    assert plan.marks is not None
    total: IntArray = np.zeros((len(selection), plan.marks[0].shape[1]), dtype=np.int64)
    for cell, marks in zip(plan.cells, plan.marks, strict=True):
        for column in range(cell.start, cell.start + cell.count):
            total += marks[selection[:, column]]
    return total


def _summary(column: IntArray, goal: np.int64) -> tuple[float, float, float, float, float]:
    return float(goal), float(column.mean()), float(column.std()), float(column.min()), float(column.max())


def _mean_overlap(uses: IntArray, forms: int) -> float:
    """Mean number of common items over all pairs of forms: Σ u(u-1) / F(F-1), u being the uses of an item."""
    if forms < 2:
        return 0.0
    return float((uses * (uses - 1)).sum()) / (forms * (forms - 1))


def _even_uses(plan: Plan, forms: int) -> IntArray:
    """The uses of items when each deck is used as evenly as whole numbers allow, which makes Σ u(u-1)
    smallest.
    """
    uses = []
    for cell in plan.cells:
        quotient, rest = divmod(forms * cell.count, len(cell.deck))
        uses += [quotient + 1] * rest + [quotient] * (len(cell.deck) - rest)
    return np.array(uses, dtype=np.int64)
