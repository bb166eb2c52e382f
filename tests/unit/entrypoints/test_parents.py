"""Does a process that was just begun end when it should: with its parent, or when it is told?"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

PARENT = """
import sys
from parking.entrypoints.processes import Child
Child("child", [sys.executable, "-c", sys.argv[1]])
"""
# Its parent is gone by the time that it listens for that.
CHILD = """
import os, sys, time
from threading import Event
while os.getppid() == int(os.environ["PARENT_PID"]):
    time.sleep(0.01)
from parking.entrypoints.processes import end_with_parent
gone = Event()
end_with_parent(gone.set)
said = str(gone.wait(30))
open({told!r}, "w").write(said)
"""
# Told in the instant of the fork, before it knows that it is another process.
TOLD = """
import os, signal, time
from parking.entrypoints.processes import stop_on_signals
stop_on_signals()
for _ in range(200):
    if forked := os.fork():
        os.kill(forked, signal.SIGTERM)
        _, status = os.waitpid(forked, 0)
        assert os.waitstatus_to_exitcode(status) == -signal.SIGTERM
    else:
        time.sleep(20)
        os._exit(0)
"""


def test_a_process_that_is_told_to_end_in_the_instant_of_its_fork_ends() -> None:
    subprocess.run([sys.executable, "-c", TOLD], check=True)


def test_an_orphan_that_loaded_late_knows_that_it_is_one(tmp_path: Path) -> None:
    told = tmp_path / "told"
    child = CHILD.format(told=str(told))
    subprocess.run([sys.executable, "-c", PARENT, child], check=True)
    assert _told(told) == "True"


def _told(path: Path) -> str:
    while not (path.exists() and (said := path.read_text())):
        time.sleep(0.02)
    return said
