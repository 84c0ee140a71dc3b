"""a commitment counts how often it was tried; evidence of candidates is counted; their browsers are not kept

Revision: 20261123_1360_limits
Follows: 20261123_1345
"""

import sqlalchemy as sa
from alembic import op

revision = "20261123_1360_limits"
down_revision = "20261123_1345"
branch_labels = None
depends_on = None

EXISTING = """
INSERT INTO evidence_count (attempt_id, kind, kept, kept_bytes, refused)
SELECT attempt_id, 'displaced', count(*), sum(coalesce(octet_length(response::text), 0)), 0
FROM displaced_response GROUP BY attempt_id
UNION ALL
SELECT attempt_id, 'late', count(*), sum(octet_length(content)), 0
FROM answer_delivery WHERE source = 'network' GROUP BY attempt_id
"""


def upgrade() -> None:
    op.add_column("commit_request", sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "evidence_count",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("kept_bytes", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("last_refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('displaced', 'late')", name=op.f("ck_evidence_count_kind")),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_evidence_count_attempt_id")),
        sa.PrimaryKeyConstraint("attempt_id", "kind", name=op.f("pk_evidence_count")),
    )
    op.execute(EXISTING)
    op.execute("UPDATE login_session SET user_agent = '' WHERE subject_kind = 'candidate'")


def downgrade() -> None:
    op.drop_table("evidence_count")
    op.drop_column("commit_request", "tries")
