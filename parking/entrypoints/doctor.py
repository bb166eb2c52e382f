"""What is wrong with this deployment, and which command mends it?"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.error import URLError
from urllib.request import urlopen

from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.city.rules import seed_days
from parking.entrypoints.database import embedded_folder
from parking.entrypoints.processes import PortTaken, refuse_taken_port
from parking.guidance import queries as guidance
from parking.guidance.rules.pulls import PullState
from parking.kernel.clock import Clock
from parking.kernel.db.engine import make_engine, make_sessions
from parking.kernel.db.programs import bin_folder, prefix_for
from parking.kernel.db.revision import SchemaAhead, check_revision
from parking.kernel.errors import NotFound, ParkingError
from parking.kernel.health import worker_missing
from parking.settings import Settings

_LITTLE_DISK = 2_000_000_000
_NO_DISK = 200_000_000
_OLDEST_SERVER = 15


class Verdict(StrEnum):
    """How a finding is to be taken."""

    GOOD = "ok"
    WARNING = "warning"
    BAD = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `mend` is the command that puts it right."""

    verdict: Verdict
    what: str
    mend: str | None = None


def examine(
    settings: Settings, clock: Clock, open_database: Callable[[], str], told: Callable[[ParkingError], str]
) -> Iterator[Finding]:
    """Look at everything, one finding after the other; raises nothing for what it finds.

    `open_database` gives the database's address and may raise; `told` puts an error into words.
    """
    yield _python()
    yield from _embedded(settings, told)
    yield _disk(settings)
    yield _port(settings, told)
    try:
        # A server that is switched off would otherwise keep us waiting for minutes.
        address = make_url(open_database()).update_query_dict({"connect_timeout": "5"})
        engine = make_engine(address.render_as_string(hide_password=False))
    except ParkingError as error:
        yield Finding(Verdict.BAD, told(error), "parking doctor, once that is mended")
        return
    try:
        yield from _database(engine, told)
        yield from _contents(engine, clock)
    except SchemaAhead as error:
        newer = f"install the version of the program that made revision {error.params['found']}"
        yield Finding(Verdict.BAD, told(error), newer)
    except ParkingError as error:
        yield Finding(Verdict.BAD, told(error), "parking database upgrade")
    except SQLAlchemyError as error:
        # The driver's message may name the user and the address, never the password.
        yield Finding(
            Verdict.BAD,
            f"the database does not answer: {type(error).__name__}",
            "start the server that PARKING_DATABASE_URL names, or correct the address",
        )
    finally:
        engine.dispose()


def _python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Finding(Verdict.GOOD, f"Python {version}")


def _embedded(settings: Settings, told: Callable[[ParkingError], str]) -> Iterator[Finding]:
    try:
        programs = bin_folder()
        yield Finding(Verdict.GOOD, f"PostgreSQL's programs: {programs}")
    except ParkingError as error:
        verdict = Verdict.WARNING if settings.database_url else Verdict.BAD
        yield Finding(verdict, told(error), "pip install --require-hashes -r requirements.lock")
        return
    if settings.database_url:
        yield Finding(Verdict.GOOD, "database: the server that PARKING_DATABASE_URL names")
        return
    folder = embedded_folder(settings)
    try:
        owner = folder.stat().st_uid
    except FileNotFoundError:
        owner = 0
    except PermissionError:
        yield Finding(Verdict.BAD, f"{folder} may not be read", "choose another folder with PARKING_DATA_DIR")
        return
    try:
        how = prefix_for(owner)
    except ParkingError as error:
        yield Finding(Verdict.BAD, told(error), "run it as a plain user")
        return
    words = {"unshare": "in a user namespace", "setpriv": "as another user, with setpriv"}
    way = words[how[0]] if how else "as this user"
    yield Finding(Verdict.GOOD, f"database: embedded, run {way}, data in {folder}")


