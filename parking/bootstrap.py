"""What does this deployment consist of? The one place that knows everything and puts it together."""

from __future__ import annotations

import logging
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass

import orjson
import structlog
from flask import Flask
from sqlalchemy import Engine

from integrations.charging import NetworkAddress
from integrations.http import HardenedFetcher
from integrations.registry import (
    CHARGE_NETWORKS,
    GATE_DIALECTS,
    NOTICE_CHANNELS,
    PASSAGE_PULLS,
    SOURCE_ADAPTERS,
    ChannelAddress,
)
from integrations.sso.oidc import OpenIdConnect
from integrations.storage import LocalFolder
from parking.accounts import jobs as accounts_jobs
from parking.boundary.charges import ChargeNetwork
from parking.boundary.fetching import Fetcher
from parking.boundary.files import FileStore
from parking.boundary.notices import NoticeChannel
from parking.boundary.signing_on import SingleSignOn
from parking.filings import jobs as filings_jobs
from parking.guidance.jobs import Puller
from parking.inspections import jobs as inspections_jobs
from parking.kernel.clock import Clock, SystemClock
from parking.kernel.db.engine import Sessions, make_engine, make_sessions
from parking.kernel.db.revision import check_revision
from parking.kernel.health import database_missing, worker_missing
from parking.kernel.jobs import HEARTBEAT, Job, Leadership
from parking.kernel.keyfile import read_or_make
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
from parking.portals.bureau import accounts as bureau_accounts
from parking.portals.bureau import audit as bureau_audit
from parking.portals.bureau import bays as bureau_bays
from parking.portals.bureau import calendar as bureau_calendar
from parking.portals.bureau import calls as bureau_calls
from parking.portals.bureau import certificates as bureau_certificates
from parking.portals.bureau import charges as bureau_charges
from parking.portals.bureau import clients as bureau_clients
from parking.portals.bureau import decisions as bureau_decisions
from parking.portals.bureau import devices as bureau_devices
from parking.portals.bureau import filings as bureau_filings
from parking.portals.bureau import finding_acts as bureau_finding_acts
from parking.portals.bureau import findings as bureau_findings
from parking.portals.bureau import home as bureau_home
from parking.portals.bureau import inspection_plans as bureau_inspection_plans
from parking.portals.bureau import inspections as bureau_inspections
from parking.portals.bureau import lanes as bureau_lanes
from parking.portals.bureau import lots as bureau_lots
from parking.portals.bureau import officers as bureau_officers
from parking.portals.bureau import organisations as bureau_organisations
from parking.portals.bureau import papers as bureau_papers
from parking.portals.bureau import passage_pulls as bureau_passage_pulls
from parking.portals.bureau import quarantine as bureau_quarantine
from parking.portals.bureau import scores as bureau_scores
from parking.portals.bureau import settings as bureau_settings
from parking.portals.bureau import single_sign_on as bureau_single_sign_on
from parking.portals.bureau import sources as bureau_sources
from parking.portals.bureau import visits as bureau_visits
from parking.portals.citizen import api as citizen_api
from parking.portals.citizen import pages as citizen_pages
from parking.portals.citizen import pay as citizen_pay
from parking.portals.citizen import register as citizen_register
from parking.portals.citizen import verify as citizen_verify
from parking.portals.gateway import callbacks as gateway_callbacks
from parking.portals.gateway import compat as gateway_compat
from parking.portals.gateway import developers as gateway_developers
from parking.portals.gateway import operations as gateway_operations
from parking.portals.operator import accounts as operator_accounts
from parking.portals.operator import bulk as operator_bulk
from parking.portals.operator import certificates as operator_certificates
from parking.portals.operator import charges as operator_charges
from parking.portals.operator import declaring as operator_declaring
from parking.portals.operator import devices as operator_devices
from parking.portals.operator import filing_forms as operator_filing_forms
from parking.portals.operator import filings as operator_filings
from parking.portals.operator import home as operator_home
from parking.portals.operator import inspections as operator_inspections
from parking.portals.operator import lots as operator_lots
from parking.portals.operator import organisation as operator_organisation
from parking.portals.operator import papers as operator_papers
from parking.portals.operator import passes as operator_passes
from parking.portals.operator import places as operator_places
from parking.portals.operator import visits as operator_visits
from parking.settings import Settings, SettingsWrong, key_of
from parking.sharing import jobs as sharing_jobs
from parking.visits.jobs.charges import ChargeJobs
from parking.visits.jobs.pairing import pairing_jobs
from parking.visits.jobs.pulling import Asker
from parking.visits.queries.visits import months_needed
from parking.visits.service.asking import Charging
from parking.visits.service.intake import Intake

