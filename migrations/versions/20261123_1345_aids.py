"""an exam chooses its tools and its permitted documents

Revision: 20261123_1345
Follows: 20261123_1340
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_1345"
down_revision = "20261123_1340"
branch_labels = None
depends_on = None

TRIGGERS = """
CREATE FUNCTION period_state_of_exam(own_exam_id uuid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT period.state FROM exam JOIN period ON period.id = exam.period_id WHERE exam.id = own_exam_id
$$;
CREATE FUNCTION keep_exam_tools() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF period_state_of_exam(COALESCE(NEW.exam_id, OLD.exam_id)) NOT IN ('draft', 'sealed') THEN
        RAISE EXCEPTION 'the tools of an opened exam are never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER exam_tools_kept BEFORE INSERT OR UPDATE OR DELETE ON exam_tools
    FOR EACH ROW EXECUTE FUNCTION keep_exam_tools();
CREATE TRIGGER tool_change_append_only BEFORE UPDATE OR DELETE ON tool_change
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER statute_content_kept BEFORE UPDATE OR DELETE ON statute_content
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE FUNCTION keep_permitted_document() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF period_state_of_exam(COALESCE(OLD.exam_id, NEW.exam_id)) <> 'draft'
       OR period_state_of_exam(COALESCE(NEW.exam_id, OLD.exam_id)) <> 'draft' THEN
        RAISE EXCEPTION 'a permitted document of a sealed period is never changed'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER permitted_document_sealed BEFORE INSERT OR UPDATE OR DELETE ON permitted_document
    FOR EACH ROW EXECUTE FUNCTION keep_permitted_document();
"""


def upgrade() -> None:
    _create_tools()
    _create_statutes()
    op.execute(TRIGGERS)


def _create_tools() -> None:
    op.create_table(
        "exam_tools",
        sa.Column("exam_id", sa.Uuid(), nullable=False),
        sa.Column("tools", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["exam_id"], ["exam.id"], name=op.f("fk_exam_tools_exam_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("exam_id", name=op.f("pk_exam_tools")),
    )
    op.create_table(
        "tool_change",
        sa.Column("exam_id", sa.Uuid(), nullable=False),
        sa.Column("before", postgresql.JSONB(), nullable=False),
        sa.Column("after", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("changed_by_name", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_tool_change_reason")),
        sa.ForeignKeyConstraint(["exam_id"], ["exam.id"], name=op.f("fk_tool_change_exam_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tool_change")),
    )
    op.create_index(op.f("ix_tool_change_exam_id"), "tool_change", ["exam_id"])


def _create_statutes() -> None:
    op.create_table(
        "statute_content",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_statute_content_sha256")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_statute_content")),
    )
    op.create_table(
        "permitted_document",
        sa.Column("exam_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("legal_document_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("figures", postgresql.JSONB(), nullable=False),
        sa.Column("findings", postgresql.JSONB(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("file_sha256", sa.String(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("added_by_name", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by_name", sa.String(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["exam_id"], ["exam.id"], name=op.f("fk_permitted_document_exam_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["legal_document_id"], ["legal_document.id"], name=op.f("fk_permitted_document_legal_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["sha256"], ["statute_content.sha256"], name=op.f("fk_permitted_document_sha256")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permitted_document")),
        sa.UniqueConstraint("exam_id", "sha256", name=op.f("uq_permitted_document_exam_id_sha256")),
    )
    op.create_index(op.f("ix_permitted_document_exam_id"), "permitted_document", ["exam_id"])
    op.create_index(op.f("ix_permitted_document_sha256"), "permitted_document", ["sha256"])


def downgrade() -> None:
    for table in ("permitted_document", "statute_content", "tool_change", "exam_tools"):
        op.drop_table(table)
    op.execute("DROP FUNCTION keep_permitted_document, keep_exam_tools, period_state_of_exam")
