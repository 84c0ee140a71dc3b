"""Signatures, pairs and families of items; facets counted from an index

Revision: 20261123_1020_item_signature
Follows: 20261123_1010_legal
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_1020_item_signature"
down_revision = "20261123_1010_legal"
branch_labels = None
depends_on = None

GRAM_STATISTICS = 200


def upgrade() -> None:
    op.create_table(
        "item_signature",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("recipe", sa.SmallInteger(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stem_hash", sa.BigInteger(), nullable=False),
        sa.Column("options_hash", sa.BigInteger(), nullable=True),
        sa.Column("word_count", sa.Integer(), nullable=False),
        sa.Column("grams", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("stem", sa.String(), nullable=False),
        sa.Column("options", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("keyed", postgresql.ARRAY(sa.String()), nullable=True),
        sa.ForeignKeyConstraint(
            ["item_id"], ["item.id"], name=op.f("fk_item_signature_item_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_item_signature")),
    )
    op.create_index(
        "ix_item_signature_grams",
        "item_signature",
        ["grams"],
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    for column in ("signed_at", "stem_hash", "options_hash"):
        op.create_index(op.f(f"ix_item_signature_{column}"), "item_signature", [column])
    # The commonest grams are looked up in the statistics of this column.
    op.execute(f"ALTER TABLE item_signature ALTER COLUMN grams SET STATISTICS {GRAM_STATISTICS}")
    op.create_table(
        "similar_pair",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("score_permille", sa.SmallInteger(), nullable=False),
        sa.Column("has_conflict", sa.Boolean(), nullable=False),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("item_id < other_id", name=op.f("ck_similar_pair_order")),
        sa.CheckConstraint(
            "kind IN ('same', 'same_stem_other_options', 'near', 'same_options')",
            name=op.f("ck_similar_pair_kind"),
        ),
        sa.CheckConstraint(
            "decision IN ('different', 'family', 'enemies', 'one_retired')",
            name=op.f("ck_similar_pair_decision"),
        ),
        sa.CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name=op.f("ck_similar_pair_decided")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["item.id"], name=op.f("fk_similar_pair_item_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["item.id"], name=op.f("fk_similar_pair_other_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_similar_pair_decided_by")),
        sa.PrimaryKeyConstraint("item_id", "other_id", name=op.f("pk_similar_pair")),
    )
    op.create_index(op.f("ix_similar_pair_other_id"), "similar_pair", ["other_id"])
    op.create_table(
        "item_family",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["item.id"], name=op.f("fk_item_family_item_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_item_family")),
    )
    op.create_index(op.f("ix_item_family_family_id"), "item_family", ["family_id"])
    op.create_index(
        "ix_item_facets", "item", ["bank_id", "state", "type", "level", "competency", "author_id"]
    )


def downgrade() -> None:
    op.drop_index("ix_item_facets", "item")
    op.drop_table("item_family")
    op.drop_table("similar_pair")
    op.drop_table("item_signature")
