"""Many items created and submitted at once: by the rules of one, with the statements of one."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Role
from exam_service.audit import AuditRow, first_broken_link
from exam_service.bank import authoring
from exam_service.bank.models import Bank, Item
from exam_service.errors import Forbidden, NotFound, Stale
from tests.fixtures.bank import make_actor, make_bank, make_competency, make_draft, make_item


@pytest.fixture
def author(session: Session) -> Actor:
    make_competency(session)
    return make_actor(session, Role.AUTHOR)


@pytest.fixture
def bank(session: Session) -> Bank:
    return make_bank(session, code="TPHT")


@pytest.fixture
def statements(session: Session) -> Iterator[list[str]]:
    """Every statement sent, in order."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    yield sent
    event.remove(connection, "before_cursor_execute", note)


def test_many_questions_are_created_and_submitted_with_the_statements_of_a_few(
    session: Session, author: Actor, bank: Bank, statements: list[str]
) -> None:
    def written(count: int) -> int:
        statements.clear()
        drafts = [make_draft(f"Câu {place} trong {count} câu nói về điều {place}?") for place in range(count)]
        items = authoring.create_items(session, author, bank=bank, drafts=drafts)
        done = authoring.submit_items(session, author, revisions={one.id: one.revision for one in items})
        assert (
            [item.state for item in items]
            == ["in_review"] * count
            == [version.state for version in done.versions.values()]
        )
        assert list(done.versions) == [item.id for item in items]
        assert done.refused == {}
        return len(statements)

    few, many = written(3), written(40)
    assert many == few
    codes = session.scalars(select(Item.code).where(Item.bank_id == bank.id).order_by(Item.code)).all()
    assert codes == [f"TPHT-{number:04d}" for number in range(1, 44)]


def test_what_cannot_be_submitted_stays_a_draft_and_says_why(
    session: Session, author: Actor, bank: Bank
) -> None:
    sound = make_item(session, bank, author)
    unplaced = make_item(session, bank, author, draft=make_draft("Câu chưa có năng lực?", competency=None))
    lost = make_item(session, bank, author, draft=make_draft("Câu có năng lực lạ?", competency="LA"))
    stale = make_item(session, bank, author, draft=make_draft("Câu đã sửa ở trang khác?"))
    revisions = {one.id: one.revision for one in (sound, unplaced, lost)} | {stale.id: stale.revision + 1}
    done = authoring.submit_items(session, author, revisions=revisions)
    assert list(done.versions) == [sound.id]
    assert {key: type(one) for key, one in done.refused.items()} == {
        unplaced.id: authoring.ItemIsIncomplete,
        lost.id: authoring.ItemIsIncomplete,
        stale.id: Stale,
    }
    assert [one.state for one in (sound, unplaced, lost, stale)] == ["in_review", "draft", "draft", "draft"]


def test_nobody_submits_with_others_what_somebody_else_wrote_or_what_is_not_to_be_seen(
    session: Session, author: Actor, bank: Bank
) -> None:
    own, foreign = (
        make_item(session, bank, author),
        make_item(session, bank, make_actor(session, Role.AUTHOR)),
    )
    done = authoring.submit_items(session, author, revisions={one.id: one.revision for one in (own, foreign)})
    assert [type(one) for one in done.refused.values()] == [authoring.NotYourDraft]
    with pytest.raises(NotFound):
        authoring.submit_items(session, author, revisions={uuid4(): 1})
    with pytest.raises(Forbidden):
        authoring.submit_items(session, make_actor(session, Role.REVIEWER), revisions={})
    with pytest.raises(Forbidden):
        authoring.create_items(session, make_actor(session, Role.REVIEWER), bank=bank, drafts=[make_draft()])


def test_the_trail_keeps_the_order_of_many_acts_of_one_transaction(
    session: Session, author: Actor, bank: Bank
) -> None:
    items = authoring.create_items(
        session, author, bank=bank, drafts=[make_draft(f"Câu {n}?") for n in range(30)]
    )
    session.commit()
    rows = session.scalars(
        select(AuditRow).where(AuditRow.action == "item.create").order_by(AuditRow.sequence)
    ).all()
    assert [row.detail["code"] for row in rows] == [item.code for item in items]
    assert first_broken_link(session) is None
