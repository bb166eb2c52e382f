"""The portal over a real database: a small town with a lot in every state, and the app that serves it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from integrations.registry import GATE_DIALECTS, gate_page
from parking.kernel.actors import CLI
from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import Access, LotKind, SpaceClass
from parking.lookup.queries import Lookup
from parking.lots.rules import EntranceDraft, EntranceUse
from parking.occupancy import service as occupancy
from parking.occupancy.rules import CountInput
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from parking.portals.citizen import api, book, pages, pay, register, verify
from parking.portals.gateway import developers
from parking.tariffs import service as tariffs
from tests.factories.city import DISTRICTS, NOW, a_city, a_profile
from tests.factories.lots import a_lot
from tests.factories.tariffs import APPROVER, a_draft, a_tariff, hourly

SOURCE = "feed:town"
NEXT_YEAR = date(2027, 1, 1)
HOSPITAL = (32.061, 120.623)
_SITE = {"bureau_zh": "试城市城市管理局", "bureau_en": "Test City Management Bureau", "demo": True}


@dataclass(frozen=True)
class Town:
    """The ids of the town's lots by what is special about each."""

    ids: dict[str, str]

    def __getitem__(self, what: str) -> str:
        return self.ids[what]


def _told() -> Iterable[tuple[str, dict[str, Any], dict[SpaceClass, int], float]]:
    """What is special, the draft's fields, free spaces by class, and how many minutes ago that was told."""
    general, accessible, charging = SpaceClass.GENERAL, SpaceClass.ACCESSIBLE, SpaceClass.CHARGING
    yield (
        "free",
        {
            "name": "人民医院东停车场",
            "name_en": "People's Hospital East Car Park",
            "lat": 32.0615,
            "lon": 120.6240,
            "address": "东风路 232 号",
            "district_code": DISTRICTS[0],
            "operator_name": "试城停车服务有限公司",
            "opening_hours": "24/7",
            "max_height_cm": 210,
            "filing_no": "试停备〔2025〕001号",
            "spaces": {general: 290, accessible: 6, charging: 24},
            "entrances": (
                EntranceDraft("东门", 32.0616, 120.6243),
                EntranceDraft("南侧入口", 32.0612, 120.6241, EntranceUse.ENTRY),
                EntranceDraft("西侧出口", 32.0615, 120.6236, EntranceUse.EXIT),
            ),
        },
        {general: 86, accessible: 3, charging: 0},
        1.5,
    )
    school = {"name": "实验小学停车场", "lat": 32.0640, "lon": 120.6230, "spaces": {general: 60}}
    yield "closed", {**school, "opening_hours": "Mo-Fr 18:00-24:00; Sa,Su,PH 00:00-24:00"}, {general: 24}, 1
    road = {"name": "滨河路路内 12–58 号", "lat": 32.0625, "lon": 120.6255, "kind": LotKind.ON_STREET}
    yield "cut off", {**road, "spaces": {general: 30}}, {general: 9}, 40
    yield "silent", {"name": "文庙停车场", "lat": 32.0590, "lon": 120.6215, "spaces": {general: 72}}, {}, 0
    mall = {"name": "新城天地地下停车场", "name_en": "Xincheng Mall", "lat": 32.0600, "lon": 120.6260}
    yield "full", {**mall, "spaces": {general: 200}, "opening_hours": "Mo-Su 08:00-22:00"}, {general: 0}, 0.5
    yield (
        "few",
        {"name": "老街停车场", "lat": 32.0605, "lon": 120.6205, "max_height_cm": 350},
        {general: 3},
        2,
    )
    yield "ageing", {"name": "市图书馆停车场", "lat": 32.0650, "lon": 120.6250}, {general: 40}, 12
    yield (
        "residents",
        {"name": "东苑小区停车场", "lat": 32.0611, "lon": 120.6235, "access": Access.RESIDENTS},
        {general: 12},
        1,
    )
    coaches = {"name": "汽车客运站停车场", "lat": 32.0560, "lon": 120.6180}
    yield "coaches", {**coaches, "spaces": {SpaceClass.BUS: 20}}, {SpaceClass.BUS: 8}, 1
    yield "far", {"name": "河口镇公共停车场", "lat": 32.1200, "lon": 120.7000}, {general: 55}, 1
    for number in range(1, 17):
        place = {"lat": 32.0560 + number % 6 * 0.002, "lon": 120.6120 + number // 6 * 0.004}
        yield f"street {number}", {"name": f"西园 {number} 号停车场", **place}, {general: 10 + number}, 1


def a_town(session: Session) -> Town:
    """Load the city, register its lots, and let a feed tell their counts as of `tests.factories.city.NOW`."""
    profile = a_profile()
    a_city(session, limits=profile["limits"], site=_SITE)
    ids, counts = {}, []
    for what, fields, frees, minutes in _told():
        card = a_lot(session, **fields)
        ids[what] = card.id
        as_of = NOW - timedelta(minutes=minutes)
        counts += [CountInput(card.id, each, as_of, free=free) for each, free in frees.items()]
    occupancy.declare_source(session, SOURCE, dict.fromkeys(ids.values(), 0), 300, 900, NOW)
    occupancy.record_counts(session, CLI, SOURCE, counts, NOW)
    _charge(session, ids)
    return Town(ids)


def _charge(session: Session, ids: Mapping[str, str]) -> None:
    """One lot is paid for and dearer from next year on, one is free of charge; of the others nobody told."""
    tariff_id = a_tariff(session, [ids["free"]], hourly(300), name="二类停车场")
    version_id = a_draft(session, hourly(400), tariff_id=tariff_id, from_on=NEXT_YEAR)
    tariffs.publish(session, APPROVER, version_id, NOW)
    a_tariff(session, [ids["full"]], hourly(0), name="免费停车")


def tell(sessions: Sessions, lot_id: str, free: int, clock: Clock) -> None:
    """The feed tells a new count of a lot's general spaces, as of now."""
    now = clock.now()
    with unit_of_work(sessions) as uow:
        count = CountInput(lot_id, SpaceClass.GENERAL, now, free=free)
        occupancy.record_counts(uow.session, CLI, SOURCE, [count], now)


def a_portal(sessions: Sessions, lookup: Lookup, clock: Clock, **services: Any) -> Flask:
    """The web application as it is served."""
    spoken = {"dialects": GATE_DIALECTS, "dialect_page": gate_page}
    told = PortalServices(sessions=sessions, clock=clock, lookup=lookup, **(spoken | services))
    return create_app(
        told,
        pages=(
            *(pages.blueprint, verify.blueprint, register.blueprint, pay.blueprint, book.blueprint),
            developers.blueprint,
        ),
        interfaces=(api.blueprint, register.interface),
    )
