"""a sketch of the grams of each signature, by which most candidates are told apart without reading their grams

Revision: 20261123_1080_gram_sketch
Follows: 20261123_1070_item_search
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_1080_gram_sketch"
down_revision = "20261123_1070_item_search"
branch_labels = None
depends_on = None

# As exam_service.bank.similar.sketch makes it: one bit for each gram, by its remainder.
EXISTING = """
UPDATE item_signature SET sketch = coalesce(
    (
        SELECT bit_or(set_bit(CAST(repeat('0', 512) AS bit(512)), (gram % 512 + 512) % 512, 1))
        FROM unnest(grams) AS gram
    ),
    CAST(repeat('0', 512) AS bit(512))
)
"""


def upgrade() -> None:
    op.add_column("item_signature", sa.Column("sketch", postgresql.BIT(512), nullable=True))
    op.execute(EXISTING)
    op.alter_column("item_signature", "sketch", nullable=False)


def downgrade() -> None:
    op.drop_column("item_signature", "sketch")
