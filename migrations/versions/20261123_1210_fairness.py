"""fairness reports; what a period's answers alone say of the difficulty of an item

Revision: 20261123_1210_fairness
Follows: 20261123_1200_room
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_1210_fairness"
down_revision = "20261123_1200_room"
branch_labels = None
depends_on = None

TRIGGER = """
CREATE TRIGGER fairness_report_append_only BEFORE UPDATE OR DELETE ON fairness_report
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""

# Calibrations made before had no other figure for it; a linked one may differ by the shift of the scale, which every
# comparison takes out.
BACKFILL = """
ALTER TABLE item_calibration DISABLE TRIGGER item_calibration_append_only;
UPDATE item_calibration SET location = discrimination * difficulty,
    location_error = discrimination * difficulty_error;
ALTER TABLE item_calibration ENABLE TRIGGER item_calibration_append_only;
"""


def upgrade() -> None:
    for name in ("location", "location_error"):
        op.add_column("item_calibration", sa.Column(name, sa.Float(), nullable=True))
    op.execute(BACKFILL)
    for name in ("location", "location_error"):
        op.alter_column("item_calibration", name, nullable=False)
    op.create_table(
        "fairness_report",
        sa.Column("exam_id", sa.Uuid(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("fitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("missing", sa.String(), nullable=True),
        sa.Column("figures", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("stage IN ('drawn', 'sat')", name=op.f("ck_fairness_report_stage")),
        sa.CheckConstraint(
            "(missing IS NULL) = (figures IS NOT NULL)", name=op.f("ck_fairness_report_figures")
        ),
        sa.CheckConstraint(
            "(stage = 'sat') = (fitted_at IS NOT NULL)", name=op.f("ck_fairness_report_fitted_at")
        ),
        sa.ForeignKeyConstraint(["exam_id"], ["exam.id"], name=op.f("fk_fairness_report_exam_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fairness_report")),
        sa.UniqueConstraint(
            "exam_id",
            "stage",
            "fitted_at",
            name=op.f("uq_fairness_report_exam_id_stage_fitted_at"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.execute(TRIGGER)


def downgrade() -> None:
    op.drop_table("fairness_report")
    for name in ("location_error", "location"):
        op.drop_column("item_calibration", name)
