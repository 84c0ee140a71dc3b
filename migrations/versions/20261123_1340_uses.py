"""how many papers of a draw hold each version

Revision: 20261123_1340
Follows: 20261123_1330_console
"""

import sqlalchemy as sa
from alembic import op

revision = "20261123_1340"
down_revision = "20261123_1330_console"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "drawn_use",
        sa.Column("exam_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("papers", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["exam_id"], ["exam_draw.exam_id"], name=op.f("fk_drawn_use_exam_id")),
        sa.ForeignKeyConstraint(["version_id"], ["item_version.id"], name=op.f("fk_drawn_use_version_id")),
        sa.PrimaryKeyConstraint("exam_id", "version_id", name=op.f("pk_drawn_use")),
    )
    # Papers drawn before: those of everybody but the late.
    op.execute(
        "INSERT INTO drawn_use (exam_id, version_id, papers) "
        "SELECT candidate.exam_id, form_slot.version_id, count(*) FROM form_slot "
        "JOIN sealed_form ON sealed_form.id = form_slot.form_id "
        "JOIN candidate ON candidate.id = sealed_form.candidate_id "
        "JOIN exam_draw ON exam_draw.exam_id = candidate.exam_id "
        "WHERE NOT EXISTS (SELECT FROM late_draw WHERE late_draw.candidate_id = candidate.id) "
        "GROUP BY candidate.exam_id, form_slot.version_id"
    )
    op.execute(
        "CREATE TRIGGER drawn_use_append_only BEFORE UPDATE OR DELETE ON drawn_use "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("drawn_use")
