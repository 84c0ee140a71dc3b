"""the words of items in a narrow table beside them, with their facets as one number

Revision: 20261123_1070_item_search
Follows: 20261123_1060_bank

Triggers keep it, so that no way of writing an item can forget it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_1070_item_search"
down_revision = "20261123_1060_bank"
branch_labels = None
depends_on = None

KEEPING = """
CREATE FUNCTION search_new_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO facet_group (bank_id, competency, level, type, state, author_id)
        SELECT DISTINCT bank_id, coalesce(competency, ''), coalesce(level, ''), type, state, author_id FROM added
        ORDER BY 1, 2, 3, 4, 5, 6
        ON CONFLICT DO NOTHING;
    INSERT INTO item_search (item_id, group_id, words)
        SELECT added.id, facet_group.id, to_tsvector('simple', added.search_text)
        FROM added JOIN facet_group ON facet_group.bank_id = added.bank_id
            AND facet_group.competency = coalesce(added.competency, '')
            AND facet_group.level = coalesce(added.level, '')
            AND facet_group.type = added.type AND facet_group.state = added.state
            AND facet_group.author_id = added.author_id;
    RETURN NULL;
END $$;

CREATE TRIGGER item_searchable AFTER INSERT ON item
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION search_new_items();

CREATE FUNCTION search_changed_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO facet_group (bank_id, competency, level, type, state, author_id)
        VALUES (NEW.bank_id, coalesce(NEW.competency, ''), coalesce(NEW.level, ''), NEW.type, NEW.state, NEW.author_id)
        ON CONFLICT DO NOTHING;
    UPDATE item_search SET words = to_tsvector('simple', NEW.search_text), group_id = facet_group.id
        FROM facet_group
        WHERE item_search.item_id = NEW.id AND facet_group.bank_id = NEW.bank_id
            AND facet_group.competency = coalesce(NEW.competency, '') AND facet_group.level = coalesce(NEW.level, '')
            AND facet_group.type = NEW.type AND facet_group.state = NEW.state
            AND facet_group.author_id = NEW.author_id;
    RETURN NULL;
END $$;

CREATE TRIGGER item_still_searchable AFTER UPDATE ON item FOR EACH ROW
    WHEN ((OLD.bank_id, OLD.competency, OLD.level, OLD.type, OLD.state, OLD.author_id, OLD.search_text)
        IS DISTINCT FROM (NEW.bank_id, NEW.competency, NEW.level, NEW.type, NEW.state, NEW.author_id, NEW.search_text))
    EXECUTE FUNCTION search_changed_item();
"""

EXISTING = """
INSERT INTO facet_group (bank_id, competency, level, type, state, author_id)
    SELECT DISTINCT bank_id, coalesce(competency, ''), coalesce(level, ''), type, state, author_id FROM item;
INSERT INTO item_search (item_id, group_id, words)
    SELECT item.id, facet_group.id, to_tsvector('simple', item.search_text)
    FROM item JOIN facet_group ON facet_group.bank_id = item.bank_id
        AND facet_group.competency = coalesce(item.competency, '') AND facet_group.level = coalesce(item.level, '')
        AND facet_group.type = item.type AND facet_group.state = item.state
        AND facet_group.author_id = item.author_id;
"""


def upgrade() -> None:
    op.create_table(
        "facet_group",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("bank_id", sa.Uuid(), nullable=False),
        sa.Column("competency", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facet_group")),
        sa.UniqueConstraint(
            "bank_id",
            "competency",
            "level",
            "type",
            "state",
            "author_id",
            name=op.f("uq_facet_group_bank_id_competency_level_type_state_author_id"),
        ),
    )
    op.create_table(
        "item_search",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["item.id"], name=op.f("fk_item_search_item_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["group_id"], ["facet_group.id"], name=op.f("fk_item_search_group_id")),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_item_search")),
    )
    op.execute(EXISTING)
    op.create_index("ix_item_search_words", "item_search", ["words"], postgresql_using="gin")
    op.create_index(op.f("ix_item_search_group_id"), "item_search", ["group_id"])
    op.drop_column("item", "search_vector")
    op.drop_index("ix_item_facets", table_name="item")
    op.execute(KEEPING)


def downgrade() -> None:
    op.execute("DROP TRIGGER item_still_searchable ON item")
    op.execute("DROP TRIGGER item_searchable ON item")
    op.execute("DROP FUNCTION search_changed_item")
    op.execute("DROP FUNCTION search_new_items")
    op.drop_table("item_search")
    op.drop_table("facet_group")
    op.create_index(
        "ix_item_facets", "item", ["bank_id", "state", "type", "level", "competency", "author_id"]
    )
    op.add_column(
        "item",
        sa.Column(
            "search_vector",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector('simple', search_text)", persisted=True),
            nullable=False,
        ),
    )
    op.create_index("ix_item_search_vector", "item", ["search_vector"], postgresql_using="gin")
