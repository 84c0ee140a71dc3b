"""where items come from

Revision: 20261123_1050_item_origin
Follows: 20261123_1020_item_signature
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_1050_item_origin"
down_revision = "20261123_1020_item_signature"
branch_labels = None
depends_on = None

TRIGGER = """
CREATE TRIGGER item_origin_frozen BEFORE UPDATE ON item_origin FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    op.create_table(
        "item_origin",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("origin_id", sa.Uuid(), nullable=True),
        sa.Column("bank", sa.String(), nullable=False),
        sa.Column("record", postgresql.JSONB(), nullable=False),
        sa.Column("record_hash", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["item.id"], name=op.f("fk_item_origin_item_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_origin")),
    )
    op.create_index(op.f("ix_item_origin_item_id"), "item_origin", ["item_id"])
    op.create_index(op.f("ix_item_origin_origin_id"), "item_origin", ["origin_id"])
    op.execute(TRIGGER)


def downgrade() -> None:
    op.drop_table("item_origin")
