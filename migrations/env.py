"""How is a migration run? On the caller's connection, giving up rather than blocking the city."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, text

from migrations.tables import METADATA
from parking.kernel.db.silence import bear_silence

STATEMENT_TIMEOUT_S = 900


def run(connection: Connection) -> None:
    # A change that waits for a lock makes everybody behind it wait too.
    lock_timeout_s = context.config.attributes.get("lock_timeout_s", 5)
    connection.execute(text(f"SET lock_timeout = {lock_timeout_s * 1000:.0f}"))
    connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT_S}s'"))
    bear_silence(connection, STATEMENT_TIMEOUT_S + 10)
    connection.commit()
    context.configure(connection=connection, target_metadata=METADATA, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
