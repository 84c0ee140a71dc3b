"""From a blueprint and a pool to a plan that can be drawn from, or the reasons why it cannot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from question_bank.assembly.decks import split_decks
from question_bank.assembly.features import add_features, filled_times
from question_bank.assembly.matching import Unfilled, find_form, match_cells
from question_bank.assembly.narrowing import (
    demands_of,
    difficulty_demand,
    narrow_decks,
    nothing_known,
    target_unreachable,
)
from question_bank.assembly.plan import (
    IntArray,
    Plan,
    PlannedCell,
    cell_marks,
    clique_groups,
    exclusions,
    usable_items,
)
from question_bank.assembly.reasons import cell_short, enemies_block, repeated_versions
from question_bank.blueprint import NO_NAMES, Blueprint, CellLabel, Names, Reason, problems
from question_bank.pool import PoolItem


@dataclass(frozen=True, slots=True)
class CellSupply:
    """`have` items fit the cell; `short` of the `need` cannot be filled when all cells are filled at once.

    `rivals` are the labels of cells that draw on the same items. `rounds` is how many times one person can
    sit without meeting an item again, counting this cell alone: a rule "not seen in the last K periods"
    needs K + 1.
    """

    label: CellLabel
    need: int
    have: int
    short: int
    rivals: tuple[CellLabel, ...]

    @property
    def rounds(self) -> int:
        return self.have // self.need


@dataclass(frozen=True, slots=True)
class Supply:
    """Cells in the blueprint's order, and the reasons why no form can be drawn (empty when one can)."""

    cells: tuple[CellSupply, ...]
    reasons: tuple[Reason, ...]

    @property
    def is_feasible(self) -> bool:
        return not self.reasons


@dataclass(frozen=True, slots=True)
class RestShort:
    """A cell with `have` items, too few for the `needed` ones that a rest of some periods takes."""

    label: CellLabel
    have: int
    needed: int


def short_for_rest(supply: Supply, *, periods: int) -> list[RestShort]:
    """The cells that break N_c ≥ (K + 1) · n_c, K being the periods in which nobody meets an item again.

    Items that several cells can draw are counted for each of them: the rule is necessary, and sufficient where
    cells share nothing.
    """
    return [
        RestShort(cell.label, cell.have, (periods + 1) * cell.need)
        for cell in supply.cells
        if cell.have < (periods + 1) * cell.need
    ]


def feasibility(
    blueprint: Blueprint, pool: Sequence[PoolItem], *, on: date | None = None, names: Names = NO_NAMES
) -> Supply:
    """Whether at least one form can be drawn on the day `on`, cell by cell. `names` maps codes to words for
    labels.
    """
    found = list(problems(blueprint, names)) + repeated_versions(pool)
    if not blueprint.cells:
        return Supply((), tuple(found))
    items = usable_items(blueprint, pool, on=on)
    members = _members(blueprint, items)
    excludes = exclusions(items)
    groups = clique_groups(excludes)
    counts = [cell.count for cell in blueprint.cells]
    matching = match_cells(counts, members, groups=groups)
    labels = [cell.label(names) for cell in blueprint.cells]
    cells = tuple(
        CellSupply(label, need, len(fitting), short, tuple(labels[rival] for rival in sorted(rivals)))
        for label, need, fitting, short, rivals in zip(
            labels, counts, members, matching.short, matching.rivals, strict=True
        )
    )
    found += [
        cell_short(cell.label, need=cell.need, have=cell.have, short=cell.short, rivals=cell.rivals)
        for cell in cells
        if cell.short
    ]
    if matching.is_complete:
        form = find_form(counts, members, groups=groups, excludes=excludes)
        if isinstance(form, Unfilled):
            found += _blocked(blueprint, items, form, members=members, excludes=excludes, names=names)
    return Supply(cells, tuple(found))


