"""one page holds an attempt; PINs, displaced and delivered answers

Revision: 20261123_1200_room
Follows: 20261123_1050_manage
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_1200_room"
down_revision = "20261123_1130_standards"
branch_labels = None
depends_on = None

TRIGGERS = """
CREATE TRIGGER displaced_response_append_only BEFORE UPDATE OR DELETE ON displaced_response
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER answer_delivery_append_only BEFORE UPDATE OR DELETE ON answer_delivery
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER delivered_response_verdict BEFORE UPDATE ON delivered_response
    FOR EACH ROW WHEN (OLD.verdict IS NOT NULL) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER delivered_response_kept BEFORE DELETE ON delivered_response
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    op.add_column("attempt", sa.Column("lease_holder", sa.String(), nullable=True))
    op.add_column("attempt", sa.Column("lease_login", sa.Uuid(), nullable=True))
    op.add_column(
        "attempt", sa.Column("opening_delay_ms", sa.Integer(), nullable=False, server_default=sa.text("0"))
    )
    op.alter_column("attempt", "opening_delay_ms", server_default=None)
    _create_displaced_response()
    _create_handover_pin()
    _create_answer_delivery()
    _create_delivered_response()
    op.execute(TRIGGERS)


def _create_displaced_response() -> None:
    op.create_table(
        "displaced_response",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("response", postgresql.JSONB(), nullable=True),
        sa.Column("is_flagged", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name=op.f("fk_displaced_response_attempt_id")
        ),
        sa.PrimaryKeyConstraint(
            "attempt_id", "holder", "slot", "sequence", name=op.f("pk_displaced_response")
        ),
    )


def _create_handover_pin() -> None:
    op.create_table(
        "handover_pin",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("pin_hash", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=True),
        sa.Column("issued_by_name", sa.String(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_handover_pin_reason")),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_handover_pin_attempt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_pin")),
    )
    op.create_index(op.f("ix_handover_pin_attempt_id"), "handover_pin", ["attempt_id"])


def _create_answer_delivery() -> None:
    op.create_table(
        "answer_delivery",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("entry_count", sa.Integer(), nullable=False),
        sa.Column("clock_changes", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by", sa.Uuid(), nullable=True),
        sa.Column("received_by_name", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("source IN ('network', 'file')", name=op.f("ck_answer_delivery_source")),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_answer_delivery_attempt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_delivery")),
        sa.UniqueConstraint("attempt_id", "digest", name=op.f("uq_answer_delivery_attempt_id_digest")),
    )
    op.create_index(op.f("ix_answer_delivery_attempt_id"), "answer_delivery", ["attempt_id"])


def _create_delivered_response() -> None:
    op.create_table(
        "delivered_response",
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("response", postgresql.JSONB(), nullable=True),
        sa.Column("is_flagged", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_steady", sa.Boolean(), nullable=False),
        sa.Column("standing", postgresql.JSONB(), nullable=True),
        sa.Column("standing_sequence", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_by_name", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "verdict IS NULL OR verdict IN ('accepted', 'refused')",
            name=op.f("ck_delivered_response_verdict"),
        ),
        sa.CheckConstraint("verdict IS NULL OR reason <> ''", name=op.f("ck_delivered_response_reason")),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["answer_delivery.id"], name=op.f("fk_delivered_response_delivery_id")
        ),
        sa.PrimaryKeyConstraint("delivery_id", "slot", name=op.f("pk_delivered_response")),
    )


def downgrade() -> None:
    for table in ("delivered_response", "answer_delivery", "handover_pin", "displaced_response"):
        op.drop_table(table)
    op.drop_column("attempt", "opening_delay_ms")
    op.drop_column("attempt", "lease_login")
    op.drop_column("attempt", "lease_holder")
