"""One form for one late candidate, beside those already drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from question_bank.assembly.batch import DEFAULT_OPTIONS, limits_broken
from question_bank.assembly.deal import search_form
from question_bank.assembly.matching import Unfilled
from question_bank.assembly.plan import IntArray, Plan
from question_bank.assembly.prepare import prepare
from question_bank.assembly.reasons import history_reasons
from question_bank.assembly.result import Infeasible, Options, arrange_selection
from question_bank.assembly.swap import Bench, replace_from_bank
from question_bank.blueprint import NO_NAMES, Blueprint, Names
from question_bank.form import Form
from question_bank.pool import PoolItem, Taker
from question_bank.stream import ByteStream, derive

SLACK_USES = 1
"""A late form may take an item used this many times more often than the one it replaces: the price of
having no partners.
"""


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

    def draw(self, taker: Taker, *, seed: bytes, exposure: Mapping[str, int]) -> Form | Infeasible:
        """The form of one taker, least used items first, balanced to the batch's target.

        `exposure` counts the forms that hold each item version so far, late ones included. `seed` is the
        batch's seed.
        """
        plan = self.plan
        seen = plan.seen_by(taker.seen_item_ids)
        uses: IntArray = np.array([exposure.get(item.version_id, 0) for item in plan.items], dtype=np.int64)
        order = ByteStream(derive(seed, "late", taker.candidate_key)).shuffled(range(len(plan.items)))
        prefer = uses * len(plan.items) + np.array(order)
        chosen = _least_used(plan, seen, prefer=prefer) or search_form(plan, seen, prefer=prefer.tolist())
        if isinstance(chosen, Unfilled):
            return Infeasible(history_reasons({taker.candidate_key: chosen}, plan.labels(self.names)))
        selection = np.array([[item for items in chosen for item in items]], dtype=np.int32)
        if plan.marks is not None:
            uses[selection[0]] += 1
            bench = Bench(plan, selection, seen=[seen])
            replace_from_bank(bench, uses, tolerance=self.options.tolerance, slack=SLACK_USES)
        broken = limits_broken(plan, selection)
        if broken:
            return Infeasible(tuple(broken))
        return arrange_selection(plan, taker, items=selection[0].tolist(), seed=seed)


def assemble_late(
    blueprint: Blueprint,
    pool: Sequence[PoolItem],
    *,
    taker: Taker,
    seed: bytes,
    exposure: Mapping[str, int],
    options: Options = DEFAULT_OPTIONS,
    names: Names = NO_NAMES,
) -> Form | Infeasible:
    """`LateDraw.open` and one `draw`, for the single late candidate."""
    late = LateDraw.open(blueprint, pool, seed=seed, options=options, names=names)
    return late if isinstance(late, Infeasible) else late.draw(taker, seed=seed, exposure=exposure)


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
