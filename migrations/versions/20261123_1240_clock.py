"""the clock as decisions, messages, seats, violations, incidents, signals of attention

Revision: 20261123_1240_clock
Follows: 20261123_1230_equating
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_1240_clock"
down_revision = "20261123_1230_equating"
branch_labels = None
depends_on = None

DECISIONS = "'extra_time', 'late_admission', 'new_code', 'void', 'pause', 'resume', 'shift', 'identity'"
APPEND_ONLY = (
    "room_message",
    "message_receipt",
    "violation",
    "violation_withdrawal",
    "incident",
    "incident_attempt",
)


def upgrade() -> None:
    _widen_exam_and_sitting()
    _widen_decisions()
    _create_messages_and_signals()
    _create_people_and_seats()
    _create_violations()
    _create_incidents()
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def _widen_exam_and_sitting() -> None:
    for name in ("earliest_submit_min", "reprimand_percent", "warning_percent"):
        op.add_column("exam", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.add_column("exam", sa.Column("watches_focus", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_check_constraint(
        op.f("ck_exam_earliest_submit"), "exam", "earliest_submit_min BETWEEN 0 AND 600"
    )
    op.create_check_constraint(
        op.f("ck_exam_deductions"),
        "exam",
        "reprimand_percent BETWEEN 0 AND 100 AND warning_percent BETWEEN reprimand_percent AND 100",
    )
    op.add_column("sitting", sa.Column("room_version", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("attempt", sa.Column("unsent_count", sa.Integer(), nullable=False, server_default="0"))


def _widen_decisions() -> None:
    op.add_column("room_decision", sa.Column("sitting_id", sa.Uuid(), nullable=True))
    op.add_column(
        "room_decision", sa.Column("detail", postgresql.JSONB(), nullable=False, server_default="{}")
    )
    # The rows get the sitting that their attempt names; nothing that was decided changes.
    op.execute("ALTER TABLE room_decision DISABLE TRIGGER room_decision_append_only")
    op.execute(
        "UPDATE room_decision SET sitting_id = attempt.sitting_id FROM attempt "
        "WHERE attempt.id = room_decision.attempt_id"
    )
    op.execute("ALTER TABLE room_decision ENABLE TRIGGER room_decision_append_only")
    op.alter_column("room_decision", "sitting_id", nullable=False)
    op.alter_column("room_decision", "attempt_id", nullable=True)
    op.create_foreign_key(
        op.f("fk_room_decision_sitting_id"), "room_decision", "sitting", ["sitting_id"], ["id"]
    )
    op.create_index(op.f("ix_room_decision_sitting_id"), "room_decision", ["sitting_id"])
    op.drop_constraint(op.f("ck_room_decision_kind"), "room_decision")
    op.create_check_constraint(op.f("ck_room_decision_kind"), "room_decision", f"kind IN ({DECISIONS})")
    op.create_check_constraint(
        op.f("ck_room_decision_whole_sitting"),
        "room_decision",
        "attempt_id IS NOT NULL OR kind IN ('extra_time', 'pause', 'resume', 'shift')",
    )


def _create_messages_and_signals() -> None:
    op.create_table(
        "room_message",
        sa.Column("sitting_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=True),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("sent_by", sa.Uuid(), nullable=True),
        sa.Column("sent_by_name", sa.String(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("body <> ''", name=op.f("ck_room_message_body")),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_room_message_sitting_id")),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_room_message_attempt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_message")),
    )
    op.create_index(op.f("ix_room_message_sitting_id"), "room_message", ["sitting_id"])
    op.create_index(op.f("ix_room_message_attempt_id"), "room_message", ["attempt_id"])
    op.create_table(
        "message_receipt",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["room_message.id"], name=op.f("fk_message_receipt_message_id")
        ),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_message_receipt_attempt_id")),
        sa.PrimaryKeyConstraint("message_id", "attempt_id", name=op.f("pk_message_receipt")),
    )
    op.create_table(
        "attempt_signal",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("page", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lasted_ms", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('focus_lost', 'copied', 'taken_over')", name=op.f("ck_attempt_signal_kind")
        ),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_attempt_signal_attempt_id")),
        sa.PrimaryKeyConstraint("attempt_id", "page", "number", name=op.f("pk_attempt_signal")),
    )


def _create_people_and_seats() -> None:
    op.create_table(
        "sitting_invigilator",
        sa.Column("sitting_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("named_by", sa.Uuid(), nullable=True),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sitting.id"], name=op.f("fk_sitting_invigilator_sitting_id")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_sitting_invigilator_account_id")
        ),
        sa.PrimaryKeyConstraint("sitting_id", "account_id", name=op.f("pk_sitting_invigilator")),
    )
    op.create_index(op.f("ix_sitting_invigilator_account_id"), "sitting_invigilator", ["account_id"])
    op.create_table(
        "seat_plan",
        sa.Column("sitting_id", sa.Uuid(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("column_count", sa.Integer(), nullable=False),
        sa.Column("numbering", sa.String(), nullable=False),
        sa.CheckConstraint(
            "row_count BETWEEN 1 AND 50 AND column_count BETWEEN 1 AND 40", name=op.f("ck_seat_plan_size")
        ),
        sa.CheckConstraint("numbering IN ('rows', 'snake', 'columns')", name=op.f("ck_seat_plan_numbering")),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_seat_plan_sitting_id")),
        sa.PrimaryKeyConstraint("sitting_id", name=op.f("pk_seat_plan")),
    )
    op.create_table(
        "seat",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("sitting_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.CheckConstraint("place > 0", name=op.f("ck_seat_place")),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_seat_attempt_id")),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_seat_sitting_id")),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_seat")),
        sa.UniqueConstraint(
            "sitting_id",
            "place",
            name=op.f("uq_seat_sitting_id_place"),
            deferrable=True,
            initially="DEFERRED",
        ),
    )


def _create_violations() -> None:
    op.create_table(
        "violation",
        sa.Column("sitting_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.Column("witnesses", postgresql.JSONB(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_by_name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "level IN ('reprimand', 'warning', 'suspension', 'annulment')", name=op.f("ck_violation_level")
        ),
        sa.CheckConstraint(
            "signature IN ('violator', 'witnesses', 'nobody')", name=op.f("ck_violation_signature")
        ),
        sa.CheckConstraint("description <> ''", name=op.f("ck_violation_description")),
        sa.CheckConstraint(
            "(signature = 'witnesses') = (jsonb_array_length(witnesses) = 2)",
            name=op.f("ck_violation_witnesses"),
        ),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_violation_sitting_id")),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_violation_attempt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_violation")),
    )
    op.create_index(op.f("ix_violation_sitting_id"), "violation", ["sitting_id"])
    op.create_index(op.f("ix_violation_attempt_id"), "violation", ["attempt_id"])
    op.create_table(
        "violation_withdrawal",
        sa.Column("violation_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_by_name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_violation_withdrawal_reason")),
        sa.ForeignKeyConstraint(
            ["violation_id"], ["violation.id"], name=op.f("fk_violation_withdrawal_violation_id")
        ),
        sa.PrimaryKeyConstraint("violation_id", name=op.f("pk_violation_withdrawal")),
    )


def _create_incidents() -> None:
    op.create_table(
        "incident",
        sa.Column("sitting_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("handling", sa.String(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_by_name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('power', 'network', 'machine', 'software', 'paper', 'health', 'disorder', 'other')",
            name=op.f("ck_incident_kind"),
        ),
        sa.CheckConstraint("description <> ''", name=op.f("ck_incident_description")),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_incident_sitting_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
    )
    op.create_index(op.f("ix_incident_sitting_id"), "incident", ["sitting_id"])
    op.create_table(
        "incident_attempt",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name=op.f("fk_incident_attempt_incident_id")
        ),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_incident_attempt_attempt_id")),
        sa.PrimaryKeyConstraint("incident_id", "attempt_id", name=op.f("pk_incident_attempt")),
    )
    op.create_index(op.f("ix_incident_attempt_attempt_id"), "incident_attempt", ["attempt_id"])


def downgrade() -> None:
    # The older tables have no place for decisions about a whole sitting, and evidence is never thrown away.
    raise RuntimeError(
        "This step cannot be undone: restore the copy of the database made before the upgrade."
    )
