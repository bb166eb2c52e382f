"""A small city around 32.06 N, 120.62 E, loaded as a real one is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from parking.city import queries, service
from parking.city.rules import CityView
from parking.kernel.actors import CLI

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
SINCE = date(2020, 1, 1)
DISTRICTS = ("320999001", "320999002", "320999101")


def a_profile() -> dict[str, Any]:
    """A new parsed profile, free to be changed by a test."""
    return {
        "city": {
            "name_zh": "试城市",
            "name_en": "Test City",
            "code": "320999",
            "time_zone": "Asia/Shanghai",
        },
        "bounds": [{"name": "市域", "south": 31.9, "west": 120.4, "north": 32.2, "east": 120.9}],
        "districts": [
            {
                "code": DISTRICTS[0],
                "name_zh": "城东街道",
                "name_en": "Chengdong",
                "lat": 32.06,
                "lon": 120.64,
            },
            {"code": DISTRICTS[1], "name_zh": "城西街道", "name_en": "Chengxi", "lat": 32.06, "lon": 120.60},
            {"code": DISTRICTS[2], "name_zh": "河口镇", "name_en": "Hekou", "lat": 32.12, "lon": 120.70},
        ],
        "landmarks": [
            {
                "id": "hospital",
                "name_zh": "人民医院",
                "name_en": "People's Hospital",
                "lat": 32.061,
                "lon": 120.623,
            }
        ],
        "limits": {"ageing_after_s": 300, "unknown_after_s": 900},
    }


def a_city(session: Session, *, now: datetime = NOW, since: date = SINCE, **parts: Any) -> CityView:
    """Load the small profile (whole parts may be replaced) and the calendar of 2025 and 2026."""
    service.load_profile(session, CLI, a_profile() | parts, now, since=since)
    service.seed_calendar(session, CLI, [2025, 2026], now)
    session.flush()
    return queries.city_view(session, max(since, now.date()))
