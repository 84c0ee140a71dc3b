from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.assembly.check import check_forms
from question_bank.blueprint import Cell
from question_bank.form import ChosenItem, ChosenSection, Form, FormSection, Slot, arrange_form
from question_bank.items import canonical_json
from question_bank.pool import Taker
from question_bank.types.content import ShuffleUnits
from tests.question_bank.banks import item, one_section

DAY = date(2026, 11, 23)
PINNED = ShuffleUnits(("a", "b", "c", "d"), frozenset({"d"}), locked=False)
LOCKED = ShuffleUnits(("a", "b", "c", "d"), frozenset(), locked=True)
POOL = [
    item(0, "T.1", enemies=frozenset({"item-4"})),
    item(1, "T.1", shuffle=PINNED, family="clone"),
    item(2, "T.2", shuffle=LOCKED),
    item(3, "T.2"),
    item(4, "T.2"),
    item(5, "T.2", family="clone"),
    item(6, "T.2", in_force_to=date(2026, 1, 1)),
    item(7, "T.2", item_id="item-3"),
    item(8, "X"),
]
BLUEPRINT = one_section(
    Cell(competency="T.1", count=2), Cell(competency="T.2", count=2, points_per_item=Decimal(2))
)


def form_of(*numbers: int) -> Form:
    chosen = [ChosenItem(POOL[n], Decimal(1 if POOL[n].competency == "T.1" else 2)) for n in numbers]
    return arrange_form("1", [ChosenSection("Phần chung", True, chosen)], seed=b"seed" * 8)


def codes(*forms: Form, taker: Taker | None = None, max_uses: int | None = None) -> set[str]:
    people = [taker or Taker("1")]
    found = check_forms(forms, blueprint=BLUEPRINT, pool=POOL, takers=people, on=DAY, max_uses=max_uses)
    return {violation.code for violation in found}


def changed(form: Form, version: int, change: Callable[[Slot], Slot]) -> Form:
    section = form.sections[0]
    slots = tuple(change(s) if s.version_id == POOL[version].version_id else s for s in section.slots)
    return Form(form.candidate_key, (FormSection(section.title, slots),))


def test_a_right_form_has_no_violation() -> None:
    assert codes(form_of(0, 1, 2, 3)) == set()


@pytest.mark.parametrize(
    ("numbers", "code"),
    [
        ((0, 1, 3, 4), "enemies"),
        ((0, 1, 2, 5), "family"),
        ((0, 1, 2, 6), "not_in_force"),
        ((0, 1, 3, 7), "item_twice"),
        ((0, 1, 2, 2), "item_twice"),
        ((0, 1, 2, 8), "outside_blueprint"),
        ((0, 1, 2), "section_count"),
        ((0, 2, 3, 5), "cell_unfilled"),
    ],
)
def test_a_wrong_choice_of_items_is_found(numbers: tuple[int, ...], code: str) -> None:
    assert code in codes(form_of(*numbers))


@pytest.mark.parametrize(
    ("version", "change", "code"),
    [
        (0, lambda slot: slot._replace(content_hash="0" * 63 + "1"), "content_hash"),
        (0, lambda slot: slot._replace(points=Decimal(2)), "outside_blueprint"),
        (0, lambda slot: slot._replace(position=9), "positions"),
        (0, lambda slot: slot._replace(option_order=("a", "b", "c")), "options"),
        (0, lambda slot: slot._replace(option_order=("a", "b", "c", "c")), "options"),
        (1, lambda slot: slot._replace(option_order=("d", "a", "b", "c")), "pinned_option"),
        (2, lambda slot: slot._replace(option_order=("b", "a", "c", "d")), "locked_order"),
        (3, lambda slot: slot._replace(version_id="unknown"), "not_in_pool"),
    ],
)
def test_a_wrong_slot_is_found(version: int, change: Callable[[Slot], Slot], code: str) -> None:
    assert codes(changed(form_of(0, 1, 2, 3), version, change)) == {code} | (
        {"cell_unfilled"} if code == "outside_blueprint" else set()
    )


def test_what_a_person_has_seen_is_found() -> None:
    assert codes(form_of(0, 1, 2, 3), taker=Taker("1", frozenset({"item-2"}))) == {"seen_before"}


def test_missing_and_surplus_forms_are_found() -> None:
    form = form_of(0, 1, 2, 3)
    assert codes() == {"form_count"}
    assert codes(form, form) == {"form_count"}
    assert codes(form, replace(form, candidate_key="2")) == {"form_count"}


def test_too_many_uses_of_an_item_are_found() -> None:
    form = form_of(0, 1, 2, 3)
    assert codes(form, max_uses=1) == set()
    assert codes(form, form, max_uses=1) == {"form_count", "exposure"}


def test_pinned_options_keep_their_place_and_locked_items_their_order() -> None:
    orders = set()
    for number in range(60):
        form = arrange_form(
            f"{number}",
            [ChosenSection("A", True, [ChosenItem(POOL[n], Decimal(1)) for n in range(4)])],
            seed=b"seed" * 8,
        )
        by_version = {slot.version_id: slot.option_order for slot in form.slots}
        assert by_version[POOL[1].version_id][3] == "d"
        assert by_version[POOL[2].version_id] == ("a", "b", "c", "d")
        orders.add(by_version[POOL[1].version_id])
    assert len(orders) == 6


def test_an_unshuffled_section_keeps_the_order_of_version_ids() -> None:
    chosen = [ChosenItem(POOL[n], Decimal(1)) for n in (3, 0, 2, 1)]
    form = arrange_form("1", [ChosenSection("A", False, chosen)], seed=b"seed" * 8)
    assert [slot.version_id for slot in form.slots] == [POOL[n].version_id for n in range(4)]


def test_equal_points_have_one_spelling_in_the_sealed_bytes() -> None:
    one, other = (
        arrange_form("1", [ChosenSection("A", True, [ChosenItem(POOL[0], points)])], seed=b"s" * 16)
        for points in (Decimal(2), Decimal("2.000"))
    )
    assert one.form_hash == other.form_hash
    assert b'"points":"2"' in one.canonical_bytes()


@given(st.text(), st.text(), st.lists(st.text(), max_size=3))
def test_the_sealed_bytes_are_the_canonical_json_of_the_record(
    key: str, title: str, options: list[str]
) -> None:
    slot = Slot(1, title, key, Decimal("0.25"), tuple(options))
    form = Form(key, (FormSection(title, (slot,)),))
    assert form.canonical_bytes() == canonical_json(form.record())
