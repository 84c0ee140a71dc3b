"""What is law on a day: windows, changes down to a point, names that two laws share."""

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.citations import Citation, UnreadableCitation, document_key
from question_bank.legal.currency import (
    USABLE,
    CurrencyState,
    Window,
    affected_by,
    currency,
    standing_of,
    usable_windows,
)
from question_bank.legal.documents import (
    Change,
    ChangeKind,
    LegalDocument,
    Place,
    format_places,
    parse_places,
)
from question_bank.legal.register import Register

OLD = LegalDocument(
    "old", "65/2025/QH15", "Luật Tổ chức chính quyền địa phương", in_force_from=date(2025, 3, 1)
)
NEW = LegalDocument(
    "new", "72/2025/QH15", "Luật Tổ chức chính quyền địa phương", in_force_from=date(2025, 6, 16)
)
AMENDING = LegalDocument("am", "136/2025/QH15", "Luật sửa đổi", in_force_from=date(2026, 7, 1))
KNOWN_AT = datetime(2026, 1, 5, tzinfo=UTC)


def cite(number: str | None = "72/2025/QH15", **places: str) -> Citation:
    title = None if number else "Luật Tổ chức chính quyền địa phương"
    return Citation(document_number=number, title=title, **places)


def change(kind: ChangeKind = ChangeKind.AMENDS, *places: Place, **values: object) -> Change:
    defaults = {"id": "c", "target_id": "new", "by_id": "am", "recorded_at": KNOWN_AT}
    return Change(kind=kind, places=places, **{**defaults, **values})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("150/2025/NĐ-CP", "nghị định số 150 / 2025 / ND-CP"),
        ("80/2025/QH15", "Luật số: 80/2025/qh15"),
        ("45-QĐ/TW", "Số 45–QÐ/TW"),
        ("001/2025/TT-BNV", "Thông tư 001/2025/TT-BNV"),
    ],
)
def test_spellings_of_one_number_share_a_key(one: str, other: str) -> None:
    assert document_key(one) == document_key(other) is not None


@pytest.mark.parametrize(
    ("one", "other"), [("001/2025/TT-BNV", "1/2025/TT-BNV"), ("65/2025/QH15", "72/2025/QH15")]
)
def test_different_numbers_have_different_keys(one: str, other: str) -> None:
    assert document_key(one) != document_key(other)


def test_a_name_that_two_laws_share_is_ambiguous_and_both_are_named() -> None:
    found = currency(cite(None, article="5"), Register([OLD, NEW]), on=date(2025, 6, 20))
    assert found.state is CurrencyState.AMBIGUOUS
    assert {document.number for document in found.documents} == {"65/2025/QH15", "72/2025/QH15"}
    assert all(part in found.sentence() for part in ("65/2025/QH15", "01/03/2025", "72/2025/QH15"))


def test_a_number_tells_two_laws_of_one_name_apart() -> None:
    replaced = change(ChangeKind.REPLACES, target_id="old", by_id="new")
    register = Register([OLD, NEW], [replaced])
    on = date(2025, 7, 1)
    assert currency(cite("72/2025/QH15"), register, on=on).state is CurrencyState.IN_FORCE
    gone = currency(cite("65/2025/QH15"), register, on=on)
    # No date of its own: the day on which the replacing law came into force.
    assert (gone.state, gone.since, gone.by) == (CurrencyState.REPLACED, date(2025, 6, 16), NEW)
    assert register.namesakes(NEW) == (OLD,)


def test_a_year_behind_the_name_tells_laws_apart() -> None:
    older = LegalDocument("2008", "22/2008/QH12", "Luật Cán bộ, công chức")
    newer = LegalDocument("2025", "80/2025/QH15", "Luật Cán bộ, công chức")
    register = Register([older, newer])
    named = Citation(title="Luật cán bộ, công chức năm 2008", article="4")
    assert register.find(named) == (older,)


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (ChangeKind.AMENDS, CurrencyState.AMENDED),
        (ChangeKind.CORRECTS, CurrencyState.AMENDED),
        (ChangeKind.REPLACES, CurrencyState.REPLACED),
        (ChangeKind.REPEALS, CurrencyState.EXPIRED),
        (ChangeKind.EXPIRES, CurrencyState.EXPIRED),
        (ChangeKind.SUSPENDS, CurrencyState.SUSPENDED),
    ],
)
def test_each_kind_of_change_holds_from_its_day_on(kind: ChangeKind, state: CurrencyState) -> None:
    register = Register([NEW, AMENDING], [change(kind)])
    place = cite(article="5")
    assert currency(place, register, on=date(2026, 6, 30)).state is CurrencyState.IN_FORCE
    found = currency(place, register, on=date(2026, 7, 1))
    assert (found.state, found.since) == (state, date(2026, 7, 1))


@pytest.mark.parametrize(
    ("places", "state"),
    [
        ({"article": "5", "clause": "2"}, CurrencyState.EXPIRED),
        ({"article": "5", "clause": "2", "point": "a"}, CurrencyState.EXPIRED),
        ({"article": "5", "clause": "1"}, CurrencyState.IN_FORCE),
        ({"article": "6"}, CurrencyState.IN_FORCE),
        ({"article": "5"}, CurrencyState.AMENDED),
        ({}, CurrencyState.AMENDED),
    ],
)
def test_a_repealed_clause_reaches_what_it_holds_and_what_holds_it(
    places: dict[str, str], state: CurrencyState
) -> None:
    register = Register([NEW, AMENDING], [change(ChangeKind.REPEALS, Place("5", "2"))])
    assert currency(cite(**places), register, on=date(2027, 1, 1)).state is state


