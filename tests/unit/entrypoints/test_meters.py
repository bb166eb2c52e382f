"""Is a folder of meters there as long as anybody counts in it, and no longer?"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from parking.entrypoints.meters import meters_folder

ROOT = Path(__file__).parents[3]
LONG_S = 60
# A command and its web process.
_COMMAND = r"""
import os, sys, time
from parking.entrypoints.meters import meters_folder
with meters_folder() as folder:
    if web := os.fork():
        print(f"{web} {folder}", flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))


@pytest.fixture
def start() -> Iterator[Callable[[], tuple[subprocess.Popen, psutil.Process, Path]]]:
    webs: list[psutil.Process] = []

    def begin() -> tuple[subprocess.Popen, psutil.Process, Path]:
        command = subprocess.Popen(
            [sys.executable, "-c", _COMMAND], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        with command.stdout:
            web, folder = command.stdout.readline().split()
        webs.append(psutil.Process(int(web)))
        return command, webs[-1], Path(folder)

    yield begin
    for each in webs:
        with suppress(psutil.NoSuchProcess):
            each.kill()


def test_a_folder_is_gone_with_its_command() -> None:
    with meters_folder() as folder:
        (folder / "counter_1.db").touch()
    assert not folder.exists()


def test_what_a_killed_command_left_is_taken_away_when_its_web_processes_have_ended_too(
    start: Callable[[], tuple[subprocess.Popen, psutil.Process, Path]],
) -> None:
    command, web, left = start()
    (left / "counter_1.db").touch()
    with meters_folder():
        assert left.exists()
    command.kill()
    command.wait()
    with meters_folder():
        assert left.exists(), "the web process counts there"
    web.kill()
    until = time.monotonic() + LONG_S
    while left.exists() and time.monotonic() < until:
        with meters_folder() as folder:
            assert folder.exists()
    assert not left.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may make another user's folder")
def test_another_users_folder_and_what_a_link_leads_to_stay(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    others = tmp_path / "parking-web-metrics-others"
    elsewhere.mkdir()
    others.mkdir()
    os.chown(others, 65534, 65534)
    (tmp_path / "parking-web-metrics-link").symlink_to(elsewhere)
    with meters_folder():
        assert elsewhere.exists() and others.exists()
