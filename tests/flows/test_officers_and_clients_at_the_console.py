"""The console appoints the first administrator, recovers who lost everything, and hands out keys."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from parking.accounts import service
from parking.accounts.errors import AccountNotFound, ClientDisabled, ClientNotFound, LastOfItsKind
from parking.accounts.rules import Audience, read_key
from parking.entrypoints.cli.clients import clients
from parking.entrypoints.cli.officers import officers
from parking.kernel.actors import CLI
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lots.queries import GateBooks
from parking.lots.service import set_counting_source
from tests.factories.city import a_city
from tests.factories.devices import SEALER, a_gate_lot
from tests.factories.sources import HandClock


@pytest.fixture
def run(sessions):
    surroundings = SimpleNamespace(sessions=sessions, clock=HandClock(), sealer=SEALER)

    def run(commands, *words):
        result = CliRunner().invoke(commands, words, obj=surroundings)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.output

    return run


def log_in(sessions, password):
    with unit_of_work(sessions) as uow:
        now = HandClock().now()
        return service.log_in(uow.session, Audience.OFFICER, "chief", password, "192.0.2.1", now)


def test_the_first_administrator_is_appointed_recovered_and_listed(run, sessions):
    shown = run(officers, "add", "Chief", "--name", "王局长", "--phone", "13800000001")
    first = re.search(r"password (\S+)", shown)[1]
    assert log_in(sessions, first).needs == "enrol_totp"
    second = re.search(r"password (\S+)", run(officers, "reset", "CHIEF"))[1]
    assert log_in(sessions, second).needs == "enrol_totp"
    listed = run(officers, "list")
    assert "chief" in listed
    assert "administrator" in listed
    for hidden in ("王局长", "13800000001", first, second):
        assert hidden not in listed
    with pytest.raises(LastOfItsKind):
        run(officers, "disable", "chief")
    run(officers, "add", "deputy", "--name", "李副局长")
    assert run(officers, "disable", "chief") == "chief: disabled\n"
    assert run(officers, "enable", "chief") == "chief: enabled\n"
    with pytest.raises(AccountNotFound):
        run(officers, "reset", "nobody")


def test_a_client_s_key_is_shown_once_rotated_and_taken_back(run, sessions):
    told = run(clients, "add", "east-gate", "--scope", "passages:write")
    first = re.search(r"key (\S+)", told)[1]
    client_id = re.search(r"id (\S+)", told)[1]
    second = re.search(r"key (\S+)", run(clients, "rotate", "east-gate", "--overlap", "0"))[1]
    books = GateBooks(sessions, SEALER, HandClock())
    assert [key.secret for key in books.now().client(client_id).keys] == [read_key(second)]
    listed = run(clients, "list")
    assert first not in listed
    assert second not in listed
    assert second[:10] in listed
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
        lot = a_gate_lot(uow.session)
        set_counting_source(uow.session, CLI, lot.entry_lane_id, f"client:{client_id}", HandClock().now())
    assert run(clients, "lots", "east-gate", lot.lot.code) == "east-gate: 1 lots\n"
    told = run(clients, "disable", "east-gate").splitlines()
    assert told == ["east-gate: disabled", f"no counting source any more: {lot.lot.code} 入口1"]
    with pytest.raises(ClientDisabled):
        run(clients, "rotate", "east-gate")
    assert books.read_again().client(client_id).disabled
    with pytest.raises(ClientNotFound):
        run(clients, "rotate", "nobody")
