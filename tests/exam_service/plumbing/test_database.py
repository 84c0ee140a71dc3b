from datetime import datetime

import pytest
from alembic import command
from psycopg.errors import RestrictViolation
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError, InternalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from exam_service import audit, clock, schema
from exam_service.actor import SYSTEM
from exam_service.audit import AuditRow
from exam_service.db import Database, attempting
from exam_service.i18n import HOME


def test_the_migrations_make_exactly_the_tables_of_the_models(worker_database_url: str) -> None:
    command.check(schema._config(worker_database_url))


def test_a_reading_session_takes_a_connection_with_its_first_statement_and_cannot_write(
    own_database_url: str,
) -> None:
    database = Database(own_database_url)
    pool = database.engine.pool
    assert isinstance(pool, QueuePool)
    with database.reading() as session:
        assert pool.checkedout() == 0  # else requests that need a second one for a moment lock each other out
        assert session.scalar(text("SELECT 1")) == 1
        assert pool.checkedout() == 1
        with pytest.raises(InternalError, match="read-only transaction"):
            session.execute(text("CREATE TABLE forbidden (id int)"))
    with database.transaction() as session:  # the connection comes back able to write
        session.execute(text("CREATE TABLE allowed (id int)"))
    database.dispose()


def test_an_act_is_recorded_with_the_commit_of_its_transaction(database: Database) -> None:
    with database.transaction() as session:
        audit.record(session, SYSTEM, "test.act", ("thing", 1), note="đã làm")
    with database.reading() as session:
        row = session.scalars(select(AuditRow)).one()
    assert (row.action, row.subject_type, row.subject_id, row.detail) == (
        "test.act",
        "thing",
        "1",
        {"note": "đã làm"},
    )


def test_no_act_is_recorded_when_the_transaction_fails(database: Database) -> None:
    def fail() -> None:
        with database.transaction() as session:
            audit.record(session, SYSTEM, "test.act", ("thing", 1))
            raise RuntimeError("later step fails")

    with pytest.raises(RuntimeError):
        fail()
    with database.reading() as session:
        assert session.scalars(select(AuditRow)).all() == []


def test_an_act_inside_a_refused_attempt_is_forgotten_and_the_others_stay(session: Session) -> None:
    audit.record(session, SYSTEM, "test.kept", ("thing", 1))
    with pytest.raises(RuntimeError), attempting(session):  # noqa: PT012 - the order inside is what is tested
        audit.record(session, SYSTEM, "test.undone", ("thing", 1))
        raise RuntimeError("refused")
    session.commit()
    assert session.scalars(select(AuditRow.action)).all() == ["test.kept"]


def test_a_change_behind_the_back_of_the_audit_trail_is_located(database: Database) -> None:
    with database.transaction() as session:
        for number in range(3):
            audit.record(session, SYSTEM, "test.act", ("thing", number))
    with database.transaction() as session:
        assert audit.first_broken_link(session) is None
        second = session.scalars(select(AuditRow.sequence).order_by(AuditRow.sequence)).all()[1]
        session.execute(text("ALTER TABLE audit_row DISABLE TRIGGER USER"))
        session.execute(update(AuditRow).where(AuditRow.sequence == second).values(action="test.forged"))
        session.execute(text("ALTER TABLE audit_row ENABLE TRIGGER USER"))
        assert audit.first_broken_link(session) == second


@pytest.mark.parametrize("statement", ["UPDATE audit_row SET action = 'x'", "DELETE FROM audit_row"])
def test_the_audit_trail_refuses_changes_even_in_plain_sql(session: Session, statement: str) -> None:
    audit.record(session, SYSTEM, "test.act", ("thing", 1))
    session.commit()
    with pytest.raises(IntegrityError) as refused:
        session.execute(text(statement))
    assert isinstance(refused.value.orig, RestrictViolation)


def test_the_health_probe_answers_when_the_database_does(browser) -> None:
    answer = browser.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_the_chain_holds_whatever_zone_the_clock_was_read_in(database: Database) -> None:
    with clock.fixed_at(datetime(2026, 9, 18, 8, 0, tzinfo=HOME)), database.transaction() as session:
        audit.record(session, SYSTEM, "test.act", ("thing", 1))
    with database.transaction() as session:
        assert audit.first_broken_link(session) is None
