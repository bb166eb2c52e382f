"""A version is held against what is in force now, on the stays that really were."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

from click.testing import CliRunner
from sqlalchemy.orm import Session

from parking.entrypoints.cli.tariff_comparing import compare
from parking.tariffs.queries import tariff_view
from parking.visits.queries.comparing import compare_version
from parking.visits.rules.comparing import Tally
from tests.factories.charges import a_visit
from tests.factories.city import NOW, a_city
from tests.factories.lookup import SetClock
from tests.factories.lots import a_lot
from tests.factories.tariffs import a_draft, a_tariff, hourly

# Midnight of October in the city.
OCTOBER = datetime(2026, 9, 30, 16, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_month_is_told_by_lot_and_by_hours_of_the_stay(session: Session) -> None:
    a_city(session)
    lot, other, elsewhere = (a_lot(session).id for _ in range(3))
    tariff_id = a_tariff(session, [lot, other])
    a_tariff(session, [elsewhere])
    # Dearer by the hour, cheaper by the day, and an hour free.
    version_id = a_draft(session, hourly(400, 1500, 60), tariff_id=tariff_id, from_on=date(2026, 12, 1))
    for lot_id, hours, more in (
        (lot, 0.75, {}),
        (lot, 2, {}),
        (lot, 23.5, {}),
        (other, 0.25, {}),
        (other, 2, {"stay": "monthly"}),
        (other, 2 * 24, {"doubt": "too_long"}),
        (lot, 2, {"doubt": "backed_out"}),
        (lot, 2, {"state": "voided"}),
        (elsewhere, 2, {}),
    ):
        a_visit(session, lot_id, OCTOBER + HOUR, hours * HOUR, **more)
    for entered_at in (OCTOBER - HOUR, OCTOBER + timedelta(days=31)):
        a_visit(session, lot, entered_at, 2 * HOUR)
    a_visit(session, lot, OCTOBER + HOUR)
    heard: list[tuple[int, int]] = []
    found = compare_version(
        session, version_id, date(2026, 10, 9), NOW, progress=lambda *told: heard.append(told)
    )
    assert found.by_lot == {
        lot: Tally(visits=3, now_fen=300 + 600 + 2000, then_fen=0 + 800 + 1500, more=1, less=2),
        other: Tally(visits=3, now_fen=4000, then_fen=3000, less=1, same=2),
    }
    assert found.total == Tally(6, 6900, 5300, more=1, less=3, same=2)
    told = {hours: tally.visits for hours, tally in enumerate(found.by_hours) if tally.visits}
    assert told == {0: 2, 2: 2, 23: 1, 24: 1}
    assert (found.total.change_fen, found.is_whole, heard[-1]) == (-1600, True, (6, 6))


def test_the_command_tells_a_version_by_its_code_and_number(session: Session, own_sessions) -> None:
    a_city(session)
    lot = a_lot(session, name="人民医院停车场")
    tariff_id = a_tariff(session, [lot.id])
    a_draft(session, hourly(500), tariff_id=tariff_id, from_on=date(2027, 1, 1))
    a_visit(session, lot.id, OCTOBER, 2 * HOUR)
    code = tariff_view(session, tariff_id, NOW.date()).code
    context = SimpleNamespace(sessions=own_sessions, clock=SetClock(NOW))
    told = CliRunner().invoke(compare, [code, "2"], obj=context)
    assert told.exit_code == 0, told.output
    for row in ("all", "2-3 h", "人民医院停车场"):
        assert re.search(rf"^{row} +1 +6.00 +10.00 +4.00 +1 +0 +0 +0$", told.output, re.MULTILINE)
    assert CliRunner().invoke(compare, [code, "3"], obj=context).exit_code == 1


def test_what_had_no_price_is_counted_apart_and_sums_stay_comparable(session: Session) -> None:
    a_city(session)
    lot = a_lot(session).id
    tariff_id = a_tariff(session, [lot], from_on=date(2026, 12, 1))
    version_id = a_draft(session, hourly(500), tariff_id=tariff_id, from_on=date(2027, 1, 1))
    a_visit(session, lot, OCTOBER, 2 * HOUR)
    found = compare_version(session, version_id, date(2026, 10, 1), NOW)
    assert found.total == Tally(visits=1, unknown=1)


def test_of_very_many_stays_an_even_part_is_read(session: Session) -> None:
    a_city(session)
    lot = a_lot(session).id
    tariff_id = a_tariff(session, [lot])
    version_id = a_draft(session, hourly(500), tariff_id=tariff_id, from_on=date(2027, 1, 1))
    for minutes in range(120):
        a_visit(session, lot, OCTOBER + timedelta(minutes=minutes), 2 * HOUR)
    found = compare_version(session, version_id, date(2026, 10, 1), NOW, most=30)
    assert (found.is_whole, found.of_visits) == (False, 120)
    assert 5 <= found.total.visits <= 70
    assert found.total.then_fen == found.total.visits * 1000
