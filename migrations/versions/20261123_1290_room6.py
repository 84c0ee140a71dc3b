"""a void attempt can stand again: the decision that restores it

Revision: 20261123_1290_room6
Follows: 20261123_1250_documents
"""

from alembic import op

revision = "20261123_1290_room6"
down_revision = "20261123_1250_documents"
branch_labels = None
depends_on = None

BEFORE = "'extra_time', 'late_admission', 'new_code', 'void', 'pause', 'resume', 'shift', 'identity'"


def upgrade() -> None:
    _allow(f"{BEFORE}, 'restore'")


def downgrade() -> None:
    _allow(BEFORE)


def _allow(kinds: str) -> None:
    op.drop_constraint(op.f("ck_room_decision_kind"), "room_decision")
    op.create_check_constraint(op.f("ck_room_decision_kind"), "room_decision", f"kind IN ({kinds})")
