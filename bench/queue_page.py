"""What does the bureau's queue cost over HTTP with 100,000 filings, beside what it costs with 100?"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from flask.testing import FlaskClient
from rich.progress import Progress
from sqlalchemy import text

from bench.database import PROFILE
from parking.accounts import service as accounts
from parking.accounts.models import Account
from parking.accounts.rules import OfficerRole, OrganisationKind
from parking.accounts.service.sessions import begin_session
from parking.bootstrap import PAGES, configure_logging
from parking.boundary.files import KeptFile, MediaType
from parking.city import service as city
from parking.filings.models import Filing
from parking.filings.rules import FilingKind, FilingState
from parking.kernel.actors import CLI
from parking.kernel.clock import Clock
from parking.kernel.db import revision
from parking.kernel.db.copying import copy_rows
from parking.kernel.db.embedded import EmbeddedServer
from parking.kernel.db.engine import Sessions, make_engine, make_sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lookup.queries import Lookup
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from parking.settings import Settings

FEW, MANY = 100, 100_000
AT_MOST = 3.0
_ROUNDS = 25
_WARM = 3
_NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
_DISTRICTS = [f"3209990{number:02d}" for number in range(1, 9)]
_PROFILE = {
    **PROFILE,
    "districts": [
        {"code": code, "name_zh": f"街道{code}", "name_en": f"District {code}", "lat": 32.06, "lon": 120.64}
        for code in _DISTRICTS
    ],
}
# A bureau in trouble: three of four filings still wait, most of them in one district, so that each view has a
# full page of 50 rows in both cities.
_STATES = (FilingState.SUBMITTED, FilingState.ACCEPTED, FilingState.SUBMITTED, FilingState.APPROVED)
_CROWDED = 0.7
_WAITING = {FilingState.SUBMITTED: "accept", FilingState.ACCEPTED: "decide"}
_PAGES = {
    "the queue": "/bureau/filings",
    "the queue of a district": f"/bureau/filings?district={_DISTRICTS[0]}",
    "what is overdue": "/bureau/filings?only=overdue",
}


class _StandingClock(Clock):
    def now(self) -> datetime:
        return _NOW


def run(progress: Progress) -> list[dict[str, Any]]:
    """The first page of each view, asked of both cities in turn, so that other work touches both alike."""
    task = progress.add_task(f"queue page, writing {MANY:,} filings", total=1 + len(_PAGES) * _ROUNDS)
    configure_logging(Settings(log_level="warning"))
    figures = []
    with (
        tempfile.TemporaryDirectory() as folder,
        EmbeddedServer.open(Path(folder)) as server,
        _a_bureau(server, "few", FEW) as few,
        _a_bureau(server, "many", MANY) as many,
    ):
        progress.update(task, advance=1, description="queue page")
        for name, path in _PAGES.items():
            figures += _figures(name, *_asked(few, many, path, progress, task))
    return figures


def _asked(
    few: FlaskClient, many: FlaskClient, path: str, progress: Progress, task: Any
) -> tuple[float, float]:
    """Median milliseconds of a page in both cities."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(_WARM + _ROUNDS):
        for client, kept in zip((few, many), times, strict=True):
            begun = time.perf_counter()
            answer = client.get(path)
            took = time.perf_counter() - begun
            if answer.status_code != 200 or "data-row" not in answer.text:
                raise RuntimeError(f"{path} answered {answer.status_code}")
            if number >= _WARM:
                kept.append(took * 1000)
        if number >= _WARM:
            progress.advance(task)
    return median(times[0]), median(times[1])


def _figures(name: str, few: float, many: float) -> list[dict[str, Any]]:
    plain = {"unit": "ms", "better": "lower", "limit": None}
    return [
        {"name": f"{name}, {FEW} filings", "value": few, **plain},
        {"name": f"{name}, {MANY:,} filings", "value": many, **plain},
        {
            "name": f"{name}: {MANY:,} filings over {FEW}",
            "value": many / few,
            "unit": "times",
            "better": "lower",
            "limit": AT_MOST,
        },
    ]


@contextmanager
def _a_bureau(server: EmbeddedServer, name: str, filings: int) -> Iterator[FlaskClient]:
    """A reviewer's browser on a city with that many filings."""
    first = make_engine(server.url)
    with first.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    first.dispose()
    engine = make_engine(server.url_of(name))
    revision.upgrade(engine)
    sessions = make_sessions(engine)
    token = _fill(sessions, filings)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    clock = _StandingClock()
    lookup = Lookup(None, sessions, clock)
    lookup.load()
    app = create_app(PortalServices(sessions=sessions, clock=clock, lookup=lookup), pages=PAGES)
    client = app.test_client()
    client.set_cookie("bureau_session", token)
    yield client
    engine.dispose()


def _fill(sessions: Sessions, filings: int) -> str:
    """The city, an organisation, a reviewer (whose token is returned) and the filings, written by COPY."""
    with unit_of_work(sessions) as uow:
        session = uow.session
        city.load_profile(session, CLI, _PROFILE, _NOW)
        city.seed_calendar(session, CLI, [2025, 2026], _NOW)
        paper = KeptFile("0" * 64, MediaType.PDF, 9, "paper.pdf")
        made = accounts.register_organisation(
            session,
            name="试城物业有限公司",
            credit_code="91320999000000001Y",
            kind=OrganisationKind.ORGANISATION,
            contact_name="王一",
            phone="13800000001",
            login="owner",
            password="Lindenblatt-7-Oktave",
            licence=paper,
            authorisation=paper,
            now=_NOW,
        )
        officer = accounts.appoint_officer(
            session,
            CLI,
            login="reviewer",
            name="赵三",
            roles=[OfficerRole.REVIEWER],
            districts=[],
            phone="13900000001",
            password="Kranich-9-Sommerregen",
            must_change=False,
            now=_NOW,
        )
        copy_rows(session, Filing, list(_rows(filings, made.organisation_id, officer.account_id)))
        return begin_session(session, session.get_one(Account, officer.account_id), None, _NOW).token


def _rows(many: int, organisation_id: str, officer_id: str) -> Iterator[dict[str, Any]]:
    chance = random.Random(5)
    for number in range(many):
        state = _STATES[number % len(_STATES)]
        submitted_at = _NOW - timedelta(minutes=chance.randrange(60, 30_000))
        waits = state in _WAITING
        yield {
            "id": f"filing{number:09d}",
            "number": f"试停备申-2026-{number:06d}",
            "kind": FilingKind.REGISTRATION.value,
            "state": state.value,
            "organisation_id": organisation_id,
            "organisation_name": "试城物业有限公司",
            "lot_name": f"人民路第 {number} 停车场",
            "district_code": _DISTRICTS[0 if chance.random() < _CROWDED else number % len(_DISTRICTS)],
            "answers": {"name": f"人民路第 {number} 停车场"},
            "base": {},
            "due_what": _WAITING.get(state),
            "due_on": (submitted_at + timedelta(days=4)).date() if waits else None,
            "claimed_by": officer_id if waits and number % 50 == 0 else None,
            "claimed_until_at": _NOW + timedelta(minutes=20) if waits and number % 50 == 0 else None,
            "created_by": f"member:{organisation_id}",
            "created_at": submitted_at,
            "updated_at": submitted_at,
            "submitted_at": submitted_at,
            "version": 2,
        }
