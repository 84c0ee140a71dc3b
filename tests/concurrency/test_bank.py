"""Two people at the same moment, with true commits."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.bank import authoring, imports, reviewing
from exam_service.bank.import_rows import loaded
from exam_service.bank.imports import ImportChoice
from exam_service.bank.models import Item, ItemVersion
from exam_service.db import Database
from exam_service.errors import Refusal
from tests.fixtures.bank import (
    make_actor,
    make_bank,
    make_competency,
    make_item,
    make_submitted,
    question_file,
)


@pytest.fixture
def own_database(own_database_url: str) -> Iterator[Database]:
    database = Database(own_database_url)
    yield database
    database.dispose()


def at_once(database: Database, act: Callable[[Session], object], *, times: int = 4) -> list[str]:
    """Run `act` in that many transactions that start together; "done" or the code of its refusal for each."""
    start = Barrier(times)

    def run(_number: int) -> str:
        try:
            with database.transaction() as session:
                session.connection()
                start.wait(timeout=30)
                act(session)
        except Refusal as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(times) as pool:
        return sorted(pool.map(run, range(times)))


def test_an_item_submitted_by_several_clicks_becomes_one_version(own_database: Database) -> None:
    with own_database.transaction() as session:
        make_competency(session)
        author = make_actor(session, Role.AUTHOR)
        item = make_item(session, make_bank(session), author)
    outcomes = at_once(
        own_database,
        lambda session: authoring.submit_item(session, author, item_id=item.id, revision=item.revision),
    )
    assert outcomes == ["done", "no_draft", "no_draft", "no_draft"]
    with own_database.sessions() as session:
        assert session.scalar(select(func.count()).select_from(ItemVersion)) == 1


def test_a_version_is_decided_once(own_database: Database) -> None:
    with own_database.transaction() as session:
        make_competency(session)
        reviewer = make_actor(session, Role.REVIEWER)
        version = make_submitted(session, make_bank(session), make_actor(session, Role.AUTHOR))
    outcomes = at_once(
        own_database, lambda session: reviewing.approve_version(session, reviewer, version_id=version.id)
    )
    assert outcomes == ["done", *["transition_not_allowed"] * 3]


def test_items_created_at_once_get_different_codes(own_database: Database) -> None:
    with own_database.transaction() as session:
        author, bank = make_actor(session, Role.AUTHOR), make_bank(session)
    assert at_once(own_database, lambda session: make_item(session, bank, author)) == ["done"] * 4
    with own_database.sessions() as session:
        assert len(set(session.scalars(select(Item.code)))) == 4


def test_one_file_imported_twice_at_once_is_written_once(own_database: Database) -> None:
    data = question_file(
        ("Ai ký?", "Một", "Hai", "Ba", "Bốn", "A"), ("Ai duyệt?", "Một", "Hai", "Ba", "Bốn", "C")
    )
    with own_database.transaction() as session:
        author, bank = make_actor(session, Role.AUTHOR), make_bank(session)
        previews = [
            imports.preview_import(session, author, bank_id=bank.id, file_name="de.xlsx", data=data)
            for _place in range(4)
        ]
        rows = frozenset(row.index for row in loaded(previews[0].verdicts))
    waiting = [preview.id for preview in previews]
    outcomes = at_once(
        own_database,
        lambda session: imports.commit_import(
            session, author, import_id=waiting.pop(), choice=ImportChoice(rows)
        ),
    )
    assert outcomes == ["bank_changed", "bank_changed", "bank_changed", "done"]
    with own_database.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Item)) == 2
