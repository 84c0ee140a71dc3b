"""statistics of items per period, flags with their decisions, key decisions, signs of irregularities

Revision: 20261123_1120_item_statistics
Follows: 20261123_1050_manage
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_1120_item_statistics"
down_revision = "20261123_1110_calibration"
branch_labels = None
depends_on = None

APPEND_ONLY = ("flag_decision", "key_decision")


def upgrade() -> None:
    op.create_table(
        "statistics_run",
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("scoring_run_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("responses", sa.Integer(), nullable=False),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["period_id"], ["period.id"], name=op.f("fk_statistics_run_period_id")),
        sa.ForeignKeyConstraint(
            ["scoring_run_id"], ["scoring_run.id"], name=op.f("fk_statistics_run_scoring_run_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statistics_run")),
        sa.UniqueConstraint("scoring_run_id", name=op.f("uq_statistics_run_scoring_run_id")),
    )
    op.create_index(op.f("ix_statistics_run_period_id"), "statistics_run", ["period_id"], unique=False)
    op.create_table(
        "flag_decision",
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_flag_decision_reason")),
        sa.CheckConstraint("verdict IN ('keep', 'full_marks')", name=op.f("ck_flag_decision_verdict")),
        sa.ForeignKeyConstraint(["period_id"], ["period.id"], name=op.f("fk_flag_decision_period_id")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["item_version.id"], name=op.f("fk_flag_decision_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag_decision")),
    )
    op.create_index(
        "ix_flag_decision_flag", "flag_decision", ["period_id", "version_id", "code"], unique=False
    )
    op.create_table(
        "item_figures",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("facility", sa.Float(), nullable=True),
        sa.Column("discrimination", sa.Float(), nullable=True),
        sa.Column("difficulty", sa.Float(), nullable=True),
        sa.Column("difficulty_error", sa.Float(), nullable=True),
        sa.Column("median_s", sa.Float(), nullable=True),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["statistics_run.id"], name=op.f("fk_item_figures_run_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["version_id"], ["item_version.id"], name=op.f("fk_item_figures_version_id")),
        sa.PrimaryKeyConstraint("run_id", "version_id", name=op.f("pk_item_figures")),
    )
    op.create_index("ix_item_figures_version_id", "item_figures", ["version_id", "n"], unique=False)
    op.create_table(
        "item_flag",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("is_serious", sa.Boolean(), nullable=False),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["statistics_run.id"], name=op.f("fk_item_flag_run_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["version_id"], ["item_version.id"], name=op.f("fk_item_flag_version_id")),
        sa.PrimaryKeyConstraint("run_id", "version_id", "code", name=op.f("pk_item_flag")),
    )
    op.create_index(op.f("ix_item_flag_version_id"), "item_flag", ["version_id"], unique=False)
    op.create_table(
        "key_decision",
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_key_decision_reason")),
        sa.CheckConstraint("verdict IN ('as_keyed', 'full_marks')", name=op.f("ck_key_decision_verdict")),
        sa.ForeignKeyConstraint(["period_id"], ["period.id"], name=op.f("fk_key_decision_period_id")),
        sa.ForeignKeyConstraint(["version_id"], ["item_version.id"], name=op.f("fk_key_decision_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_decision")),
    )
    op.create_index("ix_key_decision_version", "key_decision", ["period_id", "version_id"], unique=False)
    op.create_table(
        "irregularity_sign",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("other_attempt_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("strength", sa.Float(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('person_fit', 'rapid_guessing', 'preknowledge', 'exposed_speed', 'gain', 'similarity')",
            name=op.f("ck_irregularity_sign_kind"),
        ),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_irregularity_sign_attempt_id")),
        sa.ForeignKeyConstraint(
            ["other_attempt_id"], ["attempt.id"], name=op.f("fk_irregularity_sign_other_attempt_id")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["statistics_run.id"], name=op.f("fk_irregularity_sign_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_irregularity_sign")),
    )
    op.create_index(
        op.f("ix_irregularity_sign_attempt_id"), "irregularity_sign", ["attempt_id"], unique=False
    )
    op.create_index(op.f("ix_irregularity_sign_run_id"), "irregularity_sign", ["run_id"], unique=False)

    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_table("irregularity_sign")
    op.drop_table("item_flag")
    op.drop_table("item_figures")
    op.drop_table("statistics_run")
    op.drop_table("flag_decision")
    op.drop_table("key_decision")
