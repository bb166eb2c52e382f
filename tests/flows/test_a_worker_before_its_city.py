"""What do the worker's jobs do before a profile was loaded, and on the day it was?"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from parking.bootstrap import create_worker, processes
from parking.city.service import load_profile
from parking.kernel.actors import CLI
from parking.kernel.clock import SystemClock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.jobs import run_job
from parking.settings import Settings
from tests.databases import Database
from tests.factories.city import a_profile


@pytest.mark.parametrize("has_city", [False, True], ids=["before", "first day"])
def test_no_job_fails(
    database: Database,
    sessions: Sessions,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    has_city: bool,
) -> None:
    # The log of this process is pytest's.
    monkeypatch.setattr(processes, "configure_logging", lambda settings: None)
    now = SystemClock().now()
    if has_city:
        with unit_of_work(sessions) as uow:
            load_profile(uow.session, CLI, a_profile(), now, since=(now - timedelta(days=1)).date())
    worker = create_worker(
        Settings.from_env({"PARKING_DATABASE_URL": database.url, "PARKING_DATA_DIR": str(tmp_path)})
    )
    try:
        failed = {
            job.name: error
            for job in worker.jobs
            if (error := run_job(job, worker.sessions, worker.clock)) is not None
        }
    finally:
        worker.close()
    assert failed == {}
