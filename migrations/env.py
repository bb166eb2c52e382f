"""How is a migration run? On the caller's connection, giving up rather than blocking the city."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, text

# Every table must be known here, or autogenerate would drop it.
from parking.audit import models as audit
from parking.city import models as city
from parking.guidance import models as guidance
from parking.kernel import jobs
from parking.kernel.db import leases
from parking.kernel.db.base import Base
from parking.lots import models as lots
from parking.occupancy import models as occupancy

TABLES_OF = (audit, city, guidance, jobs, leases, lots, occupancy)

STATEMENT_TIMEOUT = "15min"


def run(connection: Connection) -> None:
    # A change that waits for a lock makes everybody behind it wait too.
    lock_timeout_s = context.config.attributes.get("lock_timeout_s", 5)
    connection.execute(text(f"SET lock_timeout = {lock_timeout_s * 1000:.0f}"))
    connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
    connection.commit()
    context.configure(connection=connection, target_metadata=Base.metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
