"""initial tables

Revision: 20261123_0900_initial
Follows:
"""

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

revision = "20261123_0900_initial"
down_revision = None
branch_labels = None
depends_on = None


APPEND_ONLY = (
    "audit_row",
    "review_step",
    "exam_draw",
    "sealed_form",
    "form_slot",
    "response_history",
    "room_decision",
    "slot_score",
    "result",
    "outbox_event",
    "delivery_try",
)

# Evidence is never rewritten: not by the service, and not by a hurried hand in psql either.
REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""

GUARDS = """
CREATE FUNCTION keep_item_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (to_jsonb(NEW) - 'state') <> (to_jsonb(OLD) - 'state') THEN
        RAISE EXCEPTION 'an item version is never changed: make a new version' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER item_version_frozen BEFORE UPDATE OR DELETE ON item_version
    FOR EACH ROW EXECUTE FUNCTION keep_item_version();

CREATE FUNCTION keep_handed_in() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'an attempt is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.submitted_at IS NOT NULL
       AND (to_jsonb(NEW) - 'state') <> (to_jsonb(OLD) - 'state') THEN
        RAISE EXCEPTION 'an attempt that was handed in is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER attempt_handed_in BEFORE UPDATE OR DELETE ON attempt
    FOR EACH ROW EXECUTE FUNCTION keep_handed_in();

CREATE FUNCTION period_step(state text) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT array_position(ARRAY['draft','sealed','open','closed','marked','released','archived'], state)
$$;
CREATE FUNCTION keep_period_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF period_step(NEW.state) < period_step(OLD.state) THEN
        RAISE EXCEPTION 'a period never goes back from % to %', OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state <> 'draft' AND (NEW.commitment, NEW.reference_date, NEW.code, NEW.sealed_at)
       IS DISTINCT FROM (OLD.commitment, OLD.reference_date, OLD.code, OLD.sealed_at) THEN
        RAISE EXCEPTION 'a sealed period keeps its commitment' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER period_forward BEFORE UPDATE ON period
    FOR EACH ROW EXECUTE FUNCTION keep_period_forward();

CREATE FUNCTION keep_sealed_exam() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    exam_state text;
BEGIN
    SELECT period.state INTO exam_state FROM period WHERE period.id = OLD.period_id;
    IF exam_state IS NOT NULL AND exam_state <> 'draft' THEN
        RAISE EXCEPTION 'an exam of a sealed period is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER exam_sealed BEFORE UPDATE OR DELETE ON exam
    FOR EACH ROW EXECUTE FUNCTION keep_sealed_exam();

-- Whoever reads results by rising sequence must not pass one that is still to be committed: transactions that write
-- results take turns, so that sequences become visible in their order. The lock is taken before the first nextval.
CREATE FUNCTION order_results() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7361002);
    RETURN NULL;
END $$;
CREATE TRIGGER result_in_order BEFORE INSERT ON result
    FOR EACH STATEMENT EXECUTE FUNCTION order_results();
"""


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("last_signed_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("person_id", name=op.f("uq_account_person_id")),
        sa.UniqueConstraint("username", name=op.f("uq_account_username")),
    )
    op.create_table(
        "api_client",
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("scopes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_client")),
        sa.UniqueConstraint("client_id", name=op.f("uq_api_client_client_id")),
    )
    op.create_table(
        "audit_row",
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject_type", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("previous_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_audit_row")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_row_hash")),
    )
    op.create_index(op.f("ix_audit_row_action"), "audit_row", ["action"], unique=False)
    op.create_index("ix_audit_row_subject", "audit_row", ["subject_type", "subject_id"], unique=False)
    op.create_table(
        "blueprint",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("body_hash", sa.String(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blueprint")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_blueprint_code_version")),
    )
    op.create_table(
        "competency",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_competency")),
        sa.UniqueConstraint("code", name=op.f("uq_competency_code")),
    )
    op.create_table(
        "login_session",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("csrf_token", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("user_agent", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "subject_kind IN ('account', 'candidate', 'client', 'system')",
            name=op.f("ck_login_session_subject_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_login_session_token_hash")),
    )
    op.create_index(op.f("ix_login_session_subject_id"), "login_session", ["subject_id"], unique=False)
    op.create_table(
        "period",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("reference_date", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("commitment", sa.String(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'sealed', 'open', 'closed', 'marked', 'released', 'archived')",
            name=op.f("ck_period_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_period")),
        sa.UniqueConstraint("code", name=op.f("uq_period_code")),
    )
    op.create_index(op.f("ix_period_state"), "period", ["state"], unique=False)
    op.create_table(
        "person",
        sa.Column("staff_code", sa.String(), nullable=False),
        sa.Column("cccd", sa.String(), nullable=True),
        sa.Column("family_names", sa.String(), nullable=False),
        sa.Column("given_name", sa.String(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("sex", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("sort_key", sa.String(), nullable=False),
        sa.Column("search_text", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("cccd ~ '^[0-9]{12}$'", name=op.f("ck_person_cccd")),
        sa.CheckConstraint("sex IN ('male', 'female')", name=op.f("ck_person_sex")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("cccd", name=op.f("uq_person_cccd")),
        sa.UniqueConstraint("staff_code", name=op.f("uq_person_staff_code")),
    )
    op.create_index(op.f("ix_person_sort_key"), "person", ["sort_key"], unique=False)
    op.create_table(
        "position",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("regime", sa.String(), nullable=False),
        sa.Column("group", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("regime IN ('decree_33_2023', 'job_position')", name=op.f("ck_position_regime")),
        sa.CheckConstraint(
            "\"group\" IN ('cadre', 'civil_servant', 'leadership', 'professional', 'support')",
            name=op.f("ck_position_group"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_position")),
        sa.UniqueConstraint("code", name=op.f("uq_position_code")),
    )
    op.create_table(
        "response_history",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("response", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("is_flagged", sa.Boolean(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", "slot", "sequence", name=op.f("pk_response_history")),
    )
    op.create_table(
        "roster_import",
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("file_hash", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("verdicts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "state IN ('previewed', 'committed', 'discarded')", name=op.f("ck_roster_import_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_import")),
    )
    op.create_table(
        "sign_in_failure",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failure")),
    )
    op.create_index("ix_sign_in_failure_address", "sign_in_failure", ["address", "at"], unique=False)
    op.create_index(op.f("ix_sign_in_failure_at"), "sign_in_failure", ["at"], unique=False)
    op.create_index("ix_sign_in_failure_name", "sign_in_failure", ["name", "at"], unique=False)
    op.create_table(
        "subscription",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
        sa.UniqueConstraint("name", name=op.f("uq_subscription_name")),
    )
    op.create_table(
        "unit",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("sort_key", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "type IN ('city', 'commune', 'ward', 'special_zone', 'township', 'district', 'office')",
            name=op.f("ck_unit_type"),
        ),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_unit_not_own_parent")),
        sa.ForeignKeyConstraint(["parent_id"], ["unit.id"], name=op.f("fk_unit_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("code", name=op.f("uq_unit_code")),
        sa.UniqueConstraint(
            "type",
            "name",
            "parent_id",
            name=op.f("uq_unit_type_name_parent_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_unit_parent_id"), "unit", ["parent_id"], unique=False)
    op.create_index(op.f("ix_unit_sort_key"), "unit", ["sort_key"], unique=False)
    op.create_table(
        "api_token",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("scopes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["api_client.id"], name=op.f("fk_api_token_client_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    op.create_index(op.f("ix_api_token_client_id"), "api_token", ["client_id"], unique=False)
    op.create_index(op.f("ix_api_token_expires_at"), "api_token", ["expires_at"], unique=False)
    op.create_table(
        "appointment",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("position_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("is_main", sa.Boolean(), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("to_date IS NULL OR to_date >= from_date", name=op.f("ck_appointment_dates")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_appointment_person_id")),
        sa.ForeignKeyConstraint(["position_id"], ["position.id"], name=op.f("fk_appointment_position_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_appointment_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment")),
        sa.UniqueConstraint(
            "person_id",
            "position_id",
            "unit_id",
            "from_date",
            name=op.f("uq_appointment_person_id_position_id_unit_id_from_date"),
        ),
    )
    op.create_index(op.f("ix_appointment_person_id"), "appointment", ["person_id"], unique=False)
    op.create_index(op.f("ix_appointment_position_id"), "appointment", ["position_id"], unique=False)
    op.create_index(op.f("ix_appointment_unit_id"), "appointment", ["unit_id"], unique=False)
    op.create_index(
        "uq_appointment_main",
        "appointment",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("is_main AND to_date IS NULL"),
    )
    op.create_table(
        "bank",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position_id", sa.Uuid(), nullable=True),
        sa.Column("last_number", sa.Integer(), server_default="0", nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["position_id"], ["position.id"], name=op.f("fk_bank_position_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank")),
        sa.UniqueConstraint("code", name=op.f("uq_bank_code")),
        sa.UniqueConstraint("position_id", name=op.f("uq_bank_position_id")),
    )
    op.create_table(
        "exam",
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("blueprint_id", sa.Uuid(), nullable=False),
        sa.Column("bank_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("duration_min", sa.Integer(), nullable=False),
        sa.Column("late_limit_min", sa.Integer(), nullable=False),
        sa.Column("unseen_periods", sa.Integer(), nullable=False),
        sa.Column("cut_percent", sa.Numeric(precision=6, scale=3), nullable=False),
        sa.Column("bands", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("cut_percent BETWEEN 0 AND 100", name=op.f("ck_exam_cut")),
        sa.CheckConstraint("duration_min BETWEEN 1 AND 600", name=op.f("ck_exam_duration")),
        sa.CheckConstraint("late_limit_min >= 0", name=op.f("ck_exam_late_limit")),
        sa.CheckConstraint("unseen_periods BETWEEN 0 AND 10", name=op.f("ck_exam_unseen_periods")),
        sa.ForeignKeyConstraint(["blueprint_id"], ["blueprint.id"], name=op.f("fk_exam_blueprint_id")),
        sa.ForeignKeyConstraint(["period_id"], ["period.id"], name=op.f("fk_exam_period_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam")),
        sa.UniqueConstraint("period_id", "code", name=op.f("uq_exam_period_id_code")),
    )
    op.create_index(op.f("ix_exam_period_id"), "exam", ["period_id"], unique=False)
    op.create_table(
        "role_grant",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("position_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "role IN ('admin', 'author', 'reviewer', 'officer', 'invigilator', 'marker', 'auditor', 'hr')",
            name=op.f("ck_role_grant_role"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_role_grant_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
        sa.UniqueConstraint(
            "account_id",
            "role",
            "position_id",
            name=op.f("uq_role_grant_account_id_role_position_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "scoring_run",
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("started_by", sa.Uuid(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["period_id"], ["period.id"], name=op.f("fk_scoring_run_period_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scoring_run")),
    )
    op.create_index(op.f("ix_scoring_run_period_id"), "scoring_run", ["period_id"], unique=False)
    op.create_table(
        "exam_draw",
        sa.Column("exam_id", sa.Uuid(), nullable=False),
        sa.Column("commitment", sa.String(), nullable=False),
        sa.Column("manifest", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("public_entropy", sa.String(), nullable=False),
        sa.Column("seed_check", sa.String(), nullable=False),
        sa.Column("inputs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["exam_id"], ["exam.id"], name=op.f("fk_exam_draw_exam_id")),
        sa.PrimaryKeyConstraint("exam_id", name=op.f("pk_exam_draw")),
    )
    op.create_table(
        "exam_position",
        sa.Column("exam_id", sa.Uuid(), nullable=False),
        sa.Column("position_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["exam_id"], ["exam.id"], name=op.f("fk_exam_position_exam_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["position_id"], ["position.id"], name=op.f("fk_exam_position_position_id")),
        sa.PrimaryKeyConstraint("exam_id", "position_id", name=op.f("pk_exam_position")),
    )
    op.create_index(op.f("ix_exam_position_position_id"), "exam_position", ["position_id"], unique=False)
    op.create_table(
        "item",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("bank_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("draft", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=True),
        sa.Column("competency", sa.String(), nullable=True),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("search_text", sa.String(), nullable=False),
        sa.Column("semantic_hash", sa.String(), nullable=False),
        sa.Column(
            "search_vector",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector('simple', search_text)", persisted=True),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "level IN ('remember', 'understand', 'apply', 'analyse')", name=op.f("ck_item_level")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'in_review', 'approved', 'operational', 'suspended', 'retired')",
            name=op.f("ck_item_state"),
        ),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_item_author_id")),
        sa.ForeignKeyConstraint(["bank_id"], ["bank.id"], name=op.f("fk_item_bank_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item")),
        sa.UniqueConstraint("bank_id", "source_id", name=op.f("uq_item_bank_id_source_id")),
        sa.UniqueConstraint("code", name=op.f("uq_item_code")),
    )
    op.create_index(op.f("ix_item_author_id"), "item", ["author_id"], unique=False)
    op.create_index(op.f("ix_item_bank_id"), "item", ["bank_id"], unique=False)
    op.create_index(op.f("ix_item_competency"), "item", ["competency"], unique=False)
    op.create_index("ix_item_search_vector", "item", ["search_vector"], unique=False, postgresql_using="gin")
    op.create_index(op.f("ix_item_semantic_hash"), "item", ["semantic_hash"], unique=False)
    op.create_index(op.f("ix_item_state"), "item", ["state"], unique=False)
    op.create_index(op.f("ix_item_updated_at"), "item", ["updated_at"], unique=False)
    op.create_table(
        "item_import",
        sa.Column("bank_id", sa.Uuid(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("file_hash", sa.String(), nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("verdicts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("outcome", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "state IN ('previewed', 'committed', 'discarded')", name=op.f("ck_item_import_state")
        ),
        sa.ForeignKeyConstraint(["bank_id"], ["bank.id"], name=op.f("fk_item_import_bank_id")),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_item_import_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_import")),
    )
    op.create_table(
        "sitting",
        sa.Column("exam_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("duration_min", sa.Integer(), nullable=False),
        sa.Column("collected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("capacity > 0", name=op.f("ck_sitting_capacity")),
        sa.ForeignKeyConstraint(["exam_id"], ["exam.id"], name=op.f("fk_sitting_exam_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sitting")),
        sa.UniqueConstraint("exam_id", "name", "room", name=op.f("uq_sitting_exam_id_name_room")),
    )
    op.create_index(op.f("ix_sitting_exam_id"), "sitting", ["exam_id"], unique=False)
    op.create_index(op.f("ix_sitting_starts_at"), "sitting", ["starts_at"], unique=False)
    op.create_table(
        "candidate",
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("exam_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("position_id", sa.Uuid(), nullable=False),
        sa.Column("sitting_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("full_name", sa.String(), nullable=False),
        sa.Column("sort_key", sa.String(), nullable=False),
        sa.Column("unit_name", sa.String(), nullable=False),
        sa.Column("position_title", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("extra_time_min", sa.Integer(), nullable=False),
        sa.Column("extra_time_reason", sa.String(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=True),
        sa.Column("code_issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("status = 'entered' OR reason <> ''", name=op.f("ck_candidate_reason")),
        sa.CheckConstraint("status IN ('entered', 'exempt', 'postponed')", name=op.f("ck_candidate_status")),
        sa.CheckConstraint("extra_time_min BETWEEN 0 AND 600", name=op.f("ck_candidate_extra_time")),
        sa.ForeignKeyConstraint(["exam_id"], ["exam.id"], name=op.f("fk_candidate_exam_id")),
        sa.ForeignKeyConstraint(["period_id"], ["period.id"], name=op.f("fk_candidate_period_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_candidate_person_id")),
        sa.ForeignKeyConstraint(["position_id"], ["position.id"], name=op.f("fk_candidate_position_id")),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_candidate_sitting_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_candidate_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidate")),
        sa.UniqueConstraint("period_id", "person_id", name=op.f("uq_candidate_period_id_person_id")),
        sa.UniqueConstraint("period_id", "number", name=op.f("uq_candidate_period_id_number")),
    )
    op.create_index(op.f("ix_candidate_exam_id"), "candidate", ["exam_id"], unique=False)
    op.create_index(op.f("ix_candidate_period_id"), "candidate", ["period_id"], unique=False)
    op.create_index(op.f("ix_candidate_person_id"), "candidate", ["person_id"], unique=False)
    op.create_index(op.f("ix_candidate_position_id"), "candidate", ["position_id"], unique=False)
    op.create_index(op.f("ix_candidate_sitting_id"), "candidate", ["sitting_id"], unique=False)
    op.create_index(op.f("ix_candidate_unit_id"), "candidate", ["unit_id"], unique=False)
    op.create_table(
        "item_author",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_item_author_account_id")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["item.id"], name=op.f("fk_item_author_item_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("item_id", "account_id", name=op.f("pk_item_author")),
    )
    op.create_index(op.f("ix_item_author_account_id"), "item_author", ["account_id"], unique=False)
    op.create_table(
        "item_enemy",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.CheckConstraint("item_id < other_id", name=op.f("ck_item_enemy_order")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["item.id"], name=op.f("fk_item_enemy_item_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["item.id"], name=op.f("fk_item_enemy_other_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("item_id", "other_id", name=op.f("pk_item_enemy")),
    )
    op.create_index(op.f("ix_item_enemy_other_id"), "item_enemy", ["other_id"], unique=False)
    op.create_table(
        "item_version",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("competency", sa.String(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'in_review', 'approved', 'operational', 'suspended', 'retired')",
            name=op.f("ck_item_version_state"),
        ),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_item_version_author_id")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_item_version_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_version")),
        sa.UniqueConstraint("item_id", "number", name=op.f("uq_item_version_item_id_number")),
    )
    op.create_index(op.f("ix_item_version_content_hash"), "item_version", ["content_hash"], unique=False)
    op.create_index(op.f("ix_item_version_item_id"), "item_version", ["item_id"], unique=False)
    op.create_index(op.f("ix_item_version_state"), "item_version", ["state"], unique=False)
    op.create_index(
        "uq_item_version_operational",
        "item_version",
        ["item_id"],
        unique=True,
        postgresql_where=sa.text("state = 'operational'"),
    )
    op.create_table(
        "result",
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("exam_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("position_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("supersedes_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("points", sa.Numeric(precision=12, scale=6), nullable=False),
        sa.Column("max_points", sa.Numeric(precision=12, scale=6), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("band_code", sa.String(), nullable=False),
        sa.Column("band_label", sa.String(), nullable=False),
        sa.Column("competencies", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("was_absent", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("released_by", sa.Uuid(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind IN ('released', 'corrected', 'annulled')", name=op.f("ck_result_kind")),
        sa.CheckConstraint("outcome IN ('pass', 'fail')", name=op.f("ck_result_outcome")),
        sa.ForeignKeyConstraint(["candidate_id"], ["candidate.id"], name=op.f("fk_result_candidate_id")),
        sa.ForeignKeyConstraint(["exam_id"], ["exam.id"], name=op.f("fk_result_exam_id")),
        sa.ForeignKeyConstraint(["period_id"], ["period.id"], name=op.f("fk_result_period_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_result_person_id")),
        sa.ForeignKeyConstraint(["position_id"], ["position.id"], name=op.f("fk_result_position_id")),
        sa.ForeignKeyConstraint(["run_id"], ["scoring_run.id"], name=op.f("fk_result_run_id")),
        sa.ForeignKeyConstraint(["supersedes_id"], ["result.id"], name=op.f("fk_result_supersedes_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_result_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result")),
        sa.UniqueConstraint("candidate_id", "version", name=op.f("uq_result_candidate_id_version")),
        sa.UniqueConstraint("sequence", name=op.f("uq_result_sequence")),
        sa.UniqueConstraint("supersedes_id", name=op.f("uq_result_supersedes_id")),
    )
    op.create_index(op.f("ix_result_candidate_id"), "result", ["candidate_id"], unique=False)
    op.create_index(op.f("ix_result_exam_id"), "result", ["exam_id"], unique=False)
    op.create_index(op.f("ix_result_period_id"), "result", ["period_id"], unique=False)
    op.create_index(op.f("ix_result_person_id"), "result", ["person_id"], unique=False)
    op.create_index(op.f("ix_result_position_id"), "result", ["position_id"], unique=False)
    op.create_index(op.f("ix_result_unit_id"), "result", ["unit_id"], unique=False)
    op.create_table(
        "review_step",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["account.id"], name=op.f("fk_review_step_actor_id")),
        sa.ForeignKeyConstraint(["version_id"], ["item_version.id"], name=op.f("fk_review_step_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_step")),
    )
    op.create_index(op.f("ix_review_step_version_id"), "review_step", ["version_id"], unique=False)
    op.create_table(
        "sealed_form",
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("paper", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("form_hash", sa.String(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["candidate_id"], ["candidate.id"], name=op.f("fk_sealed_form_candidate_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealed_form")),
        sa.UniqueConstraint("candidate_id", name=op.f("uq_sealed_form_candidate_id")),
    )
    op.create_index(op.f("ix_sealed_form_form_hash"), "sealed_form", ["form_hash"], unique=False)
    op.create_table(
        "attempt",
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("form_id", sa.Uuid(), nullable=False),
        sa.Column("sitting_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("slot_count", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("late_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("collected_by", sa.String(), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("digest", sa.String(), nullable=True),
        sa.Column("receipt_code", sa.String(), nullable=True),
        sa.Column("answered_count", sa.Integer(), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("collected_by IN ('candidate', 'system')", name=op.f("ck_attempt_collected_by")),
        sa.CheckConstraint(
            "state IN ('assigned', 'started', 'submitted', 'expired', 'scored', 'void')",
            name=op.f("ck_attempt_state"),
        ),
        sa.CheckConstraint("deadline_at > starts_at", name=op.f("ck_attempt_deadline")),
        sa.ForeignKeyConstraint(["candidate_id"], ["candidate.id"], name=op.f("fk_attempt_candidate_id")),
        sa.ForeignKeyConstraint(["form_id"], ["sealed_form.id"], name=op.f("fk_attempt_form_id")),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_attempt_sitting_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        sa.UniqueConstraint("candidate_id", name=op.f("uq_attempt_candidate_id")),
        sa.UniqueConstraint("form_id", name=op.f("uq_attempt_form_id")),
        sa.UniqueConstraint("receipt_code", name=op.f("uq_attempt_receipt_code")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index(
        "ix_attempt_due",
        "attempt",
        ["deadline_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('assigned', 'started')"),
    )
    op.create_index(op.f("ix_attempt_sitting_id"), "attempt", ["sitting_id"], unique=False)
    op.create_index(op.f("ix_attempt_state"), "attempt", ["state"], unique=False)
    op.create_table(
        "form_slot",
        sa.Column("form_id", sa.Uuid(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.Numeric(precision=8, scale=3), nullable=False),
        sa.ForeignKeyConstraint(["form_id"], ["sealed_form.id"], name=op.f("fk_form_slot_form_id")),
        sa.ForeignKeyConstraint(["version_id"], ["item_version.id"], name=op.f("fk_form_slot_version_id")),
        sa.PrimaryKeyConstraint("form_id", "slot", name=op.f("pk_form_slot")),
    )
    op.create_index("ix_form_slot_version_id", "form_slot", ["version_id"], unique=False)
    op.create_table(
        "outbox_event",
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("result_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["result_id"], ["result.id"], name=op.f("fk_outbox_event_result_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_event")),
        sa.UniqueConstraint("result_id", name=op.f("uq_outbox_event_result_id")),
    )
    op.create_table(
        "outbox_delivery",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'delivered', 'parked')", name=op.f("ck_outbox_delivery_state")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["outbox_event.id"], name=op.f("fk_outbox_delivery_event_id")),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscription.id"], name=op.f("fk_outbox_delivery_subscription_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_delivery")),
        sa.UniqueConstraint(
            "event_id", "subscription_id", name=op.f("uq_outbox_delivery_event_id_subscription_id")
        ),
    )
    op.create_index(
        "ix_outbox_delivery_due",
        "outbox_delivery",
        ["subscription_id", "next_try_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        op.f("ix_outbox_delivery_subscription_id"), "outbox_delivery", ["subscription_id"], unique=False
    )
    op.create_table(
        "response",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("response", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("is_flagged", sa.Boolean(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_response_attempt_id")),
        sa.PrimaryKeyConstraint("attempt_id", "slot", name=op.f("pk_response")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_table(
        "room_decision",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_by_name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('extra_time', 'late_admission', 'new_code', 'void')", name=op.f("ck_room_decision_kind")
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_room_decision_reason")),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_room_decision_attempt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_decision")),
    )
    op.create_index(op.f("ix_room_decision_attempt_id"), "room_decision", ["attempt_id"], unique=False)
    op.create_table(
        "slot_score",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("competency", sa.String(), nullable=False),
        sa.Column("points", sa.Numeric(precision=12, scale=6), nullable=False),
        sa.Column("max_points", sa.Numeric(precision=12, scale=6), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_slot_score_attempt_id")),
        sa.ForeignKeyConstraint(["run_id"], ["scoring_run.id"], name=op.f("fk_slot_score_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot_score")),
    )
    op.create_index("ix_slot_score_attempt", "slot_score", ["attempt_id", "slot"], unique=False)
    op.create_index(op.f("ix_slot_score_run_id"), "slot_score", ["run_id"], unique=False)
    op.create_table(
        "delivery_try",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["outbox_delivery.id"], name=op.f("fk_delivery_try_delivery_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_try")),
    )
    op.create_index(op.f("ix_delivery_try_delivery_id"), "delivery_try", ["delivery_id"], unique=False)

    op.execute(REFUSE_CHANGE)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    # Scripts of several statements, with percent signs: they go to the driver as they are.
    driver = op.get_bind().connection.driver_connection
    driver.execute(GUARDS)
    driver.execute(SchemaManager.get_schema())


def downgrade() -> None:
    raise NotImplementedError("The first tables are not taken away: drop the database instead.")
