"""What may a portal use? Handed in once by the composition root; a portal builds nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, cast

from flask import current_app

from parking.boundary.allow_lists import AllowListPush
from parking.boundary.feeds import MappingRules, SourceAdapter
from parking.boundary.fetching import Fetcher
from parking.boundary.files import FileStore
from parking.boundary.gates import GateDialect, PassagePull
from parking.boundary.signing_on import SingleSignOn
from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.sealing import Sealer
from parking.lookup.queries import Lookup

if TYPE_CHECKING:
    from parking.lots.queries.gate_books import GateBooks
    from parking.lots.service.sightings import Sightings
    from parking.plates.service import PlateKeys
    from parking.sharing.service.booking_desk import BookingDesk
    from parking.visits.service.asking import Charging
    from parking.visits.service.intake import Intake

Check = Callable[[], str | None]
"""A look at something that we need: None when it is well, else one word that names what is missing."""


@dataclass(frozen=True, slots=True)
class PortalServices:
    """Everything that the four portals share. `vital` checks decide whether we are ready at all; the others
    only whether we serve with something missing."""

    sessions: Sessions
    clock: Clock
    lookup: Lookup
    default_locale: str = "zh"
    map_pmtiles: Path | None = None
    map_tianditu_key: str | None = None
    static_max_age: int = 3600
    # Signs the cookie of the forms' tokens; the default is a key of this process alone.
    secret_key: str = field(default_factory=token_hex, repr=False)
    secure_cookies: bool = False
    # How many proxies stand before us and tell who asks; without one nobody's word is taken.
    trusted_proxies: int = 0
    public_url: str = "http://127.0.0.1:8000"
    files: FileStore | None = None
    adapters: Mapping[str, SourceAdapter] = field(default_factory=dict)
    # What a feed may be asked with before it is connected, and the private ranges where it may lie.
    fetcher: Fetcher | None = None
    mapping_rules: MappingRules | None = None
    feed_networks: tuple[str, ...] = ()
    # What devices and vendors' clouds speak, by the name in their addresses.
    dialects: Mapping[str, GateDialect] = field(default_factory=dict)
    # What a vendor is told of a dialect, as Markdown.
    dialect_page: Callable[[str], str] | None = None
    # The clouds of vendors that can be asked for passages.
    passage_pulls: Mapping[str, PassagePull] = field(default_factory=dict)
    # The clouds of vendors that can be told who may enter.
    allow_list_pushes: Mapping[str, AllowListPush] = field(default_factory=dict)
    # The city's single sign-on for officers; None: they have logins of this platform alone.
    sign_on: SingleSignOn | None = None
    # Who may tell what passes the barriers, and the door for it.
    books: GateBooks | None = None
    intake: Intake | None = None
    # Speaks to the networks that take money; None: nothing can be paid here.
    charging: Charging | None = None
    plate_keys: PlateKeys | None = None
    # Where shared spaces are booked.
    booking_desk: BookingDesk | None = None
    sightings: Sightings | None = None
    # How many passages a second one client may send to one process.
    gateway_rate: float = 1_000.0
    vital: Mapping[str, Check] = field(default_factory=dict)
    checks: Mapping[str, Check] = field(default_factory=dict)

    @property
    def sealer(self) -> Sealer:
        """Seals what must be read again, such as a second factor's secret."""
        return _sealer_of(self.secret_key)


@lru_cache(maxsize=4)
def _sealer_of(secret_key: str) -> Sealer:
    return Sealer.from_secret(secret_key)


def services() -> PortalServices:
    """The services of the present request's app."""
    return cast(PortalServices, current_app.extensions["parking"])
