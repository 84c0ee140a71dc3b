"""a delivered answer says between which moments it was entered for certain

Revision: 20261124_1380_uncertain
Follows: 20261123_1370_machines
"""

import sqlalchemy as sa
from alembic import op

revision = "20261124_1380_uncertain"
down_revision = "20261123_1370_machines"
branch_labels = None
depends_on = None

# Of what came before, the order of the journal is not kept in rows: certain is only that an answer by the computer's
# clock lies between the start and its arrival. The trigger keeps verdicts, of which nothing is changed.
FILL = """
ALTER TABLE delivered_response DISABLE TRIGGER delivered_response_verdict;
UPDATE delivered_response AS one SET
    earliest_at = CASE WHEN is_steady THEN made_at ELSE least(attempt.starts_at, made_at) END,
    latest_at = CASE WHEN is_steady THEN made_at ELSE greatest(delivery.received_at, made_at) END
FROM answer_delivery AS delivery JOIN attempt ON attempt.id = delivery.attempt_id
WHERE delivery.id = one.delivery_id;
ALTER TABLE delivered_response ENABLE TRIGGER delivered_response_verdict;
"""


def upgrade() -> None:
    for name in ("earliest_at", "latest_at"):
        op.add_column("delivered_response", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.execute(FILL)
    for name in ("earliest_at", "latest_at"):
        op.alter_column("delivered_response", name, nullable=False)
    op.create_check_constraint(
        op.f("ck_delivered_response_entered"),
        "delivered_response",
        "earliest_at <= made_at AND made_at <= latest_at",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_delivered_response_entered"), "delivered_response", type_="check")
    for name in ("latest_at", "earliest_at"):
        op.drop_column("delivered_response", name)
