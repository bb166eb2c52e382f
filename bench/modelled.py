"""Which services answer from a model of made-up lots, without a database?"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from parking.city.rules import Calendar, seed_days
from parking.kernel.clock import SystemClock
from parking.kernel.db.engine import make_engine, make_sessions
from parking.lookup.queries import Lookup, Model
from parking.portals._http.services import PortalServices


@contextmanager
def made_for_good() -> Iterator[None]:
    """A million new objects that stay are no reason to look through all of them for garbage."""
    gc.disable()
    yield
    gc.enable()
    gc.freeze()


def services_with(model: Model) -> PortalServices:
    """What a portal needs, over this model. No database is asked: engines connect when they are used."""
    clock, sessions = SystemClock(), make_sessions(make_engine("postgresql+psycopg://nowhere"))
    lookup = Lookup(None, None, clock, model=model)
    lookup.start()
    return PortalServices(sessions, clock, lookup)


def two_years(now: datetime) -> Calendar:
    """The working days of this year and the next."""
    years = (now.year, now.year + 1)
    return Calendar.of([day for year in years for day in seed_days(year)], years)
