"""The managed list of causes: a first one for everybody, and whatever resolutions have named so far."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

FIRST = (
    ("activation", "Activation", "Активация"),
    ("licence", "Licence", "Лицензия"),
    ("licence_renewal", "Renewal of a licence", "Продление лицензии"),
    ("network_setup", "Setup in a network", "Настройка в сети"),
    ("not_ours", "Not our product", "Не наш продукт"),
    ("other", "Something else", "Другое"),
    ("payment", "Payment", "Оплата"),
    ("settings", "Settings", "Настройки"),
    ("setup", "Installation", "Установка"),
    ("slow_computer", "Slow computer", "Медленный компьютер"),
    ("update_failed", "Failed update", "Сбой обновления"),
)


def upgrade() -> None:
    table = op.create_table(
        "cause",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("name_ru", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    rows = [{"code": code, "name_en": english, "name_ru": russian, "active": True} for code, english, russian in FIRST]
    op.bulk_insert(table, rows)
    op.execute(
        "insert into cause (code, name_en, name_ru, active) select distinct cause, cause, cause, true from cases "
        "where cause is not null on conflict do nothing"
    )


def downgrade() -> None:
    op.drop_table("cause")
