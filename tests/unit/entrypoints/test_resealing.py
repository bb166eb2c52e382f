"""Claims about a deployment that changes its secret: all that was sealed comes along, or is named."""

from __future__ import annotations

from types import SimpleNamespace

from click.testing import CliRunner, Result
from sqlalchemy import LargeBinary, select

from migrations.tables import METADATA
from parking.audit.models import AuditEntry
from parking.bootstrap import SEALED
from parking.boundary.credentials import Credential, CredentialKind
from parking.entrypoints.cli.database import database as commands
from parking.guidance import service
from parking.kernel.actors import CLI
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.sealing import Sealer
from parking.plates.rules import read_plate
from parking.plates.service import PlateKeys
from tests.factories.city import NOW, a_city
from tests.factories.devices import SEALER, SECRET
from tests.factories.sources import HandClock, a_source

LIVE, TOKEN = "https://gate.example/live", Credential(CredentialKind.BEARER, "s3cr3t-of-the-city")
PLATE = read_plate("苏F12345")
NEW = Sealer.from_secret("the secret that comes after that one")


def run(sessions: Sessions, old: str) -> Result:
    surroundings = SimpleNamespace(
        sessions=sessions, clock=HandClock(), sealer=NEW, settings=SimpleNamespace(old_secret_key=old)
    )
    return CliRunner().invoke(commands, ["reseal"], obj=surroundings)


def test_everything_that_is_sealed_is_known_to_be() -> None:
    """What is neither listed nor a hash was forgotten."""
    binary = {
        str(column)
        for table in METADATA.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    unsealed = {name for name in binary if name.endswith(("_hash", "digest", "received_messages.answer"))}
    assert {str(place) for place in SEALED} == binary - unsealed


def test_what_was_sealed_opens_under_the_new_secret_and_what_does_not_open_is_named(
    sessions: Sessions,
) -> None:
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
        good, bad = (a_source(uow.session, name=name, live_url=LIVE) for name in ("good", "bad"))
        for source_id, sealer in (
            (good, SEALER),
            (bad, Sealer.from_secret("one that nobody knows any more")),
        ):
            service.set_credential(uow.session, CLI, source_id, TOKEN, sealer, NOW)
    known = PlateKeys(sessions, SEALER, HandClock()).hash(PLATE, NOW)

    wrong = run(sessions, "a secret that was never this one's")
    assert (wrong.exit_code, type(wrong.exception).__name__) == (1, "OldSecretWrong")
    told = run(sessions, SECRET)
    assert told.exit_code == 1
    assert f"not opened: source_credentials.sealed {bad}\n" in told.output
    assert told.output.endswith("2 re-sealed\n")
    again = run(sessions, SECRET)
    assert again.output.endswith("0 re-sealed\n")

    assert PlateKeys(sessions, NEW, HandClock()).hash(PLATE, NOW) == known
    with sessions() as session:
        assert service.credential_for(session, good, LIVE, NEW) == TOKEN
        entries = session.scalars(
            select(AuditEntry.details).where(AuditEntry.action == "secret:reseal").order_by(AuditEntry.number)
        ).all()
    assert entries[0] == {
        "source_credentials.sealed": {"resealed": 1, "already": 0, "broken": 1},
        "plate_keys.sealed": {"resealed": 1, "already": 0, "broken": 0},
    }
    assert entries[1]["plate_keys.sealed"] == {"resealed": 0, "already": 1, "broken": 0}
    said = f"{wrong.output}{told.output}{again.output}{entries}"
    assert not any(secret in said for secret in (SECRET, TOKEN.secret))
