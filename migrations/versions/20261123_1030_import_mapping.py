"""imports that wait for an answer, and remembered column mappings

Revision: 20261123_1030_import_mapping
Follows: 20261123_1050_item_origin
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_1030_import_mapping"
down_revision = "20261123_1050_item_origin"
branch_labels = None
depends_on = None

STATES = "state IN ({})"


def _set_states(*states: str) -> None:
    op.drop_constraint(op.f("ck_item_import_state"), "item_import", type_="check")
    named = ", ".join(f"'{state}'" for state in states)
    op.create_check_constraint(op.f("ck_item_import_state"), "item_import", STATES.format(named))


def upgrade() -> None:
    op.add_column(
        "item_import",
        sa.Column(
            "reading",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
    )
    op.add_column("item_import", sa.Column("batch_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_item_import_batch_id"), "item_import", ["batch_id"], unique=False)
    _set_states("waiting", "previewed", "committed", "discarded")
    op.create_table(
        "import_mapping",
        sa.Column("bank_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("places", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_import_mapping_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["bank_id"], ["bank.id"], name=op.f("fk_import_mapping_bank_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_mapping")),
        sa.UniqueConstraint(
            "bank_id",
            "account_id",
            "fingerprint",
            name=op.f("uq_import_mapping_bank_id_account_id_fingerprint"),
        ),
    )


def downgrade() -> None:
    op.drop_table("import_mapping")
    op.execute("DELETE FROM item_import WHERE state = 'waiting'")
    _set_states("previewed", "committed", "discarded")
    op.drop_index(op.f("ix_item_import_batch_id"), "item_import")
    op.drop_column("item_import", "batch_id")
    op.drop_column("item_import", "reading")
