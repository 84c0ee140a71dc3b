"""papers drawn after the seal for candidates who were added then; commitments made in the background

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
    op.create_table(
        "commit_request",
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("requested_by_name", sa.String(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusal", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["period_id"], ["period.id"], name=op.f("fk_commit_request_period_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commit_request")),
    )
    op.create_index(op.f("ix_commit_request_period_id"), "commit_request", ["period_id"])
    op.create_index(
        "ix_commit_request_waiting",
        "commit_request",
        ["period_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.execute(
        "CREATE TRIGGER late_draw_append_only BEFORE UPDATE OR DELETE ON late_draw "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("commit_request")
    op.drop_table("late_draw")
