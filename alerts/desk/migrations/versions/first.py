"""The desk's first tables."""

import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "audit",
        sa.Column("entry", _NUMBER, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("school", sa.Text(), nullable=False),
        sa.Column("pupil", sa.Text(), nullable=True),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("alert", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("entry", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_at"), "audit", ["at"], unique=False)
    op.create_index(op.f("ix_audit_school_pupil"), "audit", ["school", "pupil"], unique=False)
    op.create_table(
        "calendar",
        sa.Column("school", sa.Text(), nullable=False),
        sa.Column("date", sa.Text(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("school", "date", name=op.f("pk_calendar")),
    )
    op.create_table(
        "case",
        sa.Column("case", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("school", sa.Text(), nullable=False),
        sa.Column("pupil", sa.Text(), nullable=True),
        sa.Column("group", sa.Text(), nullable=True),
        sa.Column("mentor", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("alert_state", sa.Text(), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("highest_tier", sa.Integer(), nullable=False),
        sa.Column("opened_on", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Text(), nullable=False),
        sa.Column("first_told_at", sa.BigInteger(), nullable=False),
        sa.Column("new_since", sa.BigInteger(), nullable=True),
        sa.Column("resting_until", sa.Text(), nullable=True),
        sa.Column("passed_on_at", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("alert", sa.Text(), nullable=False),
        sa.Column("message", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("case", name=op.f("pk_case")),
    )
    op.create_index(
        op.f("ix_case_school_mentor_state"), "case", ["school", "mentor", "state"], unique=False
    )
    op.create_index(op.f("ix_case_school_pupil"), "case", ["school", "pupil"], unique=False)
    op.create_index(op.f("ix_case_state_new_since"), "case", ["state", "new_since"], unique=False)
    op.create_table(
        "erased",
        sa.Column("school", sa.Text(), nullable=False),
        sa.Column("pupil_digest", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("school", "pupil_digest", name=op.f("pk_erased")),
    )
    op.create_table(
        "outbox",
        sa.Column("message", _NUMBER, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("school", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("message", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    op.create_index(op.f("ix_outbox_school_person"), "outbox", ["school", "person"], unique=False)
    op.create_index(op.f("ix_outbox_state_due_at"), "outbox", ["state", "due_at"], unique=False)
    op.create_table(
        "person",
        sa.Column("school", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("school", "person", "role", name=op.f("pk_person")),
    )
    op.create_table(
        "progress",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_progress")),
    )
    op.create_table(
        "pupil",
        sa.Column("school", sa.Text(), nullable=False),
        sa.Column("pupil", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("group", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("school", "pupil", name=op.f("pk_pupil")),
    )
    op.create_table(
        "response",
        sa.Column("school", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("alert", sa.Text(), nullable=False),
        sa.Column("pupil", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("until", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("case", _NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("school", "event", name=op.f("pk_response")),
    )
    op.create_index(op.f("ix_response_alert"), "response", ["alert"], unique=False)
    op.create_index(op.f("ix_response_case"), "response", ["case"], unique=False)
    op.create_index(op.f("ix_response_school_pupil"), "response", ["school", "pupil"], unique=False)
    op.create_table(
        "school",
        sa.Column("school", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("pack", sa.Text(), nullable=True),
        sa.Column("began_on", sa.Text(), nullable=False),
        sa.Column("registers_until", sa.BigInteger(), nullable=True),
        sa.Column("shadow", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("school", name=op.f("pk_school")),
    )
    op.create_table(
        "secret",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secret")),
    )
    op.create_table(
        "outbox_case",
        sa.Column("message", _NUMBER, nullable=False),
        sa.Column("case", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("school", sa.Text(), nullable=False),
        sa.Column("pupil", sa.Text(), nullable=True),
        sa.Column("said", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message"], ["outbox.message"], name=op.f("fk_outbox_case_message"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message", "case", "said", name=op.f("pk_outbox_case")),
    )
    op.create_index(op.f("ix_outbox_case_case_said"), "outbox_case", ["case", "said"], unique=False)
    op.create_index(
        op.f("ix_outbox_case_school_pupil"), "outbox_case", ["school", "pupil"], unique=False
    )
    op.create_table(
        "told",
        sa.Column("alert", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sa.Column("case", _NUMBER, nullable=False),
        sa.Column("replaces", sa.Text(), nullable=True),
        sa.Column("message", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case"], ["case.case"], name=op.f("fk_told_case"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("alert", "version", "told_at", name=op.f("pk_told")),
    )
    op.create_index(op.f("ix_told_case"), "told", ["case"], unique=False)
    op.create_index(op.f("ix_told_replaces"), "told", ["replaces"], unique=False)
