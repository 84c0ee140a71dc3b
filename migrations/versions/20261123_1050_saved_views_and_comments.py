"""saved views of the lists of items, comments on items

Revision: 20261123_1050_manage
Follows: 20261123_1030_import_mapping
"""

import sqlalchemy as sa
from alembic import op

revision = "20261123_1050_manage"
down_revision = "20261123_1030_import_mapping"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_view",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("bank_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("bank_id IS NOT NULL OR NOT is_shared", name=op.f("ck_saved_view_shared")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_saved_view_account_id")),
        sa.ForeignKeyConstraint(["bank_id"], ["bank.id"], name=op.f("fk_saved_view_bank_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("account_id", "name", name=op.f("uq_saved_view_account_id_name")),
    )
    op.create_index(op.f("ix_saved_view_bank_id"), "saved_view", ["bank_id"])
    op.create_table(
        "item_comment",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=True),
        sa.Column("thread_id", sa.Uuid(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(resolved_at IS NULL) = (resolved_by IS NULL)", name=op.f("ck_item_comment_resolved")
        ),
        sa.CheckConstraint("thread_id IS NULL OR resolved_at IS NULL", name=op.f("ck_item_comment_first")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["item.id"], name=op.f("fk_item_comment_item_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["version_id"], ["item_version.id"], name=op.f("fk_item_comment_version_id")),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["item_comment.id"], name=op.f("fk_item_comment_thread_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_item_comment_author_id")),
        sa.ForeignKeyConstraint(["resolved_by"], ["account.id"], name=op.f("fk_item_comment_resolved_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_comment")),
    )
    op.create_index(op.f("ix_item_comment_item_id"), "item_comment", ["item_id"])
    op.create_index(op.f("ix_item_comment_thread_id"), "item_comment", ["thread_id"])


def downgrade() -> None:
    op.drop_table("item_comment")
    op.drop_table("saved_view")