def test_a_rewording_is_settled_by_a_later_check_and_an_end_never_is() -> None:
    later = datetime(2026, 2, 1, tzinfo=UTC)
    for kind, state in (
        (ChangeKind.AMENDS, CurrencyState.IN_FORCE),
        (ChangeKind.REPEALS, CurrencyState.EXPIRED),
    ):
        register = Register([NEW, AMENDING], [change(kind)])
        assert currency(cite(), register, on=date(2026, 7, 1), checked_at=later).state is state


def test_a_suspension_ends_and_leaves_a_gap() -> None:
    register = Register(
        [NEW],
        [
            change(
                ChangeKind.SUSPENDS,
                by_id=None,
                effective_on=date(2026, 3, 1),
                effective_to=date(2026, 4, 1),
            )
        ],
    )
    assert usable_windows([cite()], register) == (
        Window(date(2025, 6, 16), date(2026, 3, 1)),
        Window(date(2026, 4, 1), None),
    )


def test_a_law_has_no_effect_before_its_first_day_and_from_its_last_on() -> None:
    dated = LegalDocument(
        "d", "1/2024/QH15", "Luật", in_force_from=date(2025, 1, 1), in_force_to=date(2026, 1, 1)
    )
    register, place = Register([dated]), cite("1/2024/QH15")
    states = [
        currency(place, register, on=day).state
        for day in (date(2024, 12, 31), date(2025, 1, 1), date(2025, 12, 31), date(2026, 1, 1))
    ]
    assert states == ["not_yet", "in_force", "in_force", "expired"]
    assert standing_of(dated, register, on=date(2026, 1, 1)).state is CurrencyState.EXPIRED


def test_a_document_outside_the_register_limits_nothing_and_is_named() -> None:
    found = currency(cite("9/1999/QH10"), Register([]), on=date(2026, 1, 1))
    assert found.state is CurrencyState.UNKNOWN_DOCUMENT
    assert usable_windows([cite("9/1999/QH10")], Register([])) == (Window(),)


def test_an_undated_replacement_counts_as_long_past() -> None:
    undated = LegalDocument("by", "366-QĐ/TW", "Quy định mới")
    target = LegalDocument("t", "124-QĐ/TW", "Quy định cũ")
    register = Register([undated, target], [change(ChangeKind.REPLACES, target_id="t", by_id="by")])
    found = currency(cite("124-QĐ/TW"), register, on=date(2020, 1, 1))
    assert (found.state, found.since) == (CurrencyState.REPLACED, None)
    assert "ngày chưa rõ" in found.sentence()
    assert usable_windows([cite("124-QĐ/TW")], register) == ()


def test_what_cites_the_place_the_whole_or_an_unclear_name_is_affected() -> None:
    register = Register([OLD, NEW, AMENDING])
    cited = {
        "point": [cite(article="5", clause="2", point="a")],
        "whole": [cite()],
        "elsewhere": [cite(article="7")],
        "name": [cite(None, article="5")],
        "other law": [cite("65/2025/QH15", article="5")],
    }
    found = affected_by(change(ChangeKind.AMENDS, Place("5")), cited, register)
    assert [(hit.item, hit.is_vague) for hit in found] == [("point", False), ("whole", True), ("name", True)]
    checked = {"point": datetime(2026, 2, 1, tzinfo=UTC)}
    later = affected_by(change(ChangeKind.AMENDS, Place("5")), cited, register, checked_at=checked)
    assert "point" not in [hit.item for hit in later]


def test_places_are_read_as_lawyers_list_them() -> None:
    places = parse_places("Điều 5; khoản 2 và 3 Điều 7\nđiểm b khoản 1 Điều 9")
    assert places == (Place("5"), Place("7", "2"), Place("7", "3"), Place("9", "1", "b"))
    assert parse_places(format_places(places)) == places
    assert parse_places("  ") == ()


@pytest.mark.parametrize(
    "text", ["Chương IV", "khoản 2", "Điều 5 Luật số 80/2025/QH15", "Điều 5 Luật Hộ tịch"]
)
def test_a_place_without_article_or_with_a_document_is_refused(text: str) -> None:
    with pytest.raises(UnreadableCitation):
        parse_places(text)


days = st.dates(date(2025, 1, 1), date(2026, 12, 31))
some_changes = st.lists(
    st.builds(
        lambda kind, place, start, length: Change(
            "x",
            kind,
            "new",
            None,
            (place,) if place.article else (),
            start,
            date.fromordinal(start.toordinal() + length) if kind is ChangeKind.SUSPENDS else None,
            KNOWN_AT,
        ),
        st.sampled_from(ChangeKind),
        st.sampled_from([Place(), Place("5"), Place("5", "2"), Place("6")]),
        days,
        st.integers(1, 300),
    ),
    max_size=4,
)


@given(some_changes, days, st.sampled_from([Place(), Place("5"), Place("5", "2"), Place("7")]), st.booleans())
def test_windows_and_states_agree_on_every_day(
    changes: list[Change], day: date, place: Place, is_checked: bool
) -> None:
    register = Register([NEW], changes)
    citation = cite(article=place.article or None, clause=place.clause or None)
    checked = datetime(2026, 2, 1, tzinfo=UTC) if is_checked else None
    windows = usable_windows([citation], register, checked_at=checked)
    state = currency(citation, register, on=day, checked_at=checked).state
    assert any(window.holds(day) for window in windows) == (state in USABLE)
    assert all(a.end and b.start and a.end < b.start for a, b in pairwise(windows))
