"""Call attempts: who rang whom, when each of the two took the call, and whether a person or a machine did."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("attempt", sa.Column("inbound", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("attempt", sa.Column("accepted_at", postgresql.TIMESTAMP(timezone=True), nullable=True))
    op.add_column("attempt", sa.Column("picked_up_at", postgresql.TIMESTAMP(timezone=True), nullable=True))
    op.add_column("attempt", sa.Column("answered_by", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("attempt", "answered_by")
    op.drop_column("attempt", "picked_up_at")
    op.drop_column("attempt", "accepted_at")
    op.drop_column("attempt", "inbound")
