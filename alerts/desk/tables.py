"""What the desk keeps, as tables: in SQLite or PostgreSQL, made by `alerts.desk.migrations`.

Times are whole seconds since 1970, dates text as YYYY-MM-DD in the school's time zone. What is
told of a pupil is found again by (school, pupil), so that an erasure reaches it.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Number: Final = BigInteger().with_variant(Integer, "sqlite")

PROGRESS: Final = Table(
    "progress",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
"""How far each log has been read: kept by the transaction that keeps what it led to."""

SECRET: Final = Table(
    "secret",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)
"""Keys made here, by which links are signed."""

SCHOOL: Final = Table(
    "school",
    METADATA,
    Column("school", Text, primary_key=True),
    Column("timezone", Text, nullable=False),
    Column("pack", Text),
    Column("began_on", Text, nullable=False),
    Column("registers_until", BigInteger),
    Column("shadow", Boolean, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("event", Text, nullable=False),
)
"""What messages need to know of a school. ``began_on``: the date on which the desk met it: what
opened before stood already. ``registers_until``: the newest ``recorded_at`` of its registers.
``shadow``: everything is worked out, and nobody is told. ``recorded_at`` and ``event`` (the id):
of the school event that holds."""

CALENDAR: Final = Table(
    "calendar",
    METADATA,
    Column("school", Text, primary_key=True),
    Column("date", Text, primary_key=True),
    Column("open", Boolean, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("event", Text, nullable=False),
)

ERASED: Final = Table(
    "erased",
    METADATA,
    Column("school", Text, primary_key=True),
    Column("pupil_digest", LargeBinary, primary_key=True),
    Column("recorded_at", BigInteger, nullable=False),
)
"""Who was erased, by SHA-256 of the pupil's id, so that nothing older comes back."""

CASE: Final = Table(
    "case",
    METADATA,
    Column("case", _Number, primary_key=True, autoincrement=False),
    Column("school", Text, nullable=False),
    Column("pupil", Text),
    Column("group", Text),
    Column("mentor", Text),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("alert_state", Text, nullable=False),
    Column("tier", Integer, nullable=False),
    Column("highest_tier", Integer, nullable=False),
    Column("opened_on", Text, nullable=False),
    Column("as_of", Text, nullable=False),
    Column("first_told_at", BigInteger, nullable=False),
    Column("new_since", BigInteger),
    Column("resting_until", Text),
    Column("passed_on_at", BigInteger),
    Column("changed_at", BigInteger, nullable=False),
    Column("alert", Text, nullable=False),
    Column("message", LargeBinary, nullable=False),
    Index(None, "school", "mentor", "state"),
    Index(None, "school", "pupil"),
    Index(None, "state", "new_since"),
)
"""An alert's life at the desk, as its messages and responses have it: worked out from `TOLD` and
`RESPONSE` by `alerts.desk.casebook.folding`, kept so that it can be asked. ``case`` follows from
the id of the chain's first alert (`alerts.desk.casebook.chains`), so that a casebook that is built
again has the same numbers. ``alert`` is the id of the newest alert of the chain, ``message`` its
newest message, as `TOLD` has it."""

TOLD: Final = Table(
    "told",
    METADATA,
    Column("alert", Text, primary_key=True),
    Column("version", BigInteger, primary_key=True),
    Column("told_at", BigInteger, primary_key=True),
    Column("case", _Number, ForeignKey("case.case", ondelete="CASCADE"), nullable=False),
    Column("replaces", Text),
    Column("message", LargeBinary, nullable=False),
    Index(None, "case"),
    Index(None, "replaces"),
)
"""Alert messages as they came, JSON of `alerts.alert.Alert`. ``replaces``: the alert that this one
goes on from; it may come later, or never."""

