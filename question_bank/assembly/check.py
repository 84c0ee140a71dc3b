"""The independent checker: does every drawn form keep every promise? It shares no code with the assembler.

It reads the finished forms, not the assembler's arrays, and decides everything anew from the blueprint, the
pool and the takers.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from question_bank.blueprint import Blueprint, Cell, Section
from question_bank.form import Form, FormSection, Slot
from question_bank.pool import PoolItem, Taker


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken promise: its code, whose form it is ("" for the whole batch), and what exactly is wrong."""

    code: str
    candidate_key: str
    detail: str


@dataclass(frozen=True, slots=True)
class Holdings:
    """A number of forms, and how many of them hold each item version."""

    forms: int
    held: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Limits:
    """The day, and the largest shares of the forms of an exam and of a unit in which one item may stand."""

    on: date | None = None
    exposure: Fraction | None = None
    unit_exposure: Fraction | None = None


def check_forms(
    forms: Iterable[Form],
    *,
    blueprint: Blueprint,
    pool: Sequence[PoolItem],
    takers: Sequence[Taker],
    on: date | None = None,
    max_uses: int | None = None,
    max_unit_exposure: Fraction | None = None,
) -> tuple[Violation, ...]:
    """Every violation in the forms of one exam.

    Checked: one form per taker and none besides; sections, cells, counts and points; no item twice; no
    enemies, clones or two versions of one item together; nothing this person has seen; everything in force
    on the day; hashes of the pool; positions; options complete, pins and locked orders kept; pretest
    slots marked and filled with new items; the expected time within its limits; the information at the cut
    not below what is asked; no item in more than `max_uses` forms, nor in more than the share
    `max_unit_exposure` of a unit's forms (at least one).
    """
    checker = _Checker(blueprint, pool, on=on)
    colleagues = _Colleagues(takers)
    seen_by = {taker.candidate_key: taker.seen_item_ids for taker in takers}
    found: list[Violation] = []
    drawn: Counter[str] = Counter()
    uses: Counter[str] = Counter()
    for form in forms:
        key = form.candidate_key
        drawn[key] += 1
        uses.update(slot.version_id for slot in form.slots)
        colleagues.add(form)
        found += [
            Violation(code, key, detail)
            for code, detail in checker.check(form, seen_by.get(key, frozenset()))
        ]
    for key in sorted(seen_by.keys() | drawn.keys()):
        if drawn[key] != (key in seen_by):
            found.append(
                Violation("form_count", key, f"{drawn[key]} forms for {int(key in seen_by)} candidate")
            )
    if max_uses is not None:
        found += [
            Violation("exposure", "", f"{v}: {n} > {max_uses}")
            for v, n in sorted(uses.items())
            if n > max_uses
        ]
    if max_unit_exposure is not None:
        found += colleagues.excess(max_unit_exposure)
    return tuple(found)


def check_late_form(
    form: Form,
    *,
    blueprint: Blueprint,
    pool: Sequence[PoolItem],
    taker: Taker,
    others: Holdings,
    colleagues: Holdings,
    limits: Limits,
) -> tuple[Violation, ...]:
    """Every violation in one form that joins those of `others`; `colleagues` are those among them of the taker's unit.

    Checked is what `check_forms` checks, and that no item of this form comes over a limit of exposure with it.
    """
    found = [*check_forms([form], blueprint=blueprint, pool=pool, takers=[taker], on=limits.on)]
    for code, beside, share, fewest in (
        ("exposure", others, limits.exposure, 0),
        ("unit_exposure", colleagues, limits.unit_exposure, 1),
    ):
        if share is None:
            continue
        for slot in form.slots:
            times = beside.held.get(slot.version_id, 0) + 1
            if times > fewest and Fraction(times, beside.forms + 1) > share:
                detail = f"{slot.version_id} in {times} of {beside.forms + 1}"
                found.append(Violation(code, form.candidate_key, detail))
    return tuple(found)