def _disk(settings: Settings) -> Finding:
    place = embedded_folder(settings)
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    what = f"{free / 1e9:.1f} GB free under {place}"
    if free > _LITTLE_DISK:
        return Finding(Verdict.GOOD, what)
    verdict = Verdict.WARNING if free > _NO_DISK else Verdict.BAD
    return Finding(verdict, what, "make room, or choose another folder with PARKING_DATA_DIR")


def _port(settings: Settings, told: Callable[[ParkingError], str]) -> Finding:
    address = f"http://{settings.host}:{settings.port}"
    try:
        refuse_taken_port(settings.host, settings.port)
    except PortTaken as taken:
        if _is_ours(address):
            return Finding(Verdict.GOOD, f"the web answers on {address}")
        other = f"PARKING_PORT={taken.params['other']} parking web"
        return Finding(Verdict.BAD, f"another program listens on {settings.host}:{settings.port}", other)
    except ParkingError as error:
        return Finding(Verdict.BAD, told(error), "set PARKING_HOST and PARKING_PORT")
    return Finding(Verdict.WARNING, f"nothing listens on {settings.host}:{settings.port}", "parking web")


def _is_ours(address: str) -> bool:
    try:
        with urlopen(f"{address}/healthz", timeout=3) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (URLError, OSError, ValueError):
        return False


def _database(engine: Engine, told: Callable[[ParkingError], str]) -> Iterator[Finding]:
    with engine.connect() as connection:
        version = connection.execute(text("SHOW server_version")).scalar_one()
        encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
    major = int(str(version).split(".")[0])
    if major < _OLDEST_SERVER:
        yield Finding(
            Verdict.BAD, f"PostgreSQL {version} is too old", f"use PostgreSQL {_OLDEST_SERVER} or later"
        )
    elif encoding != "UTF8":
        yield Finding(
            Verdict.BAD,
            f"the database is encoded in {encoding}",
            "createdb --encoding=UTF8 --template=template0",
        )
    else:
        yield Finding(Verdict.GOOD, f"PostgreSQL {version}")
    check_revision(engine)
    yield Finding(Verdict.GOOD, "the schema fits this version")


def _contents(engine: Engine, clock: Clock) -> Iterator[Finding]:
    sessions = make_sessions(engine)
    problem = worker_missing(sessions, clock)
    if problem is None:
        yield Finding(Verdict.GOOD, "the worker is at work")
    else:
        never = "no worker has ever run" if problem == "never_started" else "the worker is silent"
        yield Finding(Verdict.BAD, never, "parking worker")
    with sessions() as session:
        yield from _city(session, clock)
        yield from _sources(session)


def _city(session: Session, clock: Clock) -> Iterator[Finding]:
    now = clock.now()
    try:
        today = city.today(session, now)
        view = city.city_view(session, today)
    except NotFound:
        yield Finding(Verdict.BAD, "no city profile was loaded", "parking city load FILE")
        return
    yield Finding(Verdict.GOOD, f"city: {view.name_zh} ({view.code})")
    calendar = city.calendar(session)
    for year in (today.year, today.year + 1):
        if calendar.covers(year):
            yield Finding(Verdict.GOOD, f"the calendar covers {year}")
        else:
            yield Finding(
                Verdict.WARNING,
                f"the calendar lacks {year}: holidays are read as weekdays",
                _calendar_command(year),
            )


def _calendar_command(year: int) -> str:
    if seed_days(year):
        return f"parking city calendar seed {year}"
    # The State Council tells a year's holidays in the November before it; then somebody enters them.
    by_hand = f"parking city calendar set {year}-01-01 holiday, and so on for each day"
    return f"{by_hand}; then: parking city calendar cover {year}"


def _sources(session: Session) -> Iterator[Finding]:
    views = guidance.source_views(session)
    failing = 0
    for view in views:
        for pull in view.pulls:
            if pull.state == PullState.FAILED:
                failing += 1
                yield Finding(
                    Verdict.WARNING,
                    f"source {view.name}, {pull.kind}: {pull.reason or 'failing'}",
                    f"parking sources problems {view.name}",
                )
    if not failing:
        yield Finding(Verdict.GOOD, f"{len(views)} sources, none failing")
