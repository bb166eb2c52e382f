"""How does money flow in the demo city? Two played networks with fresh keys, and a code to pay with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from pathlib import Path
from secrets import token_hex

from parking.city import queries as city
from parking.entrypoints.simulator.networks import ETC, PAYER
from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.errors import ParkingError
from parking.kernel.folders import write_whole
from parking.kernel.vocabulary import StayKind
from parking.lots import queries as lots
from parking.visits.queries import dues, visits
from parking.visits.service import codes

_APP_ID = "wangchuan"
_LOT = "BH-013"
# Long enough for a fee, and likely to stay a while.
_MOST = 400
_INSIDE_FOR = timedelta(minutes=45)


@dataclass(frozen=True, slots=True)
class PayCode:
    """What stands on a driver's ticket: the lot's code and the stay's."""

    lot_code: str
    code: str


def network_keys() -> Mapping[str, Mapping[str, str]]:
    """The keys that the platform and the played networks share."""
    return {name: {"app_id": _APP_ID, "key": token_hex(24)} for name in (PAYER, ETC)}


def write_networks(file: Path, keys: Mapping[str, Mapping[str, str]], simulator: str) -> None:
    """What PARKING_CHARGE_NETWORKS names: where the networks are and how they sign."""
    lines = []
    for name, own in keys.items():
        lines += [f"[{name}]", f'url = "{simulator}/networks/{name}"']
        lines += [f'app_id = "{own["app_id"]}"', f'secret = "{own["key"]}"', ""]
    write_whole(file, "\n".join(lines).encode())


def pay_code(sessions: Sessions, clock: Clock) -> PayCode | None:
    """A code of a vehicle that stands in a lot and owes something; None until there is one."""
    now = clock.now()
    with unit_of_work(sessions) as uow:
        session = uow.session
        lot_id = lots.ids_by_code(session, [_LOT])[_LOT]
        today, zone = city.today(session, now), city.time_zone(session, now)
        # Just after midnight, whoever has been inside for a while came yesterday.
        days = (today, today - timedelta(days=1))
        seen = (visits.visits_of_day(session, lot_id, on, zone, limit=_MOST) for on in days)
        for visit in chain.from_iterable(seen):
            is_casual = visit.state == "open" and visit.stay == StayKind.CASUAL and visit.entered_at
            if not is_casual or now - (visit.entered_at or now) < _INSIDE_FOR:
                continue
            try:
                if dues.fee_due(session, visit.id, now).due_fen:
                    return PayCode(_LOT, codes.issue_code(session, visit.id, now).code)
            except ParkingError:
                continue
    return None
