"""a player tells what is wrong with its computer, and what was entered while the clock stood still

Revision: 20261123_1370_machines
Follows: 20261123_1365_receipts
"""

import sqlalchemy as sa
from alembic import op

revision = "20261123_1370_machines"
down_revision = "20261123_1365_receipts"
branch_labels = None
depends_on = None

NAME = "ck_attempt_signal_kind"
BEFORE = "kind IN ('focus_lost', 'copied', 'taken_over')"
AFTER = (
    "kind IN ('focus_lost', 'copied', 'taken_over', 'battery', 'clock_off', 'not_kept', 'line_bad', 'window_bad', "
    "'browser_bad', 'typed_in_pause', 'cut_off_in_pause')"
)


def upgrade() -> None:
    op.add_column("attempt_signal", sa.Column("value", sa.Integer(), nullable=False, server_default="0"))
    op.drop_constraint(op.f(NAME), "attempt_signal", type_="check")
    op.create_check_constraint(op.f(NAME), "attempt_signal", AFTER)


def downgrade() -> None:
    op.execute("DELETE FROM attempt_signal WHERE kind NOT IN ('focus_lost', 'copied', 'taken_over')")
    op.drop_constraint(op.f(NAME), "attempt_signal", type_="check")
    op.create_check_constraint(op.f(NAME), "attempt_signal", BEFORE)
    op.drop_column("attempt_signal", "value")
