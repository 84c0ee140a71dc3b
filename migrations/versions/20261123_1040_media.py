"""images of the banks

Revision: 20261123_1040_media
Follows: 20261123_0900_initial
"""

import sqlalchemy as sa
from alembic import op

revision = "20261123_1040_media"
down_revision = "20261123_0900_initial"
branch_labels = None
depends_on = None

# Which images an item shows follows from its texts. Kept here, no way of writing an item can forget it; and the
# foreign key of `media_use` keeps every image that a sealed paper may need.
TRIGGERS = r"""
CREATE FUNCTION note_media_of(changed uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE shown text[];
BEGIN
    SELECT coalesce(array_agg(DISTINCT matched.names[1]), '{}') INTO shown
    FROM (
        SELECT draft::text AS body FROM item WHERE id = changed AND draft IS NOT NULL
        UNION ALL SELECT body::text FROM item_version WHERE item_id = changed
    ) AS texts, regexp_matches(texts.body, 'media:([0-9a-f]{32}\.[a-z]{3,4})', 'g') AS matched(names);
    DELETE FROM media_use WHERE item_id = changed AND name <> ALL (shown);
    INSERT INTO media_use (item_id, bank_id, name)
    SELECT item.id, media.bank_id, media.name
    FROM item JOIN media ON media.bank_id = item.bank_id AND media.name = ANY (shown)
    WHERE item.id = changed
    ON CONFLICT DO NOTHING;
END $$;

CREATE FUNCTION note_media_of_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_media_of(NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER item_media_added AFTER INSERT ON item
    FOR EACH ROW WHEN (NEW.draft::text LIKE '%media:%') EXECUTE FUNCTION note_media_of_item();
CREATE TRIGGER item_media_changed AFTER UPDATE OF draft, bank_id ON item
    FOR EACH ROW WHEN (OLD.draft::text LIKE '%media:%' OR NEW.draft::text LIKE '%media:%')
    EXECUTE FUNCTION note_media_of_item();

CREATE FUNCTION note_media_of_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_media_of(NEW.item_id);
    RETURN NULL;
END $$;
CREATE TRIGGER item_version_media AFTER INSERT ON item_version
    FOR EACH ROW WHEN (NEW.body::text LIKE '%media:%') EXECUTE FUNCTION note_media_of_version();

CREATE TRIGGER media_frozen BEFORE UPDATE ON media FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    op.add_column("bank", sa.Column("media_quota_mb", sa.Integer(), server_default="200", nullable=False))
    op.create_table(
        "media",
        sa.Column("bank_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("size = octet_length(data)", name=op.f("ck_media_size")),
        sa.CheckConstraint("width > 0 AND height > 0", name=op.f("ck_media_sides")),
        sa.ForeignKeyConstraint(["bank_id"], ["bank.id"], name=op.f("fk_media_bank_id")),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_media_created_by")),
        sa.PrimaryKeyConstraint("bank_id", "name", name=op.f("pk_media")),
    )
    op.create_index("ix_media_name", "media", ["name"])
    op.create_table(
        "media_use",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("bank_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["item.id"], name=op.f("fk_media_use_item_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "name"], ["media.bank_id", "media.name"], name=op.f("fk_media_use_bank_id")
        ),
        sa.PrimaryKeyConstraint("item_id", "bank_id", "name", name=op.f("pk_media_use")),
    )
    op.create_index("ix_media_use_bank_id_name", "media_use", ["bank_id", "name"])
    op.create_table(
        "import_media",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["item_import.id"], name=op.f("fk_import_media_import_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_id", "name", name=op.f("pk_import_media")),
    )
    # Images are compressed already; trying again costs time at every write.
    for table in ("media", "import_media"):
        op.execute(f"ALTER TABLE {table} ALTER COLUMN data SET STORAGE EXTERNAL")
    # A script of several statements, with percent signs and colons: it goes to the driver as it is.
    op.get_bind().connection.driver_connection.execute(TRIGGERS)


def downgrade() -> None:
    op.execute(
        """
        DROP TRIGGER item_media_added ON item;
        DROP TRIGGER item_media_changed ON item;
        DROP TRIGGER item_version_media ON item_version;
        DROP FUNCTION note_media_of_item, note_media_of_version, note_media_of;
        """
    )
    for table in ("import_media", "media_use", "media"):
        op.drop_table(table)
    op.drop_column("bank", "media_quota_mb")
