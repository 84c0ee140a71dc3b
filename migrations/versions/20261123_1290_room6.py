"""a void attempt can stand again; an exam may name the Browser Exam Keys that it takes

Revision: 20261123_1290_room6
Follows: 20261123_1270_late
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_1290_room6"
down_revision = "20261123_1270_late"
branch_labels = None
depends_on = None

BEFORE = "'extra_time', 'late_admission', 'new_code', 'void', 'pause', 'resume', 'shift', 'identity'"


def upgrade() -> None:
    _allow(f"{BEFORE}, 'restore'")
    op.add_column(
        "entry_rule",
        sa.Column("browser_exam_keys", postgresql.JSONB(), nullable=False, server_default="[]"),
    )


def downgrade() -> None:
    op.drop_column("entry_rule", "browser_exam_keys")
    _allow(BEFORE)


def _allow(kinds: str) -> None:
    op.drop_constraint(op.f("ck_room_decision_kind"), "room_decision")
    op.create_check_constraint(op.f("ck_room_decision_kind"), "room_decision", f"kind IN ({kinds})")
