"""Facets that no column holds: law, tags, periods, answers. Each count is what choosing the value then finds."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Actor, Role
from exam_service.bank.facets.counting import more_facets
from exam_service.bank.facets.keeping import EndedPeriod, keep_missing, note_answers, note_use
from exam_service.bank.facets.models import ItemFacet
from exam_service.bank.legal import changes, documents
from exam_service.bank.legal.schemas import DocumentInput
from exam_service.bank.legal.touching import today
from exam_service.bank.manage.schemas import ViewInput
from exam_service.bank.manage.views import save_view
from exam_service.bank.models import Bank, Item, ItemVersion
from exam_service.bank.search import ItemFilter, facets, find_items
from question_bank.citations import Citation
from question_bank.legal.documents import ChangeKind
from tests.fixtures.auth import SignIn
from tests.fixtures.bank import (
    make_actor,
    make_approved,
    make_bank,
    make_competency,
    make_draft,
    make_item,
)
from tests.fixtures.legal import make_change, make_document

LAW, NEW_LAW = "60/2014/QH13", "80/2025/QH15"


@dataclass
class Shelf:
    """Four items: law A in force, no basis, a basis that ends in a month, one that ended."""

    bank: Bank
    actor: Actor
    keeper: Actor
    cited: ItemVersion
    bare: Item
    ending: Item
    ended: Item


@pytest.fixture
def shelf(session: Session) -> Shelf:
    make_competency(session)
    bank, actor = make_bank(session, code="TPHT"), make_actor(session, Role.AUTHOR)
    keeper = make_actor(session, Role.REVIEWER)
    make_document(session, LAW)
    day = today()

    def citing(*, until: int) -> tuple[Citation, ...]:
        return (Citation(document_number=LAW, article="15", in_force_to=day + timedelta(days=until)),)

    return Shelf(
        bank,
        actor,
        keeper,
        make_approved(
            session, bank, actor, keeper, draft=make_draft("Ai ký khai sinh?", tags=("hộ tịch", "khai sinh"))
        ),
        make_item(session, bank, actor, draft=make_draft("Không căn cứ?", citations=(), tags=("hộ tịch",))),
        make_item(session, bank, actor, draft=make_draft("Sắp hết?", citations=citing(until=30))),
        make_item(session, bank, actor, draft=make_draft("Đã hết?", citations=citing(until=0))),
    )


def counts(session: Session, shelf: Shelf, name: str, **wanted: str) -> dict[str, int]:
    found = more_facets(session, shelf.actor, ItemFilter(**wanted), least=30)[name]
    return {value.value: value.count for value in found}


def stems(session: Session, shelf: Shelf, **wanted: str) -> set[str]:
    return {item.summary for item in session.scalars(find_items(shelf.actor, ItemFilter(**wanted)))}


def check_counts(session: Session, shelf: Shelf, **wanted: str) -> None:
    """Every count of every facet is the number of items that the value finds."""
    for name, values in more_facets(session, shelf.actor, ItemFilter(**wanted), least=30).items():
        for value in values:
            chosen = ItemFilter(**{**wanted, name: value.value})
            assert facets(session, shelf.actor, chosen).total == value.count, (name, value)


def test_items_are_found_by_how_their_basis_stands(session: Session, shelf: Shelf) -> None:
    assert counts(session, shelf, "currency") == {
        "in_force": 2,
        "not_in_force": 1,
        "expiring": 1,
        "no_basis": 1,
    }
    assert stems(session, shelf, currency="in_force") == {"Ai ký khai sinh?", "Sắp hết?"}
    assert stems(session, shelf, currency="not_in_force") == {"Đã hết?"}
    assert stems(session, shelf, currency="expiring") == {"Sắp hết?"}
    assert stems(session, shelf, currency="no_basis") == {"Không căn cứ?"}
    assert stems(session, shelf, currency="xyz") == set()
    check_counts(session, shelf)


def test_a_day_that_passes_needs_no_writing(
    session: Session, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = clock.now() + timedelta(days=31)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert stems(session, shelf, currency="not_in_force") == {"Đã hết?", "Sắp hết?"}


def test_a_recorded_change_shows_before_its_day_and_goes_when_it_is_taken_back(
    session: Session, shelf: Shelf
) -> None:
    law = session.scalars(documents.find_documents(shelf.keeper, q=LAW)).one()
    by = make_document(session, NEW_LAW, in_force_from=today() + timedelta(days=40))
    change = make_change(session, shelf.keeper, law, by=NEW_LAW, kind=ChangeKind.REPLACES)
    assert counts(session, shelf, "currency")["changing"] == 3
    assert stems(session, shelf, currency="expiring") == {"Ai ký khai sinh?", "Sắp hết?"}
    # The new law is put off beyond half a year: the change is still pending, nothing ends soon but by its own date.
    data = DocumentInput(
        number=NEW_LAW,
        title=by.title,
        issuer=by.issuer,
        in_force_from=today() + timedelta(days=400),
        revision=by.revision,
    )
    documents.update_document(session, shelf.keeper, document_id=by.id, data=data)
    assert stems(session, shelf, currency="expiring") == {"Sắp hết?"}
    check_counts(session, shelf)
    changes.undo_change(session, shelf.keeper, relation_id=change.id, reason="Ghi nhầm")
    assert "changing" not in counts(session, shelf, "currency")


def test_tags_are_counted_under_the_other_filters(session: Session, shelf: Shelf) -> None:
    assert counts(session, shelf, "tag") == {"hộ tịch": 2, "khai sinh": 1}
    assert counts(session, shelf, "tag", currency="no_basis") == {"hộ tịch": 1}
    assert counts(session, shelf, "currency", tag="khai sinh") == {"in_force": 1}
    assert stems(session, shelf, tag="hộ") == set()  # a tag is found whole
    check_counts(session, shelf, tag="hộ tịch")


def test_what_a_period_used_and_how_much_is_known_are_facets(session: Session, shelf: Shelf) -> None:
    assert counts(session, shelf, "period") == {"never": 4}
    for number, answers in ((1, 20), (2, 90)):
        period = EndedPeriod(
            shelf.bank.id if number == 1 else shelf.cited.id, f"K{number}", f"Kỳ {number}", clock.now()
        )
        assert note_use(session, period, version_ids=[shelf.cited.id]) == 1
        assert note_use(session, period, version_ids=[shelf.cited.id]) == 0
        note_answers(session, period_id=period.id, answers={shelf.cited.id: answers})
    assert counts(session, shelf, "period") == {"K1": 1, "K2": 1, "never": 3}
    assert counts(session, shelf, "answers") == {"30": 1, "100": 1}
    assert stems(session, shelf, period="K2", answers="110") == {"Ai ký khai sinh?"}
    assert stems(session, shelf, answers="111") == set()
    assert stems(session, shelf, answers="nhiều") == set()
    check_counts(session, shelf)
    # Written again, the item keeps what is known of it.
    session.execute(delete(ItemFacet))
    assert keep_missing(session) == 4
    assert counts(session, shelf, "answers") == {"30": 1, "100": 1}
    assert keep_missing(session) == 0


def test_what_is_written_past_the_services_gets_the_same_facets(session: Session, shelf: Shelf) -> None:
    def kept() -> list[tuple[object, ...]]:
        columns = (ItemFacet.tags, ItemFacet.has_basis, ItemFacet.usable, ItemFacet.changes_on)
        return [tuple(row) for row in session.execute(select(*columns).order_by(ItemFacet.item_id))]

    before = kept()
    session.execute(delete(ItemFacet))
    keep_missing(session)
    assert kept() == before
    assert len(before) == 4


def test_the_address_holds_the_facets_and_saved_views_keep_them(
    session: Session, shelf: Shelf, signed_in: SignIn
) -> None:
    view = save_view(
        session,
        shelf.actor,
        data=ViewInput(name="Sắp hết", query="currency=expiring&tag=h%E1%BB%99+t%E1%BB%8Bch"),
    )
    assert view.query == "currency=expiring&tag=h%E1%BB%99+t%E1%BB%8Bch"
    session.commit()
    client = signed_in(roles={Role.AUTHOR})
    page = client.get("/bank/items?currency=expiring").text
    assert "Sắp hết?" in page
    assert "Đã hết?" not in page
    assert "Hết hiệu lực trong 6 tháng" in page  # the chip that takes the filter off
    assert 'name="currency" value="expiring"' in page
    part = client.get("/bank/items/facets?currency=expiring", headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert "Căn cứ đang có hiệu lực (2)" in part
    assert 'value="expiring" selected' in part
    whole = client.get("/bank/items/facets?tag=khai+sinh").text
    assert "khai sinh (1)" in whole
    assert "Ai ký khai sinh?" in whole
    answer = client.get("/api/bank/items", params={"currency": "not_in_force"}).json()
    assert [item["summary"] for item in answer["items"]] == ["Đã hết?"]
