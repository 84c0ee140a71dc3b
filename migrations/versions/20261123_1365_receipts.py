"""the codes of receipts that count no more, because the test was reopened, stay known to the check of receipts

Revision: 20261123_1365_receipts
Follows: 20261123_1360_limits
"""

import sqlalchemy as sa
from alembic import op

revision = "20261123_1365_receipts"
down_revision = "20261123_1360_limits"
branch_labels = None
depends_on = None

EXISTING = """
INSERT INTO withdrawn_receipt (receipt_code, attempt_id, withdrawn_at)
SELECT detail ->> 'receipt_code', attempt_id, at FROM room_decision
WHERE kind = 'reopen' AND detail ->> 'receipt_code' IS NOT NULL
"""
APPEND_ONLY = """
CREATE TRIGGER withdrawn_receipt_append_only BEFORE UPDATE OR DELETE ON withdrawn_receipt
    FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""


def upgrade() -> None:
    op.create_table(
        "withdrawn_receipt",
        sa.Column("receipt_code", sa.String(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_withdrawn_receipt_attempt_id")),
        sa.PrimaryKeyConstraint("receipt_code", name=op.f("pk_withdrawn_receipt")),
    )
    op.execute(EXISTING)
    op.execute(APPEND_ONLY)


def downgrade() -> None:
    op.drop_table("withdrawn_receipt")
