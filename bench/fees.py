"""What do fees for 20 lots cost the look-up over HTTP, with 500 tariffs, beside the same question without?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from statistics import median
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from flask import Flask

from bench.figures import figure
from bench.made_up import CITY, made_up, points
from bench.modelled import made_for_good, services_with, two_years
from bench.nearby import bare
from bench.serving import end_with_bench, load_generator, requests_per_s, served
from parking.bootstrap import configure_logging
from parking.city.rules import Calendar
from parking.lookup.queries import Fees, Model
from parking.lots.queries import LotCard
from parking.lots.rules import HoursReader
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from parking.portals.citizen import api
from parking.settings import Settings
from parking.tariffs.queries import TariffBook
from parking.tariffs.rules.document import read
from parking.tariffs.rules.versions import InForce

LOTS, TARIFFS, ROUNDS = 10_000, 500, 5
_NEAREST = "/api/v1/lots/nearby?lat={lat:.6f}&lon={lon:.6f}&radius=20000&limit=20&sort=near&min_free=1"
_CHEAPEST = "/api/v1/lots/nearby?lat={lat:.6f}&lon={lon:.6f}&radius=1500&limit=20&sort=cheap"
# What drivers ask: an arrival within some hours, a usual stay.
_ARRIVALS, _STAYS = 30, (60, 120, 180, 240)


def application() -> Flask:
    """The public interface over made-up lots, each under one of 500 tariffs."""
    end_with_bench()
    configure_logging(Settings())
    return create_app(services_over(LOTS), [bare], [api.blueprint], description=api.DESCRIPTION)


def services_over(number: int) -> PortalServices:
    """What a portal needs, over a model of that many made-up lots with fees, and no database."""
    with made_for_good():
        now = datetime.now(UTC)
        lots = list(made_up(number, now))
        counters, calendar = {card.id: views for card, views in lots}, two_years(now)
        hours, cards = HoursReader(calendar, CITY.time_zone), [card for card, _ in lots]
        return services_with(Model.filled(CITY, hours, cards, counters, now, fees_of(cards, calendar, now)))


def fees_of(cards: Sequence[LotCard], calendar: Calendar, now: datetime) -> Fees:
    """Each lot under one of 500 tariffs."""
    tariffs = _tariffs(now.year)
    timelines = {card.id: tariffs[place % TARIFFS] for place, card in enumerate(cards)}
    return Fees(TariffBook.made_of(calendar, timelines))


def _tariffs(year: int) -> list[list[InForce]]:
    """Day and night bands with caps, each with its own prices for workdays, and a version to come."""
    chance, zone = Random(5), ZoneInfo(CITY.time_zone)
    begins = [
        datetime(2020, 1, 1, tzinfo=zone),
        datetime.combine(date(year + 1, 1, 1), datetime.min.time(), zone),
    ]
    found = []
    for number in range(TARIFFS):
        versions = []
        for place, from_at in enumerate(begins):
            schedules = [
                {"days": ["workday"], "cap_fen": 6000, "bands": _bands(chance)},
                {"cap_fen": 5000, "bands": _bands(chance)},
            ]
            plan = {"cycle": {"kind": "entry", "hours": 24}, "free": {"minutes": 30}, "schedules": schedules}
            rules = read({"time_zone": CITY.time_zone, "plans": {"standard": plan}})
            told = {"version_id": f"v{number}-{place}", "tariff_id": f"t{number}", "number": place + 1}
            versions.append(InForce(from_at.astimezone(UTC), rules, **told))
        found.append(versions)
    return found


def _bands(chance: Random) -> list[dict[str, Any]]:
    first = {"fen": chance.randrange(3, 11) * 100, "unit_minutes": 60, "until_minutes": 60}
    day = [first, {"fen": chance.randrange(1, 6) * 100, "unit_minutes": 30}]
    night = [{"fen": chance.randrange(1, 3) * 100, "unit_minutes": 60}]
    return [
        {"from": "07:00", "until": "21:00", "cap_fen": 4000, "steps": day},
        {"from": "21:00", "until": "07:00", "cap_fen": 800, "steps": night},
    ]


def run(progress: Any) -> list[dict]:
    """Rates of one question without and with fees, with fees nobody asked for before, and by price."""
    places, chance = points(2_000), Random(9)
    arrivals = [datetime.now(UTC) + timedelta(minutes=minutes) for minutes in range(_ARRIVALS)]
    usual = [stay(arrivals[chance.randrange(_ARRIVALS)], chance.choice(_STAYS)) for _ in places]
    plain = [_NEAREST.format(lat=lat, lon=lon) for lat, lon in places]
    priced = [f"{each}{asked}" for each, asked in zip(plain, usual, strict=True)]
    cheap = [
        _CHEAPEST.format(lat=lat, lon=lon) + asked for (lat, lon), asked in zip(places, usual, strict=True)
    ]
    # Each with a minute of its own: nothing of them was ever reckoned.
    far = arrivals[0] + timedelta(days=40)
    fresh = [f"{each}{stay(far + timedelta(minutes=place), 180)}" for place, each in enumerate(plain * 20)]
    task = progress.add_task(f"fees, load by {load_generator()}", total=ROUNDS)
    rates: dict[str, list[float]] = {name: [] for name in ("plain", "priced", "cheap", "fresh")}
    with served("bench.fees:application", {}) as port:
        for paths in (plain, priced, cheap):
            requests_per_s(port, paths, 2)
        for round_ in range(ROUNDS):
            rates["plain"].append(requests_per_s(port, plain))
            rates["priced"].append(requests_per_s(port, priced))
            rates["cheap"].append(requests_per_s(port, cheap))
            part = len(fresh) // ROUNDS
            rates["fresh"].append(requests_per_s(port, fresh[round_ * part : (round_ + 1) * part], 1))
            progress.advance(task)
    return _figures(rates)


def stay(arrive_at: datetime, minutes: int) -> str:
    """What a question says of a stay."""
    return f"&stay={minutes}&arrive={quote(arrive_at.isoformat(timespec='minutes'))}"


def _figures(rates: dict[str, list[float]]) -> list[dict]:
    """Ratios are of neighbours in time, so that other work on the machine touches both alike."""

    def share(name: str) -> float:
        return median(each / plain for each, plain in zip(rates[name], rates["plain"], strict=True))

    asked = f"nearest 20 of {LOTS:,} lots under {TARIFFS} tariffs"
    return [
        figure(f"{asked}, without fees (load by {load_generator()})", median(rates["plain"]), "/s"),
        figure(f"{asked}, with fees", median(rates["priced"]), "/s"),
        figure(f"{asked}, with fees: share of without", share("priced"), "", 0.5),
        figure(f"{asked}, with fees of a minute that nobody asked for: share", share("fresh"), ""),
        figure(f"cheapest 20 within 1,500 m of {LOTS:,} lots: share of nearest without", share("cheap"), ""),
    ]
