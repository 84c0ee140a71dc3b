"""Finding items without diacritics, with facets and in banks of one's own."""

import pytest
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Role
from exam_service.bank.models import Bank
from exam_service.bank.search import ItemFilter, facets, find_items, ordered
from question_bank.citations import Citation
from question_bank.taxonomy import CognitiveLevel
from tests.fixtures.auth import SignIn
from tests.fixtures.bank import (
    make_actor,
    make_bank,
    make_competency,
    make_draft,
    make_item,
    make_submitted,
)


@pytest.fixture
def bank(session: Session, author: Actor) -> Bank:
    make_competency(session)
    make_competency(session, "TP.01", "Hộ tịch")
    bank = make_bank(session, code="TPHT")
    make_item(session, bank, author, draft=make_draft("Thời hạn đăng ký khai sinh?", competency="TP.01"))
    make_item(session, bank, author, draft=make_draft("Chứng thực bản sao?", level=CognitiveLevel.APPLY))
    citation = Citation(document_number="150/2025/NĐ-CP", article="3")
    make_submitted(session, bank, author, draft=make_draft("Ủy ban nhân dân xã?", citations=(citation,)))
    return bank


def found(session: Session, actor: Actor, **wanted: object) -> list[str]:
    statement = ordered(find_items(actor, ItemFilter(**wanted)), ItemFilter(sort="code"))
    return [item.summary for item in session.scalars(statement)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("khai sinh", "Thời hạn đăng ký khai sinh?"),
        ("KHAI SINH", "Thời hạn đăng ký khai sinh?"),
        ("đăng ký", "Thời hạn đăng ký khai sinh?"),
        ("dang ky", "Thời hạn đăng ký khai sinh?"),
        ("chung thuc ban sao", "Chứng thực bản sao?"),
        ("sao chung", "Chứng thực bản sao?"),
        ("uy ban nhan", "Ủy ban nhân dân xã?"),
        ("150/2025/NĐ-CP", "Ủy ban nhân dân xã?"),
        ("150 2025 nd", "Ủy ban nhân dân xã?"),
        ("TPHT-0002", "Chứng thực bản sao?"),
        ("chung th", "Chứng thực bản sao?"),
    ],
)
def test_words_are_found_without_diacritics_in_any_order_and_by_their_beginning(
    session: Session, bank: Bank, author: Actor, words: str, expected: str
) -> None:
    assert found(session, author, q=words) == [expected]


@pytest.mark.parametrize("words", ["khai tu", "' & ! | ( ) :* <->", "\\", "%", "khai:sinh & !x"])
def test_any_text_may_be_searched_for(session: Session, bank: Bank, author: Actor, words: str) -> None:
    assert isinstance(found(session, author, q=words), list)


def test_a_competency_finds_what_stands_below_it_too(session: Session, bank: Bank, author: Actor) -> None:
    assert len(found(session, author, competency="TP")) == 3
    assert found(session, author, competency="TP.01") == ["Thời hạn đăng ký khai sinh?"]


def test_facets_count_under_all_other_filters(session: Session, bank: Bank, author: Actor) -> None:
    counted = facets(session, author, ItemFilter(state="draft")).values
    assert [(value.value, value.count) for value in counted["state"]] == [("draft", 2), ("in_review", 1)]
    assert [(value.value, value.count) for value in counted["level"]] == [("remember", 1), ("apply", 1)]
    assert [(value.value, value.count) for value in counted["competency"]] == [("TP", 2), ("TP.01", 1)]
    assert [(value.value, value.count) for value in counted["bank"]] == [("TPHT", 2)]


def test_views_count_mine_and_what_waits_for_me(session: Session, bank: Bank, author: Actor) -> None:
    reviewer = make_actor(session, Role.REVIEWER)
    assert facets(session, author, ItemFilter()).views == {"": 3, "mine": 3, "waiting": 0}
    assert facets(session, reviewer, ItemFilter()).views == {"": 3, "mine": 0, "waiting": 1}


def test_only_banks_of_own_positions_are_searched(session: Session, bank: Bank, author: Actor) -> None:
    other = make_bank(session)
    make_item(session, other, author, draft=make_draft("Khai sinh nơi khác?"))
    assert found(session, make_actor(session, Role.AUTHOR, banks=[other])) == ["Khai sinh nơi khác?"]
    assert found(session, make_actor(session, Role.OFFICER)) == []


def test_the_address_of_the_list_holds_every_filter(session: Session, bank: Bank, signed_in: SignIn) -> None:
    session.commit()
    client = signed_in(roles={Role.AUTHOR})
    page = client.get("/bank/items?q=khai+sinh&bank=TPHT&level=remember&state=draft&sort=code").text
    assert "Thời hạn đăng ký khai sinh?" in page
    assert "Chứng thực bản sao?" not in page
    assert "/bank/items?q=khai+sinh&amp;bank=TPHT&amp;level=remember&amp;sort=code" in page, (
        "chip of the state"
    )
    for odd in ("?author=x", "?page=9999", "?sort=nonsense", "?competency=%25", "?level=nonsense"):
        assert client.get(f"/bank/items{odd}").status_code == 200
    assert client.get("/bank/items?page=0").status_code == 422