class _Colleagues:
    """How often the people of one unit hold the same item."""

    def __init__(self, takers: Sequence[Taker]) -> None:
        self._unit = {taker.candidate_key: taker.unit for taker in takers}
        self._forms: Counter[str | None] = Counter()
        self._uses: Counter[tuple[str | None, str]] = Counter()

    def add(self, form: Form) -> None:
        unit = self._unit.get(form.candidate_key)
        self._forms[unit] += 1
        self._uses.update((unit, slot.version_id) for slot in form.slots)

    def excess(self, share: Fraction) -> list[Violation]:
        return [
            Violation("unit_exposure", "", f"{unit}: {version} in {times} of {self._forms[unit]}")
            for (unit, version), times in self._uses.items()
            if times > 1 and Fraction(times, self._forms[unit]) > share
        ]


class _Checker:
    def __init__(self, blueprint: Blueprint, pool: Sequence[PoolItem], *, on: date | None) -> None:
        self._blueprint = blueprint
        self._pool = {item.version_id: item for item in pool}
        self._on = on
        self._kinds: dict[tuple[int, str, Decimal, bool], tuple[int, ...]] = {}
        self._mean_seconds: int | None = None
        self._mean_information: int | None = None

    def check(self, form: Form, seen: frozenset[str]) -> Iterable[tuple[str, str]]:
        unknown = [slot.version_id for slot in form.slots if slot.version_id not in self._pool]
        if unknown:
            yield "not_in_pool", ", ".join(unknown)
            return
        yield from self._check_items([self._pool[slot.version_id] for slot in form.slots], seen)
        yield from self._check_slots(form)
        yield from self._check_time(form)
        yield from self._check_information(form)
        if len(form.sections) != len(self._blueprint.sections):
            yield "sections", f"{len(form.sections)} sections, blueprint has {len(self._blueprint.sections)}"
            return
        for number, (asked, made) in enumerate(zip(self._blueprint.sections, form.sections, strict=True)):
            yield from self._check_section(number, asked=asked, made=made)

    def _check_items(self, items: Sequence[PoolItem], seen: frozenset[str]) -> Iterable[tuple[str, str]]:
        item_ids = Counter(item.item_id for item in items)
        for item_id, times in item_ids.items():
            if times > 1:
                yield "item_twice", item_id
            if item_id in seen:
                yield "seen_before", item_id
        families = Counter(item.family for item in items if item.family is not None)
        yield from (("family", family) for family, times in families.items() if times > 1)
        for item in items:
            present = sorted((item.enemies & item_ids.keys()) - {item.item_id})
            if present:
                yield "enemies", f"{item.item_id} with {', '.join(present)}"
            if not self._is_in_force(item):
                yield "not_in_force", item.item_id

    def _check_slots(self, form: Form) -> Iterable[tuple[str, str]]:
        if [slot.position for slot in form.slots] != list(range(1, len(form.slots) + 1)):
            yield "positions", "positions do not run from 1"
        for slot in form.slots:
            item = self._pool[slot.version_id]
            if slot.content_hash != item.content_hash:
                yield "content_hash", slot.version_id
            units = item.shuffle
            if sorted(slot.option_order) != sorted(units.ids):
                yield "options", f"{slot.version_id}: options lost, added or repeated"
            elif units.locked and slot.option_order != units.ids:
                yield "locked_order", slot.version_id
            elif any(slot.option_order[units.ids.index(pin)] != pin for pin in units.pinned):
                yield "pinned_option", slot.version_id

    def _check_time(self, form: Form) -> Iterable[tuple[str, str]]:
        limits = self._blueprint.expected_time
        if limits is None:
            return
        spent = sum(self._seconds(self._pool[slot.version_id]) for slot in form.slots)
        if not limits.least_s <= spent <= limits.most_s:
            yield "expected_time", f"{spent} s"

    def _check_information(self, form: Form) -> Iterable[tuple[str, str]]:
        least = self._blueprint.least_information
        if least is None:
            return
        scored = [self._pool[slot.version_id] for slot in form.slots if not slot.pretest]
        told = sum(self._millionths(item) for item in scored)
        if told < least * 1_000_000:
            yield "information", f"{Decimal(told) / 1_000_000} at the cut score"

    def _millionths(self, item: PoolItem) -> int:
        """Information of an item; one of which nothing is known counts as the mean of those that could be drawn."""
        if item.information is not None:
            return round(item.information * 1_000_000)
        if self._mean_information is None:
            known = [
                round(other.information * 1_000_000)
                for other in self._drawable()
                if other.information is not None
            ]
            self._mean_information = round(Fraction(sum(known), len(known))) if known else 0
        return self._mean_information

    def _seconds(self, item: PoolItem) -> int:
        """An item without an expected time counts as the mean of those that could be drawn."""
        if item.expected_time_s is not None:
            return item.expected_time_s
        if self._mean_seconds is None:
            known = [other.expected_time_s for other in self._drawable() if other.expected_time_s is not None]
            self._mean_seconds = round(Fraction(sum(known), len(known))) if known else 0
        return self._mean_seconds

    def _drawable(self) -> Iterable[PoolItem]:
        cells = [cell for section in self._blueprint.sections for cell in section.cells]
        for item in self._pool.values():
            if self._is_in_force(item) and any(
                _fits(cell, item, points=cell.points_per_item, pretest=cell.pretest) for cell in cells
            ):
                yield item

    def _is_in_force(self, item: PoolItem) -> bool:
        if self._on is None:
            return True
        return (item.in_force_from or date.min) <= self._on <= (item.in_force_to or date.max)

    def _check_section(self, number: int, *, asked: Section, made: FormSection) -> Iterable[tuple[str, str]]:
        if asked.title != made.title:
            yield "section_title", made.title
        if len(made.slots) != sum(cell.count for cell in asked.cells):
            yield "section_count", f"“{asked.title}” has {len(made.slots)} items"
        kinds: Counter[tuple[int, ...]] = Counter()
        for slot in made.slots:
            kinds[self._cells_for(number, asked, slot=slot)] += 1
        if kinds.pop((), 0):
            yield "outside_blueprint", f"“{asked.title}” holds items (or points) that no cell asks for"
        for cell in _unfilled(asked.cells, kinds):
            yield "cell_unfilled", f"“{asked.title}”: {cell.label().en}"

    def _cells_for(self, number: int, asked: Section, *, slot: Slot) -> tuple[int, ...]:
        place = (number, slot.version_id, slot.points, slot.pretest)
        if place not in self._kinds:
            item = self._pool[slot.version_id]
            self._kinds[place] = tuple(
                index
                for index, cell in enumerate(asked.cells)
                if _fits(cell, item, points=slot.points, pretest=slot.pretest)
            )
        return self._kinds[place]


