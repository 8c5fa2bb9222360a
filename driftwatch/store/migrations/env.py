"""How does Alembic run a migration: on the connection it is given, in that one transaction."""

from alembic import context

from driftwatch.store.migrations import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
