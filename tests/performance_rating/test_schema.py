"""The schema is made once, by whoever comes first, and is what the mapped tables say."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from pydantic import SecretStr
from sqlalchemy import inspect, text

from performance_rating.database import make_engine
from performance_rating.schema import MIGRATIONS, NewerSchema, migrate
from performance_rating.settings import Settings
from performance_rating.tables import Base, PersonResult
from tests.performance_rating.conftest import empty_database


@pytest.fixture
def engine(server_url):
    with empty_database(server_url) as url:
        engine = make_engine(Settings(database_url=SecretStr(url)))
        yield engine
        engine.dispose()


def test_processes_that_start_together_migrate_once(engine):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _number: migrate(engine), range(4)))
    migrate(engine)

    with engine.connect() as connection:
        applied = (
            connection.execute(text("SELECT version FROM rating.schema_version ORDER BY 1")).scalars().all()
        )
    assert applied == [migration.version for migration in MIGRATIONS]


def test_versions_count_up_from_one():
    assert [migration.version for migration in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))


def test_an_older_release_refuses_a_newer_schema(engine):
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO rating.schema_version (version, name) VALUES (99, 'later')"))

    with pytest.raises(NewerSchema, match="version 99"):
        migrate(engine)


def test_the_mapped_tables_are_the_migrated_ones(engine):
    migrate(engine)

    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": lambda name, kind, _parents: kind != "schema" or name == "rating",
                "include_object": lambda _object, name, kind, reflected, _other: (
                    not (
                        reflected
                        and (kind == "index" or name == "schema_version" or kind == "unique_constraint")
                    )
                ),
            },
        )
        differences = compare_metadata(context, Base.metadata)
    assert differences == []


def test_the_view_has_the_mapped_columns(engine):
    migrate(engine)

    in_database = {column["name"] for column in inspect(engine).get_columns("person_result", schema="rating")}
    assert in_database == set(PersonResult.__table__.columns.keys())
