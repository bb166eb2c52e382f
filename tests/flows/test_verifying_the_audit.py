"""An auditor walks the chain at the console."""

from __future__ import annotations

from click.testing import CliRunner
from sqlalchemy import text

from parking.audit import queries, service
from parking.entrypoints.cli.audit import audit
from parking.entrypoints.cli.context import Context
from parking.kernel.actors import CLI
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.settings import Settings
from tests.databases import Database
from tests.factories.city import NOW


def test_the_first_entry_that_was_changed_is_named(database: Database, sessions: Sessions) -> None:
    with unit_of_work(sessions) as uow:
        for name in "abc":
            service.record(uow.session, CLI, "lot:seen", "lot", name, {}, NOW)
    with sessions() as session:
        second, last = queries.entries_of(session, "lot", "b")[0].number, queries.last_hash(session)
    context = Context(Settings(database_url=database.url))
    try:
        whole = CliRunner().invoke(audit, ["verify"], obj=context)
        with unit_of_work(sessions) as uow:
            uow.session.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER append_only"))
            uow.session.execute(text("UPDATE audit_entries SET actor = 'x' WHERE number = :n"), {"n": second})
            uow.session.execute(text("ALTER TABLE audit_entries ENABLE TRIGGER append_only"))
        broken = CliRunner().invoke(audit, ["verify"], obj=context)
    finally:
        context.close()
    assert whole.exit_code == 0 and f"3 entries are whole; the last hash is {last}" in whole.output
    assert broken.exit_code == 1 and f"entry {second} was changed" in broken.output
