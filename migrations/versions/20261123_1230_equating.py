"""conversion of marks: what an exam declares, the tables of each paper, converted marks of results

Revision: 20261123_1230_equating
Follows: 20261123_1210_fairness
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_1230_equating"
down_revision = "20261123_1210_fairness"
branch_labels = None
depends_on = None

APPEND_ONLY = ("exam_conversion", "form_conversion")


def upgrade() -> None:
    op.add_column("exam", sa.Column("mark_scale", sa.String(), nullable=False, server_default="raw"))
    op.add_column("exam", sa.Column("mark_step", sa.Numeric(6, 3), nullable=False, server_default="0.1"))
    op.create_check_constraint(op.f("ck_exam_mark_scale"), "exam", "mark_scale IN ('raw', 'irt_true_score')")
    op.create_check_constraint(op.f("ck_exam_mark_step"), "exam", "mark_step > 0")
    _tables()
    op.add_column("result", sa.Column("converted_points", sa.Numeric(12, 6), nullable=True))
    op.add_column("result", sa.Column("conversion_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_result_conversion_id"), "result", "exam_conversion", ["conversion_id"], ["id"]
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def _tables() -> None:
    op.create_table(
        "exam_conversion",
        sa.Column("exam_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("calibration_id", sa.Uuid(), nullable=True),
        sa.Column("papers", sa.Integer(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("estimated", sa.Integer(), nullable=False),
        sa.Column("largest_change", sa.Float(), nullable=True),
        sa.Column("error", sa.Float(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("outcome IN ('converted', 'raw')", name=op.f("ck_exam_conversion_outcome")),
        sa.CheckConstraint(
            "(outcome = 'converted') = (calibration_id IS NOT NULL)",
            name=op.f("ck_exam_conversion_calibrated"),
        ),
        sa.CheckConstraint("outcome = 'converted' OR reason <> '{}'", name=op.f("ck_exam_conversion_reason")),
        sa.ForeignKeyConstraint(["exam_id"], ["exam.id"], name=op.f("fk_exam_conversion_exam_id")),
        sa.ForeignKeyConstraint(["run_id"], ["scoring_run.id"], name=op.f("fk_exam_conversion_run_id")),
        sa.ForeignKeyConstraint(
            ["calibration_id"], ["calibration.id"], name=op.f("fk_exam_conversion_calibration_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_conversion")),
    )
    op.create_index(op.f("ix_exam_conversion_exam_id"), "exam_conversion", ["exam_id"])
    op.create_table(
        "form_conversion",
        sa.Column("conversion_id", sa.Uuid(), nullable=False),
        sa.Column("form_id", sa.Uuid(), nullable=False),
        sa.Column("worth", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversion_id"], ["exam_conversion.id"], name=op.f("fk_form_conversion_conversion_id")
        ),
        sa.ForeignKeyConstraint(["form_id"], ["sealed_form.id"], name=op.f("fk_form_conversion_form_id")),
        sa.PrimaryKeyConstraint("conversion_id", "form_id", name=op.f("pk_form_conversion")),
    )
    op.create_index(op.f("ix_form_conversion_form_id"), "form_conversion", ["form_id"])


def downgrade() -> None:
    op.drop_constraint(op.f("fk_result_conversion_id"), "result", type_="foreignkey")
    for column in ("conversion_id", "converted_points"):
        op.drop_column("result", column)
    for table in reversed(APPEND_ONLY):
        op.drop_table(table)
    for column in ("mark_step", "mark_scale"):
        op.drop_column("exam", column)
