"""facets of items that no column holds (law, tags, periods, answers); where items came in

Revision: 20261123_1060_bank
Follows: 20261123_1050_manage

The tables start empty: the worker fills them within minutes (`facets.keep_facets`, `periods.note_use`,
`results.note_answers`).
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_1060_bank"
down_revision = "20261123_1050_manage"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "item_facet",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("has_basis", sa.Boolean(), nullable=False),
        sa.Column("usable", postgresql.DATEMULTIRANGE(), nullable=False),
        sa.Column("changes_on", sa.Date(), nullable=True),
        sa.Column("answers", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["item.id"], name=op.f("fk_item_facet_item_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_item_facet")),
    )
    op.create_index("ix_item_facet_tags", "item_facet", ["tags"], postgresql_using="gin")
    op.create_table(
        "item_use",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("period_code", sa.String(), nullable=False),
        sa.Column("period_name", sa.String(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answers", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["version_id"], ["item_version.id"], name=op.f("fk_item_use_version_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["item.id"], name=op.f("fk_item_use_item_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("version_id", "period_id", name=op.f("pk_item_use")),
    )
    op.create_index(op.f("ix_item_use_item_id"), "item_use", ["item_id"])
    op.create_index(op.f("ix_item_use_period_id"), "item_use", ["period_id"])
    op.create_table(
        "item_source",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=True),
        sa.Column("sheet", sa.String(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("is_new", sa.Boolean(), nullable=False),
        sa.Column("source_format", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["item.id"], name=op.f("fk_item_source_item_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["import_id"], ["item_import.id"], name=op.f("fk_item_source_import_id")),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name=op.f("fk_item_source_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_source")),
    )
    op.create_index(op.f("ix_item_source_item_id"), "item_source", ["item_id"])


def downgrade() -> None:
    op.drop_table("item_source")
    op.drop_table("item_use")
    op.drop_table("item_facet")
