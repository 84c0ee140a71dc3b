"""the two-step ceremony of the draw

Revision: 20261123_1100_draw
Follows: 20261123_1080_gram_sketch
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_1100_draw"
down_revision = "20261123_1080_gram_sketch"
branch_labels = None
depends_on = None

GUARDS = """
CREATE FUNCTION keep_draw_ceremony() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    free text[] := ARRAY[]::text[];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a ceremony of the draw is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.drawn_at IS NULL AND OLD.withdrawn_at IS NULL THEN
        free := ARRAY['drawn_at', 'papers_root', 'withdrawn_by', 'withdrawn_at', 'withdrawn_reason'];
        IF OLD.confirmed_at IS NULL THEN
            free := free || ARRAY['entries', 'public_entropy', 'confirmed_by', 'confirmed_id', 'confirmed_at'];
        END IF;
    END IF;
    IF (to_jsonb(NEW) - free) <> (to_jsonb(OLD) - free) THEN
        RAISE EXCEPTION 'what was committed, confirmed or withdrawn is never changed'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER draw_ceremony_kept BEFORE UPDATE OR DELETE ON draw_ceremony
    FOR EACH ROW EXECUTE FUNCTION keep_draw_ceremony();
CREATE TRIGGER draw_commitment_append_only BEFORE UPDATE OR DELETE ON draw_commitment
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    op.create_table(
        "draw_ceremony",
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("commitment", sa.String(), nullable=False),
        sa.Column("committed_by", sa.String(), nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entries", postgresql.JSONB(), nullable=False),
        sa.Column("public_entropy", sa.String(), nullable=True),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.Column("confirmed_id", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("papers_root", sa.String(), nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "confirmed_at IS NULL OR public_entropy IS NOT NULL", name=op.f("ck_draw_ceremony_confirmed")
        ),
        sa.CheckConstraint(
            "withdrawn_at IS NULL OR withdrawn_reason <> ''", name=op.f("ck_draw_ceremony_withdrawn_reason")
        ),
        sa.ForeignKeyConstraint(["period_id"], ["period.id"], name=op.f("fk_draw_ceremony_period_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_ceremony")),
        sa.UniqueConstraint("period_id", "number", name=op.f("uq_draw_ceremony_period_id_number")),
    )
    op.create_index(
        "ix_draw_ceremony_live",
        "draw_ceremony",
        ["period_id"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "draw_commitment",
        sa.Column("ceremony_id", sa.Uuid(), nullable=False),
        sa.Column("exam_code", sa.String(), nullable=False),
        sa.Column("exam_id", sa.Uuid(), nullable=False),
        sa.Column("exam_title", sa.String(), nullable=False),
        sa.Column("commitment", sa.String(), nullable=False),
        sa.Column("candidates", sa.Integer(), nullable=False),
        sa.Column("manifest", postgresql.JSONB(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ceremony_id"], ["draw_ceremony.id"], name=op.f("fk_draw_commitment_ceremony_id")
        ),
        sa.PrimaryKeyConstraint("ceremony_id", "exam_code", name=op.f("pk_draw_commitment")),
    )
    op.create_table(
        "draw_progress",
        sa.Column("ceremony_id", sa.Uuid(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("refusal", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["ceremony_id"], ["draw_ceremony.id"], name=op.f("fk_draw_progress_ceremony_id")
        ),
        sa.PrimaryKeyConstraint("ceremony_id", name=op.f("pk_draw_progress")),
    )
    op.add_column("exam_draw", sa.Column("ceremony_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_exam_draw_ceremony_id"), "exam_draw", ["ceremony_id"])
    op.create_foreign_key(
        op.f("fk_exam_draw_ceremony_id"), "exam_draw", "draw_ceremony", ["ceremony_id"], ["id"]
    )
    op.add_column(
        "form_slot", sa.Column("is_pretest", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.execute(GUARDS)


def downgrade() -> None:
    op.drop_column("form_slot", "is_pretest")
    op.drop_column("exam_draw", "ceremony_id")
    op.drop_table("draw_progress")
    op.drop_table("draw_commitment")
    op.drop_table("draw_ceremony")
    op.execute("DROP FUNCTION keep_draw_ceremony()")
