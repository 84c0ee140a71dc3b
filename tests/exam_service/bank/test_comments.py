"""Comments on items: threads, answers, who reads them."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Role
from exam_service.bank import authoring
from exam_service.bank.manage.comments import add_comment, open_threads, settle_thread, threads_of
from exam_service.bank.manage.models import ItemComment
from exam_service.bank.models import Bank
from exam_service.errors import Invalid, NotFound
from tests.fixtures.auth import SignIn
from tests.fixtures.bank import make_actor, make_bank, make_competency, make_item


@pytest.fixture
def author(session: Session) -> Actor:
    make_competency(session)
    return make_actor(session, Role.AUTHOR)


@pytest.fixture
def bank(session: Session) -> Bank:
    return make_bank(session)


def test_a_comment_belongs_to_the_version_that_it_was_said_about(
    session: Session, author: Actor, bank: Bank
) -> None:
    item = make_item(session, bank, author)
    reviewer = make_actor(session, Role.REVIEWER)
    add_comment(session, author, item_id=item.id, text="Đang chờ số liệu")
    authoring.submit_item(session, author, item_id=item.id, revision=item.revision)
    add_comment(session, reviewer, item_id=item.id, text="Dẫn sai khoản")
    threads = threads_of(session, author, item_id=item.id)
    assert [(thread.first.comment.text, thread.first.number) for thread in threads] == [
        ("Đang chờ số liệu", 0),
        ("Dẫn sai khoản", 1),
    ]


def test_an_answer_opens_a_settled_thread_again_and_settled_ones_stand_last(
    session: Session, author: Actor, bank: Bank
) -> None:
    item = make_item(session, bank, author)
    first = add_comment(session, author, item_id=item.id, text="Một")
    add_comment(session, author, item_id=item.id, text="Hai")
    settle_thread(session, author, item_id=item.id, thread_id=first.id, is_resolved=True)
    assert [t.first.comment.text for t in threads_of(session, author, item_id=item.id)] == ["Hai", "Một"]
    assert open_threads(session, item) == 1
    add_comment(session, author, item_id=item.id, text="Chưa xong", thread_id=first.id)
    assert open_threads(session, item) == 2
    assert [said.comment.text for said in threads_of(session, author, item_id=item.id)[0].answers] == [
        "Chưa xong"
    ]


def test_staff_of_another_bank_neither_read_nor_write_nor_settle(
    session: Session, author: Actor, bank: Bank
) -> None:
    item = make_item(session, bank, author)
    first = add_comment(session, author, item_id=item.id, text="Một")
    stranger = make_actor(session, Role.AUTHOR, Role.REVIEWER, banks=[make_bank(session)])
    with pytest.raises(NotFound):
        threads_of(session, stranger, item_id=item.id)
    with pytest.raises(NotFound):
        add_comment(session, stranger, item_id=item.id, text="Hai")
    with pytest.raises(NotFound):
        settle_thread(session, stranger, item_id=item.id, thread_id=first.id, is_resolved=True)


def test_an_answer_stays_with_its_item_and_says_something(
    session: Session, author: Actor, bank: Bank
) -> None:
    one, two = make_item(session, bank, author), make_item(session, bank, author)
    first = add_comment(session, author, item_id=one.id, text="Một")
    with pytest.raises(NotFound):
        add_comment(session, author, item_id=two.id, text="Lạc", thread_id=first.id)
    with pytest.raises(Invalid):
        add_comment(session, author, item_id=one.id, text="  \n ")


def test_comments_are_written_answered_and_settled_on_the_page(
    session: Session, author: Actor, bank: Bank, signed_in: SignIn
) -> None:
    item = make_item(session, bank, author)
    session.commit()
    client = signed_in(roles={Role.REVIEWER})
    address = f"/bank/items/{item.id}/comments"
    assert client.post(address, data={"text": "Xem lại <b>khoản 2</b>\r\ncủa Điều 5"}).status_code == 303
    first = session.scalars(select(ItemComment)).one()
    assert first.text == "Xem lại <b>khoản 2</b>\ncủa Điều 5"
    assert "Xem lại &lt;b&gt;khoản 2&lt;/b&gt;" in client.get(address).text
    part = client.post(
        address, data={"text": "Đã sửa", "thread": str(first.id)}, headers={"HX-Request": "true"}
    )
    assert (part.status_code, "<html" in part.text, "Đã sửa" in part.text) == (200, False, True)
    assert client.post(f"{address}/{first.id}/resolve").status_code == 303
    assert "Mở lại" in client.get(address).text
    assert client.post(address, data={"text": " "}).status_code == 422
    assert signed_in(roles={Role.OFFICER}).get(address).status_code == 403
