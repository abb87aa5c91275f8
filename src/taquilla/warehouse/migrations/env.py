"""Alembic's way in: it runs the revisions over the connection, and in the transaction, that `migrating.py` gives it."""

from alembic import context

from taquilla.warehouse.model import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
