"""How long do the windows of the next 60 days take, for 1,000 agreements? And to be listed?"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from statistics import median
from typing import Any

from rich.progress import Progress
from sqlalchemy import text
from sqlalchemy.orm import Session

from bench.database import fresh_database
from bench.lending import agreements_of
from parking.city import service as city_service
from parking.kernel.actors import CLI
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import SpaceClass
from parking.sharing.models import AgreementPart, AgreementParty
from parking.sharing.queries.agreements import agreements
from parking.sharing.queries.windows import open_windows
from parking.sharing.rules.agreements import Party
from parking.sharing.service.opening import materialise_windows
from parking.sharing.service.revising import lots_to_revise

AGREEMENTS = 1_000
RUNS = 3
_NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
_LONG_AFTER = datetime(2027, 1, 1, tzinfo=UTC)


def _hours(number: int) -> str:
    """Sixty ways to write a school's, an office's and an estate's hours."""
    begins = f"{17 + number % 4}:{number // 4 % 2 * 30:02d}"
    ends = f"0{6 + number // 8 % 2}:{number // 16 % 4 * 15:02d}"
    night = f"{begins}-{ends}"
    return (f"Mo-Fr {night}; Sa-Su,PH 00:00-24:00", f"Mo-Su {night}", f"Mo-Th,Su {night}; PH off")[number % 3]


def run(progress: Progress) -> list[dict[str, Any]]:
    """On a server of our own, with PostgreSQL's durable settings, first and again."""
    task = progress.add_task(f"windows of {AGREEMENTS:,} agreements", total=RUNS)
    first: list[float] = []
    again: list[float] = []
    listed: list[float] = []
    followed: list[float] = []
    made = 0
    with fresh_database() as database:
        sessions = database.sessions
        with unit_of_work(sessions) as uow:
            _agree(uow.session)
            city_service.seed_calendar(uow.session, CLI, [2026], _NOW)
        for _ in range(RUNS):
            with unit_of_work(sessions) as uow:
                uow.session.execute(text("TRUNCATE shared_windows, lent_spans CASCADE"))
            for times in (first, again):
                began = time.perf_counter()
                with unit_of_work(sessions) as uow:
                    told = materialise_windows(uow.session, _NOW).made
                times.append(time.perf_counter() - began)
                made = max(made, told)
            began = time.perf_counter()
            with sessions() as session:
                if len(open_windows(session, None, _NOW, _LONG_AFTER)) != made or not made:
                    raise RuntimeError("not every window is listed")
                if len(agreements(session)) != AGREEMENTS:
                    raise RuntimeError("not every agreement is listed")
            listed.append(time.perf_counter() - began)
            began = time.perf_counter()
            with sessions() as session:
                if lots_to_revise(session, _NOW):
                    raise RuntimeError("a window that was made just now does not follow")
            followed.append(time.perf_counter() - began)
            progress.advance(task)
    unit = {"unit": "s", "better": "lower"}
    return [
        {
            "name": f"{made:,} windows of {AGREEMENTS:,} agreements",
            "value": median(first),
            "limit": 5.0,
            **unit,
        },
        {"name": "the same again, nothing new", "value": median(again), "limit": 5.0, **unit},
        {
            "name": f"{made:,} windows and their agreements listed",
            "value": median(listed),
            "limit": 1.0,
            **unit,
        },
        {"name": "whether each still follows", "value": median(followed), "limit": 5.0, **unit},
    ]


def _agree(session: Session) -> None:
    for number, agreement in enumerate(agreements_of(session, AGREEMENTS, _NOW)):
        hours = _hours(number)
        agreement.parties = [AgreementParty(party=each, name="-", contact="-", duties="-") for each in Party]
        agreement.parts = [
            AgreementPart(space_class=SpaceClass.GENERAL, spaces=5, opening_hours=hours, quota=5)
        ]
