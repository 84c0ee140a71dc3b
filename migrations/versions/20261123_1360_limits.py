"""a commitment counts how often it was tried

Revision: 20261123_1360_limits
Follows: 20261123_1290_room6
"""

import sqlalchemy as sa
from alembic import op

revision = "20261123_1360_limits"
down_revision = "20261123_1290_room6"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("commit_request", sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("commit_request", "tries")
