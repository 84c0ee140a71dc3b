"""One form for one late candidate, beside those already drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np

from question_bank.assembly.batch import DEFAULT_OPTIONS
from question_bank.assembly.deal import search_form
from question_bank.assembly.matching import Unfilled
from question_bank.assembly.plan import IntArray, ItemArray, Plan
from question_bank.assembly.prepare import prepare
from question_bank.assembly.reasons import history_reasons, late_exposure
from question_bank.assembly.rescue import broken_rows, limits_broken, solve_late
from question_bank.assembly.result import Infeasible, Options, arrange_selection
from question_bank.assembly.swap import Bench, replace_from_bank
from question_bank.assembly.units import unit_allowance
from question_bank.blueprint import NO_NAMES, Blueprint, Names
from question_bank.form import Form
from question_bank.pool import PoolItem, Taker
from question_bank.stream import ByteStream, derive

SLACK_USES = 1
"""A late form may take an item used this many times more often than the one it replaces: the price of
having no partners.
"""


class Colleagues(NamedTuple):
    """The forms of a unit so far, and how many of them hold each item version."""

    forms: int
    exposure: Mapping[str, int]


NO_COLLEAGUES: Final = Colleagues(0, MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class LateDraw:
    """A prepared blueprint and pool, from which late forms come in milliseconds."""

    plan: Plan
    options: Options
    names: Names

    @classmethod
    def open(
        cls,
        blueprint: Blueprint,
        pool: Sequence[PoolItem],
        *,
        seed: bytes,
        options: Options = DEFAULT_OPTIONS,
        names: Names = NO_NAMES,
    ) -> "LateDraw | Infeasible":
        """Ready to draw with the batch's `seed` and options."""
        plan = prepare(blueprint, pool, seed=seed, on=options.on, tolerance=options.tolerance, names=names)
        return cls(plan, options, names) if isinstance(plan, Plan) else Infeasible(plan)

    def draw(
        self,
        taker: Taker,
        *,
        seed: bytes,
        exposure: Mapping[str, int],
        colleagues: Colleagues = NO_COLLEAGUES,
    ) -> Form | Infeasible:
        """The form of the items that `select` finds."""
        found = self.select(taker, seed=seed, exposure=exposure, colleagues=colleagues)
        if isinstance(found, Infeasible):
            return found
        return arrange_selection(self.plan, taker, items=found[0].tolist(), seed=seed)

    def select(
        self,
        taker: Taker,
        *,
        seed: bytes,
        exposure: Mapping[str, int],
        colleagues: Colleagues = NO_COLLEAGUES,
    ) -> ItemArray | Infeasible:
        """The items of one taker, least used first, balanced to the batch's target, within every limit: int32 [1, items
        per form] into `plan.items`.

        `exposure` counts the forms that hold each item version so far, late ones included; `colleagues` those of the
        taker's unit. `seed` decides between equals.
        """
        plan = self.plan
        seen = plan.seen_by(taker.seen_item_ids)
        uses = self._counted(exposure)
        full = self._full(uses, colleagues)
        chosen = self._choose(taker, seen | full, uses=uses, seed=seed)
        if isinstance(chosen, Unfilled):
            without_limits = self._choose(taker, seen, uses=uses, seed=seed) if full else chosen
            if not isinstance(without_limits, Unfilled):
                labels = plan.labels(self.names)
                short = [label for label, lacks in zip(labels, chosen.matching.short, strict=True) if lacks]
                return Infeasible((late_exposure(len(full), short),))
            return Infeasible(history_reasons({taker.candidate_key: chosen}, plan.labels(self.names)))
        selection = np.array([[item for items in chosen for item in items]], dtype=np.int32)
        if plan.marks is not None:
            uses[selection[0]] += 1
            bench = Bench(plan, selection, seen=[seen | full])
            replace_from_bank(bench, uses, tolerance=self.options.tolerance, slack=SLACK_USES)
        if broken_rows(plan, selection):
            solve_late(
                plan,
                selection,
                barred=seen | full,
                uses=self._counted(exposure).tolist(),
                key=taker.candidate_key,
                seed=seed,
                tolerance=self.options.tolerance,
            )
        broken = limits_broken(plan, selection)
        if broken:
            return Infeasible(tuple(broken))
        return selection

    def _counted(self, exposure: Mapping[str, int]) -> IntArray:
        return np.array([exposure.get(item.version_id, 0) for item in self.plan.items], dtype=np.int64)

    def _full(self, uses: IntArray, colleagues: Colleagues) -> frozenset[int]:
        """The items that one form more would bring over a limit of exposure."""
        over = np.zeros(len(uses), dtype=np.bool_)
        limit, unit_limit = self.options.max_exposure, self.options.max_unit_exposure
        if limit is not None:
            forms = int(uses.sum()) // self.plan.length
            over |= uses >= int(limit * (forms + 1))
        if unit_limit is not None:
            over |= self._counted(colleagues.exposure) >= unit_allowance(unit_limit, colleagues.forms + 1)
        return frozenset(np.flatnonzero(over).tolist())

    def _choose(
        self, taker: Taker, barred: frozenset[int], *, uses: IntArray, seed: bytes
    ) -> tuple[tuple[int, ...], ...] | Unfilled:
        plan = self.plan
        order = ByteStream(derive(seed, "late", taker.candidate_key)).shuffled(range(len(plan.items)))
        prefer = uses * len(plan.items) + np.array(order)
        return _least_used(plan, barred, prefer=prefer) or search_form(plan, barred, prefer=prefer.tolist())


def assemble_late(
    blueprint: Blueprint,
    pool: Sequence[PoolItem],
    *,
    taker: Taker,
    seed: bytes,
    exposure: Mapping[str, int],
    colleagues: Colleagues = NO_COLLEAGUES,
    options: Options = DEFAULT_OPTIONS,
    names: Names = NO_NAMES,
) -> Form | Infeasible:
    """`LateDraw.open` and one `draw`, for the single late candidate."""
    late = LateDraw.open(blueprint, pool, seed=seed, options=options, names=names)
    return (
        late
        if isinstance(late, Infeasible)
        else late.draw(taker, seed=seed, exposure=exposure, colleagues=colleagues)
    )


def _least_used(plan: Plan, seen: frozenset[int], *, prefer: IntArray) -> tuple[tuple[int, ...], ...] | None:
    """The preferred items of each deck in turn; None when that runs into a dead end."""
    banned = set(seen)
    chosen = []
    for cell, deck in zip(plan.cells, plan.decks, strict=True):
        taken: list[int] = []
        for item in deck[np.argsort(prefer[deck])].tolist():
            if item not in banned:
                taken.append(item)
                banned |= plan.excludes[item]
                if len(taken) == cell.count:
                    break
        else:
            return None
        chosen.append(tuple(taken))
    return tuple(chosen)
