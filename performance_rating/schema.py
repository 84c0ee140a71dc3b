"""The database schema `rating` and its migrations: SQL that is applied once each, in order.

Everything that was received is append-only, and a trigger refuses any change. What counts for a person
(`person_result`) is a view of it, so the order in which events arrive cannot matter.
"""

from dataclasses import dataclass

from sqlalchemy import Engine, text

# Any fixed number: two processes that start together take turns.
_MIGRATION_LOCK = 335_2025


@dataclass(frozen=True)
class Migration:
    """One step. A released step is never edited; a change is a new step."""

    version: int
    name: str
    statements: tuple[str, ...]


class NewerSchema(RuntimeError):
    """The database was migrated by a newer release of this module."""

    def __init__(self, *, found: int, known: int) -> None:
        super().__init__(
            f"The schema 'rating' is at version {found}, this release knows {known}. Start the newer release."
        )
        self.found = found
        self.known = known


_RESULT_COLUMNS = (
    "event_id, kind, result_id, supersedes, version, staff_code, full_name, name_order, search_text, "
    "unit_code, unit_name, unit_order, unit_type, position_code, position_title, period_code, "
    "period_name, reference_date, exam_code, exam_title, outcome, band_code, band_label, points, "
    "max_points, percent, competencies, finality, released_at, reason"
)

_RECEIVED = Migration(
    version=1,
    name="received events, result versions and the current results",
    statements=(
        """
        CREATE TABLE rating.received_event (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            webhook_id varchar(200) NOT NULL UNIQUE,
            type varchar(100) NOT NULL,
            occurred_at timestamptz NOT NULL,
            received_at timestamptz NOT NULL DEFAULT now(),
            disposition varchar(20) NOT NULL
                CONSTRAINT received_event_disposition
                CHECK (disposition IN ('applied', 'late', 'restated', 'ignored')),
            body bytea NOT NULL,
            body_sha256 bytea NOT NULL GENERATED ALWAYS AS (sha256(body)) STORED
        )
        """,
        """
        CREATE TABLE rating.result_version (
            event_id bigint PRIMARY KEY REFERENCES rating.received_event (id),
            kind varchar(20) NOT NULL
                CONSTRAINT result_version_kind CHECK (kind IN ('released', 'corrected', 'annulled')),
            result_id uuid NOT NULL,
            supersedes uuid,
            version integer NOT NULL CONSTRAINT result_version_version CHECK (version > 0),
            staff_code varchar(64) NOT NULL,
            full_name varchar(300) NOT NULL,
            name_order text COLLATE "C" NOT NULL,
            search_text text NOT NULL,
            unit_code varchar(64) NOT NULL,
            unit_name varchar(300) NOT NULL,
            unit_order text COLLATE "C" NOT NULL,
            unit_type varchar(64) NOT NULL,
            position_code varchar(64) NOT NULL,
            position_title varchar(300) NOT NULL,
            period_code varchar(64) NOT NULL,
            period_name varchar(300) NOT NULL,
            reference_date date NOT NULL,
            exam_code varchar(64) NOT NULL,
            exam_title varchar(300) NOT NULL,
            outcome varchar(10) NOT NULL
                CONSTRAINT result_version_outcome CHECK (outcome IN ('pass', 'fail')),
            band_code varchar(64) NOT NULL,
            band_label varchar(300) NOT NULL,
            points numeric NOT NULL,
            max_points numeric NOT NULL CONSTRAINT result_version_max_points CHECK (max_points > 0),
            percent numeric NOT NULL CONSTRAINT result_version_percent CHECK (percent BETWEEN 0 AND 100),
            competencies jsonb NOT NULL,
            finality varchar(20) NOT NULL
                CONSTRAINT result_version_finality CHECK (finality IN ('provisional', 'final')),
            released_at timestamptz NOT NULL,
            reason text,
            CONSTRAINT result_version_once UNIQUE (period_code, staff_code, exam_code, version)
        )
        """,
        "CREATE INDEX result_version_of_person ON rating.result_version (staff_code)",
        """
        CREATE INDEX result_version_supersedes ON rating.result_version (supersedes) WHERE supersedes IS NOT NULL
        """,
        """
        CREATE TABLE rating.delivery (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            webhook_id varchar(200) NOT NULL,
            received_at timestamptz NOT NULL DEFAULT now(),
            verdict varchar(20) NOT NULL
                CONSTRAINT delivery_verdict
                CHECK (verdict IN ('accepted', 'repeated', 'conflicting',
                'malformed')),
            event_id bigint REFERENCES rating.received_event (id),
            reason text,
            body bytea,
            CONSTRAINT delivery_event_or_body
                CHECK ((verdict IN ('accepted', 'repeated')) = (event_id IS NOT NULL AND body IS NULL)
                   AND (verdict IN ('conflicting', 'malformed')) = (body IS NOT NULL AND reason IS NOT NULL))
        )
        """,
        "CREATE INDEX delivery_of_event ON rating.delivery (event_id)",
        f"""
        CREATE VIEW rating.person_result AS
        SELECT {_RESULT_COLUMNS}
        FROM (
            SELECT DISTINCT ON (period_code, staff_code, exam_code) {_RESULT_COLUMNS}
            FROM rating.result_version
            ORDER BY period_code, staff_code, exam_code, version DESC
        ) AS newest
        WHERE NOT EXISTS (
            SELECT FROM rating.result_version AS later
            WHERE later.supersedes = newest.result_id
              AND later.staff_code = newest.staff_code
              AND later.period_code = newest.period_code
              AND later.version > newest.version
        )
        """,  # noqa: S608 - built from a constant of this module
        """
        CREATE FUNCTION rating.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'rating.% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END
        $$
        """,
        *(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rating.{table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION rating.refuse_change()"
            for table in ("received_event", "result_version", "delivery")
        ),
    ),
)

_SIGN_IN = Migration(
    version=2,
    name="sign-in sessions and attempts",
    statements=(
        """
        CREATE TABLE rating.login_session (
            token_sha256 bytea PRIMARY KEY,
            username varchar(64) NOT NULL,
            expires_at timestamptz NOT NULL
        )
        """,
        """
        CREATE TABLE rating.sign_in_attempt (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            address varchar(64) NOT NULL,
            attempted_at timestamptz NOT NULL,
            succeeded boolean NOT NULL
        )
        """,
        "CREATE INDEX sign_in_attempt_recent ON rating.sign_in_attempt (address, attempted_at)",
    ),
)

MIGRATIONS = (_RECEIVED, _SIGN_IN)


def migrate(engine: Engine) -> None:
    """The schema is at the newest version; all missing steps are applied in one transaction, or none.

    Raises: NewerSchema.
    """
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        connection.execute(text("CREATE SCHEMA IF NOT EXISTS rating"))
        connection.execute(
            text(
                "CREATE TABLE IF NOT EXISTS rating.schema_version ("
                "version integer PRIMARY KEY, name text NOT NULL, "
                "applied_at timestamptz NOT NULL DEFAULT now())"
            )
        )
        current = connection.scalar(text("SELECT coalesce(max(version), 0) FROM rating.schema_version")) or 0
        if current > MIGRATIONS[-1].version:
            raise NewerSchema(found=current, known=MIGRATIONS[-1].version)
        for migration in MIGRATIONS[current:]:
            for statement in migration.statements:
                connection.execute(text(statement))
            connection.execute(
                text("INSERT INTO rating.schema_version (version, name) VALUES (:version, :name)"),
                {"version": migration.version, "name": migration.name},
            )
