"""What does the whole question cost over HTTP: arrival, stay, fee and shared windows, beside a bare route?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from random import Random
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask

from bench.fees import fees_of, stay
from bench.figures import figure
from bench.made_up import CITY, made_up, points
from bench.modelled import made_for_good, services_with, two_years
from bench.nearby import BARE, bare
from bench.serving import end_with_bench, load_generator, requests_per_s, served
from parking.bootstrap import configure_logging
from parking.kernel.vocabulary import Access, SpaceClass
from parking.lookup.queries import Model, Window
from parking.lots.queries import LotCard
from parking.lots.rules import HoursReader
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from parking.portals.citizen import api
from parking.settings import Settings

LOTS, LENDING, DAYS, ROUNDS = 10_000, 1_000, 9, 5
_WHOLE = "/api/v1/lots/nearby?lat={lat:.6f}&lon={lon:.6f}&radius=1500&limit=20&sort=best"
_ARRIVALS, _STAYS = 30, (60, 120, 180, 600)


def application() -> Flask:
    """The public interface over made-up lots under 500 tariffs, each tenth of which lends at night."""
    end_with_bench()
    configure_logging(Settings())
    return create_app(_services(), [bare], [api.blueprint], description=api.DESCRIPTION)


def _services() -> PortalServices:
    with made_for_good():
        now = datetime.now(UTC)
        lots = list(made_up(LOTS, now))
        counters, calendar = {card.id: views for card, views in lots}, two_years(now)
        step = LOTS // LENDING
        cards = [
            replace(card, access=Access.STAFF) if place % step == 0 else card
            for place, (card, _) in enumerate(lots)
        ]
        hours, fees = HoursReader(calendar, CITY.time_zone), fees_of(cards, calendar, now)
        windows = list(_windows(cards[::step], now))
        return services_with(Model.filled(CITY, hours, cards, counters, now, fees, windows=windows))


def _windows(cards: Sequence[LotCard], now: datetime) -> Iterator[Window]:
    """Of each lot one a night, from 19:00 to 07:30; at every second lot one in the day too."""
    chance, zone = Random(3), ZoneInfo(CITY.time_zone)
    today = now.astimezone(zone).date()
    for place, card in enumerate(cards):
        for day in range(-1, DAYS):
            for begins, hours in ((time(19), 12.5), (time(8), 10.5))[: 1 + place % 2]:
                from_at = datetime.combine(today + timedelta(days=day), begins, zone).astimezone(UTC)
                until_at = from_at + timedelta(hours=hours)
                name, taken = f"{card.id}-{day}-{begins:%H}", chance.randrange(21)
                yield Window(name, card.id, card.id, SpaceClass.GENERAL, from_at, until_at, 20, taken)


def run(progress: Any) -> list[dict]:
    """Rates of the bare route and of the whole question."""
    chance = Random(9)
    arrivals = [datetime.now(UTC) + timedelta(minutes=30 * step) for step in range(_ARRIVALS)]
    asked = [
        _WHOLE.format(lat=lat, lon=lon) + stay(chance.choice(arrivals), chance.choice(_STAYS))
        for lat, lon in points(2_000)
    ]
    task = progress.add_task(f"shared windows, load by {load_generator()}", total=ROUNDS)
    rates: dict[str, list[float]] = {"bare": [], "whole": []}
    with served("bench.sharing_lookup:application", {}) as port:
        # Until the usual stays are priced in both processes.
        requests_per_s(port, asked, 10)
        for _ in range(ROUNDS):
            rates["bare"].append(requests_per_s(port, [BARE]))
            rates["whole"].append(requests_per_s(port, asked))
            progress.advance(task)
    share = median(whole / bare for whole, bare in zip(rates["whole"], rates["bare"], strict=True))
    name = f"best 20 within 1,500 m of {LOTS:,} lots for a stay, {LENDING:,} of them lending"
    return [
        figure(f"{name} (load by {load_generator()})", median(rates["whole"]), "/s"),
        figure(f"{name}: share of the bare route", share, "", 0.2),
    ]
