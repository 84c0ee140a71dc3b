"""legal register

Revision: 20261123_1010_legal
Follows: 20261123_1040_media
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_1010_legal"
down_revision = "20261123_1040_media"
branch_labels = None
depends_on = None

GUARDS = """
CREATE FUNCTION keep_legal_relation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.applied_at IS NOT NULL
       OR (to_jsonb(NEW) - 'applied_at') <> (to_jsonb(OLD) - 'applied_at')
    THEN
        RAISE EXCEPTION 'a recorded change of law stays: record another' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER legal_relation_kept BEFORE UPDATE OR DELETE ON legal_relation
    FOR EACH ROW EXECUTE FUNCTION keep_legal_relation();
CREATE TRIGGER legal_suspension_append_only BEFORE UPDATE OR DELETE ON legal_suspension
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""

# Items that were there before: the index of their cited places, spelled as document_key and title_key spell them.
INDEX_CITATIONS = """
INSERT INTO item_citation (id, item_id, version_id, document_key, title_key, article, clause, point)
SELECT uuidv7(), said.item_id, said.version_id,
       nullif(replace(upper(cited ->> 'document_number'), 'Đ', 'D'), ''),
       regexp_replace(
           btrim(regexp_replace(translate(regexp_replace(normalize(lower(cited ->> 'title'), NFKD),
                 '[\\u0300-\\u036f]', '', 'g'), 'đðɖ', 'ddd'), '[^[:alnum:]]+', ' ', 'g')),
           '\\s*(nam )?(19|20)[0-9]{2}$', ''),
       coalesce(cited ->> 'article', ''), coalesce(cited ->> 'clause', ''), coalesce(cited ->> 'point', '')
FROM (
    SELECT id AS item_id, NULL::uuid AS version_id, draft AS body FROM item WHERE jsonb_typeof(draft) = 'object'
    UNION ALL
    SELECT item_id, id, body FROM item_version
) AS said, jsonb_array_elements(said.body -> 'citations') AS cited
"""


def upgrade() -> None:
    op.create_table(
        "legal_document",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("number_key", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("short_title", sa.String(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("in_force_from", sa.Date(), nullable=True),
        sa.Column("in_force_to", sa.Date(), nullable=True),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("search_text", sa.String(), nullable=False),
        sa.Column(
            "search_vector",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector('simple', search_text)", persisted=True),
            nullable=False,
        ),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("in_force_to > in_force_from", name=op.f("ck_legal_document_dates")),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_legal_document_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_document")),
        sa.UniqueConstraint(
            "number_key",
            "issuer",
            "issued_on",
            name=op.f("uq_legal_document_number_key_issuer_issued_on"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_legal_document_number_key"), "legal_document", ["number_key"])
    op.create_index(op.f("ix_legal_document_type"), "legal_document", ["type"])
    op.create_index(
        "ix_legal_document_search_vector", "legal_document", ["search_vector"], postgresql_using="gin"
    )
    op.create_table(
        "legal_relation",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("places", postgresql.JSONB(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("undoes_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('amends', 'corrects', 'replaces', 'repeals', 'expires', 'suspends')",
            name=op.f("ck_legal_relation_kind"),
        ),
        sa.CheckConstraint("by_id <> target_id", name=op.f("ck_legal_relation_other")),
        sa.CheckConstraint("effective_to > effective_on", name=op.f("ck_legal_relation_dates")),
        sa.ForeignKeyConstraint(["by_id"], ["legal_document.id"], name=op.f("fk_legal_relation_by_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["account.id"], name=op.f("fk_legal_relation_recorded_by")),
        sa.ForeignKeyConstraint(
            ["target_id"], ["legal_document.id"], name=op.f("fk_legal_relation_target_id")
        ),
        sa.ForeignKeyConstraint(
            ["undoes_id"], ["legal_relation.id"], name=op.f("fk_legal_relation_undoes_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_relation")),
        sa.UniqueConstraint("undoes_id", name=op.f("uq_legal_relation_undoes_id")),
    )
    for column in ("target_id", "by_id", "recorded_at"):
        op.create_index(op.f(f"ix_legal_relation_{column}"), "legal_relation", [column])
    op.create_table(
        "legal_suspension",
        sa.Column("relation_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["relation_id"], ["legal_relation.id"], name=op.f("fk_legal_suspension_relation_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["item_version.id"], name=op.f("fk_legal_suspension_version_id")
        ),
        sa.PrimaryKeyConstraint("relation_id", "version_id", name=op.f("pk_legal_suspension")),
    )
    op.create_index(op.f("ix_legal_suspension_version_id"), "legal_suspension", ["version_id"])
    op.create_table(
        "item_citation",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=True),
        sa.Column("document_key", sa.String(), nullable=True),
        sa.Column("title_key", sa.String(), nullable=True),
        sa.Column("article", sa.String(), nullable=False),
        sa.Column("clause", sa.String(), nullable=False),
        sa.Column("point", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["item.id"], name=op.f("fk_item_citation_item_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["item_version.id"], name=op.f("fk_item_citation_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_citation")),
    )
    op.create_index("ix_item_citation_document_key", "item_citation", ["document_key", "article"])
    for column in ("item_id", "version_id", "title_key"):
        op.create_index(op.f(f"ix_item_citation_{column}"), "item_citation", [column])
    # Scripts of several statements, with percent signs: they go to the driver as they are.
    driver = op.get_bind().connection.driver_connection
    driver.execute(GUARDS)
    driver.execute(INDEX_CITATIONS)


def downgrade() -> None:
    for table in ("item_citation", "legal_suspension", "legal_relation", "legal_document"):
        op.drop_table(table)
    op.execute("DROP FUNCTION keep_legal_relation")