def _blocked(
    blueprint: Blueprint,
    items: Sequence[PoolItem],
    form: Unfilled,
    *,
    members: Sequence[Sequence[int]],
    excludes: Sequence[frozenset[int]],
    names: Names,
) -> list[Reason]:
    """Why enemies leave no form, and the least change that helps; nothing where the solver finds a form after all."""
    from question_bank.assembly.explain import cheapest_way, way_out  # noqa: PLC0415 - the solver loads on failure only

    labels = [cell.label(names) for cell in blueprint.cells]
    way = cheapest_way(blueprint, members, excludes=excludes, times=filled_times(items))
    reason = way_out(way, labels, names=[item.item_id for item in items]) if way else None
    if way and reason is None and not form.is_proven:
        return []
    found = enemies_block([labels[cell] for cell in form.blocked], is_proven=form.is_proven)
    return [found, reason] if reason else [found]


def prepare(
    blueprint: Blueprint,
    pool: Sequence[PoolItem],
    *,
    seed: bytes,
    on: date | None = None,
    tolerance: int = 0,
    names: Names = NO_NAMES,
) -> Plan | tuple[Reason, ...]:
    """A plan from which at least one form can be drawn, or why there is none. `tolerance` is the draw's, in
    millionths of a mark.
    """
    supply = feasibility(blueprint, pool, on=on, names=names)
    if not supply.is_feasible:
        return supply.reasons
    items = usable_items(blueprint, pool, on=on)
    members = _members(blueprint, items)
    decks = split_decks([cell.count for cell in blueprint.cells], members, seed=seed)
    excludes = exclusions(items)
    marks, unrated = cell_marks(blueprint, items, members=members)
    unknown = nothing_known(blueprint, items, is_rated=marks is not None)
    if unknown:
        return (unknown,)
    narrow = _narrowed(blueprint, items, decks=decks, marks=marks, tolerance=tolerance)
    if isinstance(narrow, Reason):
        return (narrow,)
    features = add_features(blueprint, items, decks=narrow, marks=marks, tolerance=tolerance)
    by_item_id: dict[str, tuple[int, ...]] = {}
    for index, item in enumerate(items):
        by_item_id[item.item_id] = (*by_item_id.get(item.item_id, ()), index)
    return Plan(
        blueprint=blueprint,
        items=items,
        cells=_planned_cells(blueprint, members, decks=narrow),
        excludes=excludes,
        groups=clique_groups(excludes),
        marks=features,
        is_rated=marks is not None,
        unrated=unrated,
        by_item_id=by_item_id,
        left_out=sum(map(len, decks)) - sum(map(len, narrow)),
    )


def _narrowed(
    blueprint: Blueprint,
    items: Sequence[PoolItem],
    *,
    decks: Sequence[Sequence[int]],
    marks: tuple[IntArray, ...] | None,
    tolerance: int,
) -> tuple[tuple[int, ...], ...] | Reason:
    """The decks with which the mean form is as the blueprint asks, or why its difficulty cannot be reached."""
    counts = [cell.count for cell in blueprint.cells]
    demands = demands_of(blueprint, items, decks=decks, marks=marks, tolerance=tolerance)
    narrow = narrow_decks(counts, decks, demands=demands)
    target = difficulty_demand(blueprint, marks=marks, tolerance=tolerance)
    if target is None or blueprint.target_percent is None:
        return narrow
    mean = target.mean(counts, narrow)
    if not target.off(mean):
        return narrow
    return target_unreachable(target, mean=mean, wanted=Fraction(blueprint.target_percent))


def _members(blueprint: Blueprint, items: Sequence[PoolItem]) -> list[list[int]]:
    return [[index for index, item in enumerate(items) if cell.accepts(item)] for cell in blueprint.cells]


def _planned_cells(
    blueprint: Blueprint, members: Sequence[Sequence[int]], *, decks: Sequence[Sequence[int]]
) -> tuple[PlannedCell, ...]:
    planned = []
    start = 0
    sections = [number for number, section in enumerate(blueprint.sections) for _ in section.cells]
    for cell, section, accepted, deck in zip(blueprint.cells, sections, members, decks, strict=True):
        planned.append(PlannedCell(cell, section, start, tuple(accepted), tuple(deck)))
        start += cell.count
    return tuple(planned)
