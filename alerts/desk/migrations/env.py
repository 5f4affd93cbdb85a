"""Runs revisions on the connection that `alerts.desk.database` gives, in its transaction."""

from alembic import context

from alerts.desk.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
