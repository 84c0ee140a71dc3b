"""numbered documents with their prints, and what candidates must prove before they enter

Revision: 20261123_1250_documents
Follows: 20261123_1240_clock
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_1250_documents"
down_revision = "20261123_1240_clock"
branch_labels = None
depends_on = None

KEPT = ("issued_document", "document_print", "entry_proof", "entry_waiver")


def upgrade() -> None:
    _create_documents()
    _create_prints()
    _create_entry_rules()
    _create_entry_evidence()
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def _create_documents() -> None:
    op.create_table(
        "document_series",
        sa.Column("symbol", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.CheckConstraint("last_number > 0", name=op.f("ck_document_series_last_number")),
        sa.PrimaryKeyConstraint("symbol", "year", name=op.f("pk_document_series")),
    )
    op.create_table(
        "issued_document",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("sitting_id", sa.Uuid(), nullable=True),
        sa.Column("symbol", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("typed", postgresql.JSONB(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=True),
        sa.Column("issued_by_name", sa.String(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_issued_document_version")),
        sa.CheckConstraint("version = 1 OR reason <> ''", name=op.f("ck_issued_document_reason")),
        sa.ForeignKeyConstraint(["period_id"], ["period.id"], name=op.f("fk_issued_document_period_id")),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_issued_document_sitting_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issued_document")),
        sa.UniqueConstraint("symbol", "year", "number", name=op.f("uq_issued_document_symbol_year_number")),
        sa.UniqueConstraint(
            "kind", "subject_id", "version", name=op.f("uq_issued_document_kind_subject_id_version")
        ),
        sa.UniqueConstraint("content_hash", name=op.f("uq_issued_document_content_hash")),
    )
    op.create_index(op.f("ix_issued_document_period_id"), "issued_document", ["period_id"])
    op.create_index(op.f("ix_issued_document_sitting_id"), "issued_document", ["sitting_id"])


def _create_prints() -> None:
    op.create_table(
        "document_print",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("printed_by", sa.Uuid(), nullable=True),
        sa.Column("printed_by_name", sa.String(), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("format IN ('pdf', 'docx')", name=op.f("ck_document_print_format")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["issued_document.id"], name=op.f("fk_document_print_document_id")
        ),
        sa.PrimaryKeyConstraint("document_id", "number", name=op.f("pk_document_print")),
    )


def _create_entry_rules() -> None:
    op.create_table(
        "entry_rule",
        sa.Column("exam_id", sa.Uuid(), nullable=False),
        sa.Column("needs_browser", sa.Boolean(), nullable=False),
        sa.Column("needs_code", sa.Boolean(), nullable=False),
        sa.Column("quit_password_hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["exam_id"], ["exam.id"], name=op.f("fk_entry_rule_exam_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("exam_id", name=op.f("pk_entry_rule")),
    )
    op.create_table(
        "room_network",
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("networks", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["period_id"], ["period.id"], name=op.f("fk_room_network_period_id")),
        sa.PrimaryKeyConstraint("period_id", "room", name=op.f("pk_room_network")),
    )
    op.create_table(
        "sitting_code",
        sa.Column("sitting_id", sa.Uuid(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.CheckConstraint("generation > 0", name=op.f("ck_sitting_code_generation")),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sitting.id"], name=op.f("fk_sitting_code_sitting_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sitting_id", name=op.f("pk_sitting_code")),
    )


def _create_entry_evidence() -> None:
    conditions = "condition IN ('network', 'browser', 'code')"
    op.create_table(
        "entry_proof",
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("condition", sa.String(), nullable=False),
        sa.Column("login_id", sa.Uuid(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("proven_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(conditions, name=op.f("ck_entry_proof_condition")),
        sa.ForeignKeyConstraint(["candidate_id"], ["candidate.id"], name=op.f("fk_entry_proof_candidate_id")),
        sa.PrimaryKeyConstraint("candidate_id", "condition", "login_id", name=op.f("pk_entry_proof")),
    )
    op.create_table(
        "entry_waiver",
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("condition", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("waived_by", sa.Uuid(), nullable=True),
        sa.Column("waived_by_name", sa.String(), nullable=False),
        sa.Column("waived_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(conditions, name=op.f("ck_entry_waiver_condition")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_entry_waiver_reason")),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_entry_waiver_candidate_id")
        ),
        sa.PrimaryKeyConstraint("candidate_id", "condition", name=op.f("pk_entry_waiver")),
    )


def downgrade() -> None:
    for table in (
        "entry_waiver",
        "entry_proof",
        "sitting_code",
        "room_network",
        "entry_rule",
        "document_print",
        "issued_document",
        "document_series",
    ):
        op.drop_table(table)