def _fits(cell: Cell, item: PoolItem, *, points: Decimal, pretest: bool) -> bool:
    wanted = [] if cell.competency is None else cell.competency.split(".")
    return (
        item.competency.split(".")[: len(wanted)] == wanted
        and cell.level in (None, item.level)
        and cell.item_type in (None, item.item_type)
        and cell.points_per_item == points
        and cell.pretest is pretest is item.pretest
    )


def _unfilled(cells: Sequence[Cell], kinds: Counter[tuple[int, ...]]) -> list[Cell]:
    """The cells left short when items, counted by the set of cells they fit, are handed out as well as
    possible.

    Cells without an overlap are counted; where cells overlap, each place looks for an item and moves others
    aside (depth first).
    """
    alone = all(len(kind) == 1 for kind in kinds)
    if alone:
        return [cell for index, cell in enumerate(cells) if kinds[(index,)] != cell.count]
    items = [kind for kind in sorted(kinds) for _ in range(kinds[kind])]
    holder: dict[int, int] = {}
    places = [index for index, cell in enumerate(cells) for _ in range(cell.count)]
    by_cell: dict[int, list[int]] = defaultdict(list)
    for number, kind in enumerate(items):
        for index in kind:
            by_cell[index].append(number)

    def seat(place: int, tried: set[int]) -> bool:
        for number in by_cell[places[place]]:
            if number not in tried:
                tried.add(number)
                if number not in holder or seat(holder[number], tried):
                    holder[number] = place
                    return True
        return False

    return [cells[places[place]] for place in range(len(places)) if not seat(place, set())]
