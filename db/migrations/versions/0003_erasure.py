"""Erasure of a person: what was asked and what became of it, and a response's tombstone."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("asked_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("customers", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("responses", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("addresses", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("cases_ended", sa.Integer(), nullable=False),
        sa.Column("cases_left", sa.Integer(), nullable=False),
        sa.Column("providers", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("rows", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("finished_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("erasure_asked", "erasure", ["asked_at"], unique=False)
    op.add_column("response", sa.Column("erased_at", postgresql.TIMESTAMP(timezone=True), nullable=True))
    op.create_index(
        "response_kept", "response", ["received_at"], unique=False, postgresql_where=sa.text("erased_at is null")
    )


def downgrade() -> None:
    op.drop_index("response_kept", table_name="response", postgresql_where=sa.text("erased_at is null"))
    op.drop_column("response", "erased_at")
    op.drop_index("erasure_asked", table_name="erasure")
    op.drop_table("erasure")