_HEARTBEAT_EVERY_S = 10.0
# A province's register takes some seconds to read; a database that hangs must not keep the pages away.
_FIRST_MODEL_WITHIN_S = 30.0

# Every page of the web application; the tests of permissions walk them all.
PAGES = (
    citizen_pages.blueprint,
    citizen_verify.blueprint,
    citizen_register.blueprint,
    citizen_pay.blueprint,
    gateway_developers.blueprint,
    operator_accounts.pages,
    operator_organisation.pages,
    operator_home.pages,
    operator_filings.pages,
    operator_filing_forms.pages,
    operator_declaring.pages,
    operator_places.pages,
    operator_papers.pages,
    operator_bulk.pages,
    operator_certificates.pages,
    operator_lots.pages,
    operator_visits.pages,
    operator_passes.pages,
    operator_charges.pages,
    operator_devices.pages,
    operator_inspections.pages,
    bureau_accounts.pages,
    bureau_single_sign_on.pages,
    bureau_home.pages,
    bureau_filings.pages,
    bureau_decisions.pages,
    bureau_papers.pages,
    bureau_certificates.pages,
    bureau_lots.pages,
    bureau_inspections.pages,
    bureau_inspection_plans.pages,
    bureau_findings.pages,
    bureau_finding_acts.pages,
    bureau_scores.pages,
    bureau_visits.pages,
    bureau_quarantine.pages,
    bureau_sources.pages,
    bureau_calendar.pages,
    bureau_settings.pages,
    bureau_organisations.pages,
    bureau_officers.pages,
    bureau_clients.pages,
    bureau_calls.pages,
    bureau_charges.pages,
    bureau_devices.pages,
    bureau_bays.pages,
    bureau_lanes.pages,
    bureau_passage_pulls.pages,
    bureau_audit.pages,
)

# Every JSON interface of it.
INTERFACES = (
    citizen_api.blueprint,
    citizen_register.interface,
    gateway_operations.blueprint,
    gateway_compat.blueprint,
    gateway_callbacks.blueprint,
)


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
    clock = clock or SystemClock()
    engine = open_engine(settings)
    sessions = make_sessions(engine)
    lookup = Lookup(engine.url.render_as_string(hide_password=False), sessions, clock)
    lookup.start()
    lookup.wait_tried(_FIRST_MODEL_WITHIN_S)
    sealer = Sealer.from_secret(secret_of(settings))
    books, plate_keys = GateBooks(sessions, sealer, clock), PlateKeys(sessions, sealer, clock)
    services = PortalServices(
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
        dialects=GATE_DIALECTS,
        passage_pulls=PASSAGE_PULLS,
        sign_on=single_sign_on(settings, clock),
        books=books,
        intake=Intake(sessions, clock, books, plate_keys),
        plate_keys=plate_keys,
        charging=charging_of(settings, sessions, clock, plate_keys, HardenedFetcher()),
        sightings=Sightings(sessions),
        gateway_rate=settings.gateway_rate,
        vital={"lookup": lambda: None if lookup.ready else "loading"},
        checks={
            "database": lambda: database_missing(engine),
            "worker": lambda: worker_missing(sessions, clock),
        },
    )
    app = create_app(
        services,
        pages=PAGES,
        interfaces=INTERFACES,
        description=citizen_api.DESCRIPTION,
    )
    gateway_operations.begin_writing(app, sessions)
    return app


def create_worker(settings: Settings, clock: Clock | None = None) -> WorkerParts:
    """The jobs of the worker process. Raises SchemaBehind, SchemaAhead."""
    configure_logging(settings)
    clock = clock or SystemClock()
    engine = open_engine(settings, pool_size=12)
    sessions = make_sessions(engine)
    leadership = Leadership(sessions, clock)
    sealer = Sealer.from_secret(secret_of(settings))
    books, plate_keys = GateBooks(sessions, sealer, clock), PlateKeys(sessions, sealer, clock)
    fetcher = HardenedFetcher()
    puller = Puller(
        sessions,
        clock,
        fetcher,
        SOURCE_ADAPTERS,
        fast_threads=settings.worker_threads,
        slow_threads=settings.slow_threads,
    )
    asker = Asker(
        sessions, clock, fetcher, PASSAGE_PULLS, Intake(sessions, clock, books, plate_keys), books, sealer
    )
    charging = ChargeJobs(sessions, clock, charging_of(settings, sessions, clock, plate_keys, fetcher))
    jobs = (
        Job(HEARTBEAT, _HEARTBEAT_EVERY_S, lambda: _beat(leadership)),
        *puller.jobs(),
        *asker.jobs(),
        *occupancy_jobs.jobs(sessions, clock),
        *lots_jobs.jobs(sessions, clock),
        *charging.jobs(),
        *pairing_jobs(sessions, clock, plate_keys),
        *sharing_jobs.jobs(sessions, clock),
        *plates_jobs.jobs(sessions, clock, [lambda session: months_needed(session, clock.now())]),
        *filings_jobs.jobs(sessions, clock),
        *inspections_jobs.jobs(sessions, clock),
        *accounts_jobs.jobs(
            sessions, clock, notice_channel(settings, fetcher), words_in(settings.default_locale)
        ),
    )

    def close() -> None:
        puller.close()
        asker.close()
        charging.close()
        engine.dispose()

    return WorkerParts(sessions, clock, jobs, leadership, close)


