"""calibrations of items and abilities behind attempts

Revision: 20261123_1110_calibration
Follows: 20261123_1050_manage
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_1110_calibration"
down_revision = "20261123_1100_draw"
branch_labels = None
depends_on = None

APPEND_ONLY = ("calibration", "item_calibration", "attempt_ability")


def upgrade() -> None:
    json = postgresql.JSONB(astext_type=sa.Text())
    op.create_table(
        "calibration",
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("reason", json, nullable=False),
        sa.Column("scale_id", sa.Uuid(), nullable=True),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("anchors", sa.Integer(), nullable=False),
        sa.Column("reliability", sa.Float(), nullable=True),
        sa.Column("population_mean", sa.Float(), nullable=True),
        sa.Column("population_sd", sa.Float(), nullable=True),
        sa.Column("log_likelihood", sa.Float(), nullable=True),
        sa.Column("left_out", json, nullable=False),
        sa.Column("fitted_by", sa.Uuid(), nullable=True),
        sa.Column("fitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("outcome IN ('fitted', 'refused')", name=op.f("ck_calibration_outcome")),
        sa.CheckConstraint("model IS NULL OR model IN ('rasch', '2pl')", name=op.f("ck_calibration_model")),
        sa.CheckConstraint(
            "(outcome = 'fitted') = (model IS NOT NULL)", name=op.f("ck_calibration_fitted_model")
        ),
        sa.CheckConstraint(
            "(outcome = 'fitted') = (scale_id IS NOT NULL)", name=op.f("ck_calibration_fitted_scale")
        ),
        sa.ForeignKeyConstraint(["period_id"], ["period.id"], name=op.f("fk_calibration_period_id")),
        sa.ForeignKeyConstraint(["run_id"], ["scoring_run.id"], name=op.f("fk_calibration_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calibration")),
    )
    for column in ("period_id", "run_id", "scale_id"):
        op.create_index(op.f(f"ix_calibration_{column}"), "calibration", [column])
    op.create_table(
        "item_calibration",
        sa.Column("calibration_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("responses", sa.Integer(), nullable=False),
        sa.Column("discrimination", sa.Float(), nullable=False),
        sa.Column("difficulty", sa.Float(), nullable=False),
        sa.Column("discrimination_error", sa.Float(), nullable=False),
        sa.Column("difficulty_error", sa.Float(), nullable=False),
        sa.Column("infit", sa.Float(), nullable=True),
        sa.Column("shift", sa.Float(), nullable=True),
        sa.Column("is_anchor", sa.Boolean(), nullable=False),
        sa.Column("is_drifted", sa.Boolean(), nullable=False),
        sa.CheckConstraint("difficulty_error > 0", name=op.f("ck_item_calibration_error")),
        sa.ForeignKeyConstraint(
            ["calibration_id"], ["calibration.id"], name=op.f("fk_item_calibration_calibration_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["item_version.id"], name=op.f("fk_item_calibration_version_id")
        ),
        sa.PrimaryKeyConstraint("calibration_id", "version_id", name=op.f("pk_item_calibration")),
    )
    op.create_index("ix_item_calibration_version_id", "item_calibration", ["version_id", "calibration_id"])
    op.create_table(
        "attempt_ability",
        sa.Column("calibration_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("theta", sa.Float(), nullable=False),
        sa.Column("error", sa.Float(), nullable=False),
        sa.CheckConstraint("error > 0", name=op.f("ck_attempt_ability_error")),
        sa.ForeignKeyConstraint(
            ["calibration_id"], ["calibration.id"], name=op.f("fk_attempt_ability_calibration_id")
        ),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_attempt_ability_attempt_id")),
        sa.PrimaryKeyConstraint("calibration_id", "attempt_id", name=op.f("pk_attempt_ability")),
    )
    op.create_index(op.f("ix_attempt_ability_attempt_id"), "attempt_ability", ["attempt_id"])
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in reversed(APPEND_ONLY):
        op.drop_table(table)
