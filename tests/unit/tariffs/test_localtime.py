"""When does a date begin where clocks are changed? Against the clock itself, minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from parking.tariffs.rules.localtime import LocalTime


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


# When the date begins, 02:30 comes and the next date begins: by hand, from the zones' laws.
DAYS = [
    ("Asia/Shanghai", "2026-10-14", "2026-10-13 16:00", "2026-10-13 18:30", "2026-10-14 16:00"),
    # Put forward at 02:00 and back at 03:00: the first 02:30 of two counts.
    ("Europe/Berlin", "2026-03-29", "2026-03-28 23:00", "2026-03-29 01:00", "2026-03-29 22:00"),
    ("Europe/Berlin", "2026-10-25", "2026-10-24 22:00", "2026-10-25 00:30", "2026-10-25 23:00"),
    ("America/New_York", "2026-11-01", "2026-11-01 04:00", "2026-11-01 07:30", "2026-11-02 05:00"),
    # Midnight itself is jumped over.
    ("America/Santiago", "2026-09-06", "2026-09-06 04:00", "2026-09-06 05:30", "2026-09-07 03:00"),
    # Half an hour.
    ("Australia/Lord_Howe", "2026-10-04", "2026-10-03 13:30", "2026-10-03 15:30", "2026-10-04 13:00"),
]


@pytest.mark.parametrize(("zone", "on", "begins", "half_past_two", "ends"), DAYS)
def test_each_time_comes_once_a_day_also_where_the_clock_is_changed(zone, on, begins, half_past_two, ends):
    local, day = LocalTime(ZoneInfo(zone)), date.fromisoformat(on).toordinal()
    assert local.at(day, 9000) == utc(half_past_two)
    assert (local.midnight(day), local.midnight(day + 1)) == (utc(begins), utc(ends))
    assert (local.at(day, 0), local.at(day, 86_400)) == (utc(begins), utc(ends))
    assert local.midnight(day) == utc(begins)


@pytest.mark.parametrize("zone", [each[0] for each in DAYS] + ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_an_instant_is_in_the_date_that_its_clock_shows(zone):
    local = LocalTime(ZoneInfo(zone))
    at = datetime(2026, 9, 5, tzinfo=UTC)
    for _ in range(24 * 60 // 7):
        at += timedelta(hours=7, minutes=11)
        assert local.day_of(int(at.timestamp())) == at.astimezone(local.zone).toordinal()
    edge = local.midnight(date(2026, 10, 14).toordinal())
    assert local.day_of(edge) == local.day_of(edge - 1) + 1 == date(2026, 10, 14).toordinal()
