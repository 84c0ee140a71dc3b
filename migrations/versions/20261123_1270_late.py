"""papers drawn after the seal, for candidates who were added to a sealed period

Revision: 20261123_1270_late
Follows: 20261123_1250_documents
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_1270_late"
down_revision = "20261123_1250_documents"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "late_draw",
        sa.Column("exam_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("chain", sa.String(), nullable=False),
        sa.Column("taker", postgresql.JSONB(), nullable=False),
        sa.Column("marks_off", postgresql.JSONB(), nullable=False),
        sa.Column("is_admitted", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("drawn_by", sa.Uuid(), nullable=True),
        sa.Column("drawn_by_name", sa.String(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_late_draw_number")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_late_draw_reason")),
        sa.ForeignKeyConstraint(["exam_id"], ["exam_draw.exam_id"], name=op.f("fk_late_draw_exam_id")),
        sa.ForeignKeyConstraint(["candidate_id"], ["candidate.id"], name=op.f("fk_late_draw_candidate_id")),
        sa.PrimaryKeyConstraint("exam_id", "number", name=op.f("pk_late_draw")),
        sa.UniqueConstraint("candidate_id", name=op.f("uq_late_draw_candidate_id")),
    )
    op.execute(
        "CREATE TRIGGER late_draw_append_only BEFORE UPDATE OR DELETE ON late_draw "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("late_draw")