def _beat(leadership: Leadership) -> None:
    """Say that this worker lives, and keep the right to the exclusive jobs while it does."""
    leadership.claim()


def notice_channel(settings: Settings, fetcher: Fetcher) -> NoticeChannel:
    """The channel that carries notices to people. Raises SettingsWrong for an address that it cannot use."""
    address = ChannelAddress(settings.notify_url, settings.notify_secret, _networks(settings))
    try:
        return NOTICE_CHANNELS[settings.notify](fetcher, address)
    except ValueError as problem:
        names = f"{key_of('notify_url')}, {key_of('notify_secret')}"
        raise SettingsWrong([f"{names}: {settings.notify}: {problem}"]) from None


def single_sign_on(settings: Settings, clock: Clock) -> SingleSignOn | None:
    """The city's single sign-on, None where the settings name none."""
    if not (settings.oidc_issuer and settings.oidc_client_id):
        return None
    return OpenIdConnect(
        HardenedFetcher(),
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret or "",
        _networks(settings),
        clock.now,
    )


def charging_of(
    settings: Settings, sessions: Sessions, clock: Clock, plate_keys: PlateKeys, fetcher: Fetcher
) -> Charging:
    """Whoever speaks to the networks that take money. Raises SettingsWrong."""
    address = settings.public_url or f"http://{settings.host}:{settings.port}"
    return Charging(
        sessions,
        clock,
        charge_networks(settings, fetcher),
        opens=plate_keys.open,
        notify_url=lambda name: f"{address}/networks/{name}/callback",
        return_url=lambda charge_id: f"{address}/pay/receipt/{charge_id}",
    )


def charge_networks(settings: Settings, fetcher: Fetcher) -> dict[str, ChargeNetwork]:
    """The networks of the file that the settings name. Raises SettingsWrong, telling each wrong one."""
    if settings.charge_networks is None:
        return {}
    key, found, problems = key_of("charge_networks"), {}, []
    try:
        tables = tomllib.loads(settings.charge_networks.read_text("utf-8"))
    except (OSError, ValueError):
        raise SettingsWrong([f"{key}: cannot be read as TOML"]) from None
    for name, table in tables.items():
        try:
            found[name] = CHARGE_NETWORKS[name](
                fetcher, NetworkAddress(networks=_networks(settings), **table)
            )
        except KeyError:
            problems.append(f"{key}: {name}: no such network")
        except (TypeError, ValueError) as problem:
            # A message of ours, or of Python about a name; no value of the file is in it.
            problems.append(f"{key}: {name}: {problem}")
    if problems:
        raise SettingsWrong(problems)
    return found


def _networks(settings: Settings) -> tuple[str, ...]:
    return tuple(part.strip() for part in settings.outbound_networks.split(",") if part.strip())


def secret_of(settings: Settings) -> str:
    """The deployment's secret: the one that is set, else the one kept in the data folder."""
    return settings.secret_key or read_or_make(settings.data_dir / "secret.key")


def files_of(settings: Settings) -> FileStore:
    """Where uploaded papers are kept."""
    return LocalFolder(settings.files_dir or settings.data_dir / "files")


def open_engine(settings: Settings, pool_size: int = 5) -> Engine:
    """An engine on the database that is named. Raises SchemaBehind, SchemaAhead."""
    if settings.database_url is None:
        raise ValueError("the address of the database must be known here")
    url = settings.database_url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = make_engine(url, pool_size=pool_size)
    check_revision(engine)
    return engine


def configure_logging(settings: Settings) -> None:
    """One line per event on standard error, as JSON or for a console, ours and the libraries' alike."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.ExtraAdder(),
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    console = settings.log_format == "console"
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(colors=False)
            if console
            else structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr)
        if console
        else structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=False)
        if console
        else structlog.processors.JSONRenderer(serializer=lambda event, **_: orjson.dumps(event).decode())
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # The scheduler tells every skipped run; a run that takes longer than its interval is no event.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    logging.getLogger("urllib3").setLevel(logging.ERROR)
