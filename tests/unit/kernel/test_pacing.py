"""Work in the background rests after some of its own time, however long others took meanwhile."""

from __future__ import annotations

from time import sleep, thread_time

from parking.kernel.pacing import Pace


def work(seconds: float) -> None:
    until = thread_time() + seconds
    while thread_time() < until:
        pass


def test_it_rests_once_it_worked_that_long():
    rests: list[float] = []
    pace = Pace(work_s=0.02, rest_s=0.003, rest=rests.append)
    pace.step()
    assert rests == []
    for _ in range(2):
        work(0.02)
        pace.step()
        pace.step()
    assert rests == [0.003, 0.003]


def test_what_it_waited_is_not_what_it_worked():
    rests: list[float] = []
    pace = Pace(work_s=0.02, rest=rests.append)
    sleep(0.03)
    pace.step()
    assert rests == []
