"""Tables of a desk that is fed from Kafka: tokens, what came, what was refused."""

import sqlalchemy as sa
from alembic import op

revision = "2"
down_revision = "1"


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "received",
        sa.Column("school", sa.Text(), nullable=False),
        sa.Column("quarter", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("marks", sa.BigInteger(), nullable=False),
        sa.Column("last_arrived_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("school", "quarter", "type", name=op.f("pk_received")),
    )
    op.create_index(op.f("ix_received_quarter"), "received", ["quarter"], unique=False)
    op.create_table(
        "refused",
        sa.Column("partition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("offset", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("school", sa.Text(), nullable=False),
        sa.Column("arrived_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partition", "offset", name=op.f("pk_refused")),
    )
    op.create_index(op.f("ix_refused_arrived_at"), "refused", ["arrived_at"], unique=False)
    op.create_index(
        op.f("ix_refused_school_arrived_at"), "refused", ["school", "arrived_at"], unique=False
    )
    op.create_table(
        "token",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("secret_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("schools", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
    )