RESPONSE: Final = Table(
    "response",
    METADATA,
    Column("school", Text, primary_key=True),
    Column("event", Text, primary_key=True),
    Column("alert", Text, nullable=False),
    Column("pupil", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("until", Text),
    Column("by", Text),
    Column("recorded_at", BigInteger, nullable=False),
    Column("case", _Number),
    Index(None, "alert"),
    Index(None, "case"),
    Index(None, "school", "pupil"),
)
"""What people did, from the school's log; one that comes before its alert has no case yet."""

PUPIL: Final = Table(
    "pupil",
    METADATA,
    Column("school", Text, primary_key=True),
    Column("pupil", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("group", Text),
)

PERSON: Final = Table(
    "person",
    METADATA,
    Column("school", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("role", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("language", Text, nullable=False),
)
"""``person`` is the pseudonym that the stream has (``mentor``, ``by``); ``address`` an e-mail
address, or an https address that takes signed webhooks."""

OUTBOX: Final = Table(
    "outbox",
    METADATA,
    Column("message", _Number, primary_key=True),
    Column("key", Text, nullable=False),
    Column("school", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("error", Text),
    Column("sent_at", BigInteger),
    UniqueConstraint("key"),
    Index(None, "state", "due_at"),
    Index(None, "school", "person"),
)
"""Messages to people. ``key`` says what it is (``digest/01AB/m17/mentor/2026-11-25``), so that the
same is never made twice, and its Message-ID is made of it. ``state``: waiting, sent, dead.
``content``: JSON of `alerts.desk.letter.Letter`."""

OUTBOX_CASE: Final = Table(
    "outbox_case",
    METADATA,
    Column("message", _Number, ForeignKey("outbox.message", ondelete="CASCADE"), primary_key=True),
    Column("case", _Number, primary_key=True, autoincrement=False),
    Column("school", Text, nullable=False),
    Column("pupil", Text),
    Column("said", Text, primary_key=True),
    Index(None, "case", "said"),
    Index(None, "school", "pupil"),
)
"""What each message said about which case: ``new``, ``folded``, ``at once``, ``passed on``,
``back``, ``eased``, ``good news``, ``taken back``, ``already missed``, ``still``.
What was told is told once."""

AUDIT: Final = Table(
    "audit",
    METADATA,
    Column("entry", _Number, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("school", Text, nullable=False),
    Column("pupil", Text),
    Column("person", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("alert", Text),
    Index(None, "school", "pupil"),
    Index(None, "at"),
)
"""Every look at a pupil: who, when, by which way (``answer page``, ``export``)."""

TOKEN: Final = Table(
    "token",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("secret_sha256", LargeBinary, nullable=False),
    Column("schools", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Column("note", Text, nullable=False),
)
"""Who may send through `gemist gateway`; a node has such a table of its own. ``schools``: JSON."""

RECEIVED: Final = Table(
    "received",
    METADATA,
    Column("school", Text, primary_key=True),
    Column("quarter", BigInteger, primary_key=True, autoincrement=False),
    Column("type", Text, primary_key=True),
    Column("events", BigInteger, nullable=False),
    Column("marks", BigInteger, nullable=False),
    Column("last_arrived_at", BigInteger, nullable=False),
    Index(None, "quarter"),
)
"""How much came from a school over Kafka, by the quarter of an hour (its beginning) and the type
of event: a day of any time zone begins with one, and a school may say later in which it lives."""

REFUSED: Final = Table(
    "refused",
    METADATA,
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("offset", BigInteger, primary_key=True, autoincrement=False),
    Column("school", Text, nullable=False),
    Column("arrived_at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("field", Text),
    Column("value", Text, nullable=False),
    Column("event", Text),
    Column("position", BigInteger, nullable=False),
    Index(None, "school", "arrived_at"),
    Index(None, "arrived_at"),
)
"""Refused lines and marks as the topic ``rejects`` names them, without the lines. ``partition``
and ``offset`` are theirs on that topic, ``position`` is the event's in ``school-events``, where it
got as far as that."""
