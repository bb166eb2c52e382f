"""What do the web process and the worker process consist of?"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from flask import Flask
from sqlalchemy import Engine

from integrations.registry import (
    ALLOW_LIST_PUSHES,
    GATE_DIALECTS,
    MAPPING_RULES,
    PASSAGE_PULLS,
    SOURCE_ADAPTERS,
    gate_page,
)
from parking.accounts import jobs as accounts_jobs
from parking.bootstrap.logs import configure_logging
from parking.bootstrap.outside import (
    charging_of,
    feed_networks,
    fetcher_of,
    files_of,
    host_limits,
    notice_channel,
    secret_of,
    single_sign_on,
)
from parking.bootstrap.pages import INTERFACES, PAGES
from parking.city.errors import ProfileMissing
from parking.complaints import jobs as complaints_jobs
from parking.complaints import queries as complaints
from parking.filings import jobs as filings_jobs
from parking.guidance.jobs import Puller, health_jobs, level_jobs
from parking.inspections import jobs as inspections_jobs
from parking.kernel.clock import Clock, SystemClock
from parking.kernel.db.engine import Sessions, make_engine, make_sessions
from parking.kernel.db.revision import check_revision
from parking.kernel.health import database_missing, worker_missing
from parking.kernel.jobs import HEARTBEAT, Job, Leadership
from parking.kernel.sealing import Sealer
from parking.lookup.queries import Lookup
from parking.lots import jobs as lots_jobs
from parking.lots.queries.gate_books import GateBooks
from parking.lots.service.sightings import Sightings
from parking.occupancy import jobs as occupancy_jobs
from parking.plates import jobs as plates_jobs
from parking.plates.service import PlateKeys
from parking.portals._http.app import create_app
from parking.portals._http.catalogue import words_in
from parking.portals._http.services import PortalServices
from parking.portals.citizen import api as citizen_api
from parking.portals.gateway import operations as gateway_operations
from parking.settings import Settings
from parking.sharing import jobs as sharing_jobs
from parking.sharing.jobs.pushes import AllowListTeller
from parking.sharing.service.booking_desk import BookingDesk
from parking.visits.jobs.charges import ChargeJobs
from parking.visits.jobs.pairing import pairing_jobs
from parking.visits.jobs.pulling import Asker
from parking.visits.queries.visits import months_needed
from parking.visits.service.intake import Intake

_HEARTBEAT_EVERY_S = 10.0
# A province's register takes some seconds to read; a database that hangs must not keep the pages away.
_FIRST_MODEL_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class WorkerParts:
    """What the worker runs, and how it ends."""

    sessions: Sessions
    clock: Clock
    jobs: tuple[Job, ...]
    leadership: Leadership
    close: Callable[[], None]


def create_web_app(settings: Settings, clock: Clock | None = None) -> Flask:
    """The web application of one process; `settings.database_url` must be set: it starts no database.

    Raises SchemaBehind, SchemaAhead.
    """
    configure_logging(settings)
    services = _portal_services(settings, clock or SystemClock(), open_engine(settings))
    app = create_app(services, pages=PAGES, interfaces=INTERFACES, description=citizen_api.DESCRIPTION)
    gateway_operations.begin_writing(app, services.sessions)
    return app


def _portal_services(settings: Settings, clock: Clock, engine: Engine) -> PortalServices:
    """What the portals need, once a first model of the city was tried."""
    sessions = make_sessions(engine)
    storing = make_sessions(_storing_engine(engine))
    lookup = Lookup(engine.url.render_as_string(hide_password=False), sessions, clock)
    lookup.start()
    lookup.wait_tried(_FIRST_MODEL_WITHIN_S)
    sealer = Sealer.from_secret(secret_of(settings))
    books, plate_keys = GateBooks(sessions, sealer, clock), PlateKeys(sessions, sealer, clock)
    fetcher = fetcher_of(settings)
    return PortalServices(
        sessions=sessions,
        clock=clock,
        lookup=lookup,
        default_locale=settings.default_locale,
        map_pmtiles=settings.map_pmtiles,
        map_tianditu_key=settings.map_tianditu_key,
        static_max_age=settings.static_max_age,
        secret_key=secret_of(settings),
        secure_cookies=settings.secure_cookies,
        trusted_proxies=settings.trusted_proxies,
        public_url=settings.public_url or f"http://{settings.host}:{settings.port}",
        files=files_of(settings),
        adapters=SOURCE_ADAPTERS,
        fetcher=fetcher,
        mapping_rules=MAPPING_RULES,
        feed_networks=feed_networks(settings),
        dialects=GATE_DIALECTS,
        dialect_page=gate_page,
        passage_pulls=PASSAGE_PULLS,
        allow_list_pushes=ALLOW_LIST_PUSHES,
        sign_on=single_sign_on(settings, clock),
        books=books,
        intake=Intake(storing, clock, books, plate_keys),
        plate_keys=plate_keys,
        booking_desk=BookingDesk(storing, plate_keys),
        charging=charging_of(settings, sessions, clock, plate_keys, fetcher),
        sightings=Sightings(sessions),
        gateway_rate=settings.gateway_rate,
        vital={"lookup": lambda: None if lookup.ready else "loading"},
        checks={
            "database": lambda: database_missing(engine),
            "worker": lambda: worker_missing(sessions, clock),
        },
    )


def _storing_engine(engine: Engine) -> Engine:
    """For what many tell together: whoever stores it asks nobody first whether a connection still lives."""
    return make_engine(engine.url.render_as_string(hide_password=False), ping=False, trips=True)


def create_worker(settings: Settings, clock: Clock | None = None) -> WorkerParts:
    """The jobs of the worker process. Raises SchemaBehind, SchemaAhead."""
    configure_logging(settings)
    clock = clock or SystemClock()
    engine = open_engine(settings, pool_size=12)
    sessions = make_sessions(engine)
    leadership = Leadership(sessions, clock)
    sealer = Sealer.from_secret(secret_of(settings))
    books, plate_keys = GateBooks(sessions, sealer, clock), PlateKeys(sessions, sealer, clock)
    fetcher = fetcher_of(settings)
    threads = {"fast_threads": settings.worker_threads, "slow_threads": settings.slow_threads}
    puller = Puller(
        sessions, clock, fetcher, SOURCE_ADAPTERS, **threads, limits=host_limits(settings), sealer=sealer
    )
    storing = _storing_engine(engine)
    intake = Intake(make_sessions(storing), clock, books, plate_keys)
    asker = Asker(sessions, clock, fetcher, PASSAGE_PULLS, intake, books, sealer)
    teller = AllowListTeller(sessions, clock, fetcher, ALLOW_LIST_PUSHES, plate_keys, sealer)
    channel, words = notice_channel(settings, fetcher), words_in(settings.default_locale)
    charging = ChargeJobs(sessions, clock, charging_of(settings, sessions, clock, plate_keys, fetcher))
    jobs = (
        Job(HEARTBEAT, _HEARTBEAT_EVERY_S, lambda: _beat(leadership)),
        *puller.jobs(),
        *level_jobs(sessions, clock),
        *health_jobs(sessions, clock, MAPPING_RULES.presets),
        *asker.jobs(),
        *occupancy_jobs.jobs(sessions, clock),
        *lots_jobs.jobs(sessions, clock),
        *charging.jobs(),
        *pairing_jobs(sessions, clock, plate_keys),
        *sharing_jobs.jobs(sessions, clock),
        *teller.jobs(),
        *sharing_jobs.notice_jobs(sessions, clock, plate_keys, channel, words),
        *plates_jobs.jobs(sessions, clock, [lambda session: months_needed(session, clock.now())]),
        *filings_jobs.jobs(sessions, clock),
        *inspections_jobs.jobs(sessions, clock, complaints.lot_scores),
        *complaints_jobs.jobs(sessions, clock),
        *accounts_jobs.jobs(sessions, clock, channel, words),
    )

    def close() -> None:
        puller.close()
        asker.close()
        charging.close()
        storing.dispose()
        engine.dispose()

    return WorkerParts(sessions, clock, tuple(map(_of_a_city, jobs)), leadership, close)


def _of_a_city(job: Job) -> Job:
    """A job that does nothing before a profile was loaded: there is no city yet to do it for."""

    def run() -> None:
        with suppress(ProfileMissing):
            job.run()

    return replace(job, run=run)


def _beat(leadership: Leadership) -> None:
    """Say that this worker lives, and keep the right to the exclusive jobs while it does."""
    leadership.claim()


def open_engine(settings: Settings, pool_size: int = 5) -> Engine:
    """An engine on the database that is named. Raises SchemaBehind, SchemaAhead."""
    if settings.database_url is None:
        raise ValueError("the address of the database must be known here")
    url = settings.database_url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = make_engine(url, pool_size=pool_size)
    check_revision(engine)
    return engine
