"""cut scores: panels, decisions per position, rules of passing on exams and results

Revision: 20261123_1130_standards
Follows: 20261123_1050_manage
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_1130_standards"
down_revision = "20261123_1120_item_statistics"
branch_labels = None
depends_on = None

GUARDS = """
CREATE FUNCTION keep_cut_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    period_state text;
BEGIN
    SELECT period.state INTO period_state FROM period
        WHERE period.id = COALESCE(NEW.period_id, OLD.period_id);
    IF period_state IS NOT NULL AND period_state <> 'draft' THEN
        RAISE EXCEPTION 'a cut score of a sealed period is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND (
        OLD.state <> 'proposed'
        OR to_jsonb(NEW) - '{state,settled_by,settled_at,settled_reason}'::text[]
            <> to_jsonb(OLD) - '{state,settled_by,settled_at,settled_reason}'::text[]
    ) THEN
        RAISE EXCEPTION 'a decided cut score is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER cut_decision_kept BEFORE INSERT OR UPDATE OR DELETE ON cut_decision
    FOR EACH ROW EXECUTE FUNCTION keep_cut_decision();

CREATE FUNCTION refuse_if_exam_sealed(own_exam_id uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    period_state text;
BEGIN
    SELECT period.state INTO period_state FROM exam JOIN period ON period.id = exam.period_id
        WHERE exam.id = own_exam_id;
    IF period_state IS NOT NULL AND period_state <> 'draft' THEN
        RAISE EXCEPTION 'a panel of a sealed period is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
END $$;
CREATE FUNCTION keep_cut_panel() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_if_exam_sealed(COALESCE(NEW.exam_id, OLD.exam_id));
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER cut_panel_kept BEFORE INSERT OR UPDATE OR DELETE ON cut_panel
    FOR EACH ROW EXECUTE FUNCTION keep_cut_panel();

CREATE FUNCTION keep_cut_panel_part() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_if_exam_sealed(
        (SELECT exam_id FROM cut_panel WHERE id = COALESCE(NEW.panel_id, OLD.panel_id))
    );
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER cut_panel_member_kept BEFORE INSERT OR UPDATE OR DELETE ON cut_panel_member
    FOR EACH ROW EXECUTE FUNCTION keep_cut_panel_part();
CREATE TRIGGER cut_panel_item_kept BEFORE INSERT OR UPDATE OR DELETE ON cut_panel_item
    FOR EACH ROW EXECUTE FUNCTION keep_cut_panel_part();
CREATE TRIGGER cut_panel_round_kept BEFORE INSERT OR UPDATE OR DELETE ON cut_panel_round
    FOR EACH ROW EXECUTE FUNCTION keep_cut_panel_part();
CREATE TRIGGER cut_panel_rating_kept BEFORE INSERT OR UPDATE OR DELETE ON cut_panel_rating
    FOR EACH ROW EXECUTE FUNCTION keep_cut_panel_part();

-- The row of the round is locked, so that a rating and the closing of its round never pass each other.
CREATE FUNCTION keep_closed_round() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ended timestamptz;
BEGIN
    SELECT closed_at INTO ended FROM cut_panel_round
        WHERE panel_id = NEW.panel_id AND number = NEW.round FOR SHARE;
    IF ended IS NOT NULL THEN
        RAISE EXCEPTION 'a closed round takes no ratings' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cut_panel_rating_open BEFORE INSERT OR UPDATE ON cut_panel_rating
    FOR EACH ROW EXECUTE FUNCTION keep_closed_round();
"""

REMOVE = """
DROP FUNCTION keep_cut_decision, keep_cut_panel, keep_cut_panel_part, keep_closed_round, refuse_if_exam_sealed;
"""


def upgrade() -> None:
    op.add_column("exam", sa.Column("critical_tag", sa.String(), nullable=False, server_default=""))
    op.add_column("result", sa.Column("cut_percent", sa.Numeric(6, 3), nullable=True))
    op.add_column(
        "result", sa.Column("checks", postgresql.JSONB(), nullable=False, server_default=sa.text("'[]'"))
    )
    _decisions()
    _panels()
    # Scripts of several statements, with percent signs: they go to the driver as they are.
    op.get_bind().connection.driver_connection.execute(GUARDS)


def _decisions() -> None:
    op.create_table(
        "cut_decision",
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("exam_id", sa.Uuid(), nullable=False),
        sa.Column("position_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("panel_id", sa.Uuid(), nullable=True),
        sa.Column("recommended_percent", sa.Numeric(6, 3), nullable=True),
        sa.Column("findings", postgresql.JSONB(), nullable=False),
        sa.Column("cut_percent", sa.Numeric(6, 3), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_reason", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "method IN ('angoff', 'bookmark', 'hofstee', 'legal')", name=op.f("ck_cut_decision_method")
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'confirmed', 'rejected')", name=op.f("ck_cut_decision_state")
        ),
        sa.CheckConstraint("cut_percent > 0 AND cut_percent <= 100", name=op.f("ck_cut_decision_cut")),
        sa.CheckConstraint(
            "(state = 'proposed') = (settled_at IS NULL)", name=op.f("ck_cut_decision_settled")
        ),
        sa.CheckConstraint(
            "state <> 'confirmed' OR settled_by <> decided_by", name=op.f("ck_cut_decision_four_eyes")
        ),
        sa.ForeignKeyConstraint(["period_id"], ["period.id"], name=op.f("fk_cut_decision_period_id")),
        sa.ForeignKeyConstraint(
            ["exam_id"], ["exam.id"], name=op.f("fk_cut_decision_exam_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["position_id"], ["position.id"], name=op.f("fk_cut_decision_position_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_cut_decision_decided_by")),
        sa.ForeignKeyConstraint(["settled_by"], ["account.id"], name=op.f("fk_cut_decision_settled_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cut_decision")),
        sa.UniqueConstraint(
            "period_id", "position_id", "version", name=op.f("uq_cut_decision_period_id_position_id_version")
        ),
    )
    op.create_index(op.f("ix_cut_decision_exam_id"), "cut_decision", ["exam_id"])
    op.create_index(op.f("ix_cut_decision_panel_id"), "cut_decision", ["panel_id"])
    op.create_index(
        "uq_cut_decision_open",
        "cut_decision",
        ["period_id", "position_id"],
        unique=True,
        postgresql_where=sa.text("state = 'proposed'"),
    )


def _panels() -> None:
    op.create_table(
        "cut_panel",
        sa.Column("exam_id", sa.Uuid(), nullable=False),
        sa.Column("position_ids", postgresql.JSONB(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("borderline", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("method IN ('angoff', 'bookmark', 'hofstee')", name=op.f("ck_cut_panel_method")),
        sa.ForeignKeyConstraint(
            ["exam_id"], ["exam.id"], name=op.f("fk_cut_panel_exam_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["opened_by"], ["account.id"], name=op.f("fk_cut_panel_opened_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cut_panel")),
    )
    op.create_index(op.f("ix_cut_panel_exam_id"), "cut_panel", ["exam_id"])
    _part(
        "cut_panel_member",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        key=("account_id",),
        refers={"account_id": "account.id"},
    )
    op.create_index(op.f("ix_cut_panel_member_account_id"), "cut_panel_member", ["account_id"])
    _part(
        "cut_panel_item",
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.Numeric(8, 3), nullable=False),
        sa.Column("difficulty", sa.Float(), nullable=True),
        key=("place",),
        refers={"version_id": "item_version.id"},
    )
    _part(
        "cut_panel_round",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("outcome", postgresql.JSONB(), nullable=True),
        key=("number",),
        refers={"closed_by": "account.id"},
    )
    _part(
        "cut_panel_rating",
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("value", sa.Numeric(7, 3), nullable=False),
        sa.Column("rated_at", sa.DateTime(timezone=True), nullable=False),
        key=("round", "account_id", "mark"),
        refers={"account_id": "account.id"},
    )


def _part(name: str, *columns: sa.Column, key: tuple[str, ...], refers: dict[str, str]) -> None:
    op.create_table(
        name,
        sa.Column("panel_id", sa.Uuid(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["panel_id"], ["cut_panel.id"], name=op.f(f"fk_{name}_panel_id"), ondelete="CASCADE"
        ),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{name}_{column}"))
            for column, target in refers.items()
        ),
        sa.PrimaryKeyConstraint("panel_id", *key, name=op.f(f"pk_{name}")),
    )


def downgrade() -> None:
    for table in (
        "cut_panel_rating",
        "cut_panel_round",
        "cut_panel_item",
        "cut_panel_member",
        "cut_panel",
        "cut_decision",
    ):
        op.drop_table(table)
    op.get_bind().connection.driver_connection.execute(REMOVE)
    op.drop_column("result", "checks")
    op.drop_column("result", "cut_percent")
    op.drop_column("exam", "critical_tag")
