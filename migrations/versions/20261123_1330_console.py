"""heads of rooms, more decisions, thresholds of the board, encrypted settings of Safe Exam Browser, reopened tests

Revision: 20261123_1330_console
Follows: 20261123_1290_room6
"""

import sqlalchemy as sa
from alembic import op

revision = "20261123_1330_console"
down_revision = "20261123_1290_room6"
branch_labels = None
depends_on = None

BEFORE = (
    "'extra_time', 'late_admission', 'new_code', 'void', 'pause', 'resume', 'shift', 'identity', 'restore'"
)
NEW = "'identity_refused', 'present', 'absent', 'hand_in', 'reopen', 'note'"

# A test that was handed in is opened again by one way only: under a decision that says why, taken after the hand-in.
KEEP_HANDED_IN = """
CREATE OR REPLACE FUNCTION keep_handed_in() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'an attempt is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.submitted_at IS NOT NULL
       AND (to_jsonb(NEW) - 'state') <> (to_jsonb(OLD) - 'state') THEN
        {except_reopened}
        RAISE EXCEPTION 'an attempt that was handed in is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""
REOPENED = """
        IF OLD.state IN ('submitted', 'expired') AND NEW.state = 'started' AND NEW.submitted_at IS NULL
           AND (NEW.candidate_id, NEW.form_id, NEW.sitting_id, NEW.slot_count)
               = (OLD.candidate_id, OLD.form_id, OLD.sitting_id, OLD.slot_count)
           AND EXISTS (SELECT FROM room_decision WHERE attempt_id = OLD.id AND kind = 'reopen'
                       AND at >= OLD.submitted_at) THEN
            RETURN NEW;
        END IF;
"""


def upgrade() -> None:
    _allow(f"{BEFORE}, {NEW}")
    op.execute(KEEP_HANDED_IN.format(except_reopened=REOPENED))
    # Whoever watched a room until now could give extra time there: they stay able to.
    op.add_column(
        "sitting_invigilator", sa.Column("is_head", sa.Boolean(), nullable=False, server_default="true")
    )
    op.alter_column("sitting_invigilator", "is_head", server_default=None)
    op.add_column("entry_rule", sa.Column("settings_key", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "board_threshold",
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("offline_after_s", sa.Integer(), nullable=False),
        sa.Column("unsaved_from", sa.Integer(), nullable=False),
        sa.Column("not_started_after_min", sa.Integer(), nullable=False),
        sa.Column("focus_lost_from", sa.Integer(), nullable=False),
        sa.CheckConstraint("offline_after_s BETWEEN 40 AND 900", name=op.f("ck_board_threshold_offline")),
        sa.CheckConstraint("unsaved_from BETWEEN 1 AND 100", name=op.f("ck_board_threshold_unsaved")),
        sa.CheckConstraint(
            "not_started_after_min BETWEEN 0 AND 60", name=op.f("ck_board_threshold_not_started")
        ),
        sa.CheckConstraint("focus_lost_from BETWEEN 1 AND 100", name=op.f("ck_board_threshold_focus")),
        sa.ForeignKeyConstraint(
            ["period_id"], ["period.id"], name=op.f("fk_board_threshold_period_id_period"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("period_id", name=op.f("pk_board_threshold")),
    )


def downgrade() -> None:
    op.drop_table("board_threshold")
    op.drop_column("entry_rule", "settings_key")
    op.drop_column("sitting_invigilator", "is_head")
    op.execute(KEEP_HANDED_IN.format(except_reopened=""))
    op.execute("ALTER TABLE room_decision DISABLE TRIGGER room_decision_append_only")
    op.execute(f"DELETE FROM room_decision WHERE kind IN ({NEW})")  # noqa: S608 - NEW is a constant of this file
    op.execute("ALTER TABLE room_decision ENABLE TRIGGER room_decision_append_only")
    _allow(BEFORE)


def _allow(kinds: str) -> None:
    op.drop_constraint(op.f("ck_room_decision_kind"), "room_decision")
    op.create_check_constraint(op.f("ck_room_decision_kind"), "room_decision", f"kind IN ({kinds})")
