"""Do played barriers tell a believable day, misbehave when ordered, and keep their plates here?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import orjson
import pytest

from parking.entrypoints.simulator.barriers.barrier import Barrier, Fault
from parking.entrypoints.simulator.barriers.crossing import Crossing, Gate, Leads, NotMadeUp, vehicle
from parking.entrypoints.simulator.barriers.plan import Story, beginning, crossings, days_of
from parking.entrypoints.simulator.barriers.street_file import OpenToAll, read_street, write_street
from parking.entrypoints.simulator.course import Course

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
DAY = date(2026, 11, 21)


class Listener:
    """A platform that writes down what it hears, and acknowledges while `answers`."""

    def __init__(self) -> None:
        self.heard: list[dict] = []
        self.answers = True
        listener = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if listener.answers:
                    listener.heard.append(orjson.loads(body))
                answer = orjson.dumps(
                    {"Response_AlarmInfoPlate": {"info": "no", "content": "retransfer_stop"}}
                )
                self.send_response(200 if listener.answers else 503)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/compat/vzenith/secret/"

    def plates(self) -> list[dict]:
        return [
            told["AlarmInfoPlate"]["result"]["PlateResult"] for told in self.heard if "AlarmInfoPlate" in told
        ]


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    thread = Thread(target=listener.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield listener
    listener.server.shutdown()
    thread.join()
    listener.server.server_close()


@pytest.fixture
def barrier(listener: Listener) -> Iterator[Barrier]:
    barrier = Barrier(Gate("g", "vzenith", listener.url, Leads.ENTRY, "51d0e106-1"))
    # Its sign of life is a form that this listener does not read.
    barrier._beaten_at = NOW
    yield barrier
    barrier.close()


def coming(number: int) -> Crossing:
    return Crossing(number, NOW + timedelta(seconds=number), Leads.ENTRY, vehicle(number), f"stay-{number}")


def ids(listener: Listener) -> list[int]:
    return [plate["plateid"] for plate in listener.plates()]


def _story() -> Story:
    return Story("BH-013", 70, Course.HOSPITAL, 1)


def _inside(story: Story, now: datetime, before: Mapping[str, datetime]) -> dict[str, datetime]:
    """Who stands in the lot once the story was told until now; whoever leaves has come."""
    inside = dict(before)
    for seen in (planned.crossing for planned in story.passed(now)):
        if seen.leads is Leads.ENTRY:
            inside[seen.stay] = seen.at
        else:
            assert inside.pop(seen.stay) == seen.entered_at
    return inside


def test_a_day_is_the_same_for_the_same_seed_and_nobody_leaves_who_did_not_come() -> None:
    day = crossings("BH-013", 70, Course.HOSPITAL, DAY)
    assert day == crossings("BH-013", 70, Course.HOSPITAL, DAY)
    assert day != crossings("BH-013", 70, Course.HOSPITAL, DAY, seed=2)
    inside: dict[str, Crossing] = {}
    most = 0
    for planned in day:
        seen = planned.crossing
        if seen.leads is Leads.ENTRY:
            inside[seen.stay] = seen
        else:
            entry = inside.pop(seen.stay)
            assert (entry.vehicle, entry.at) == (seen.vehicle, seen.entered_at)
            assert entry.at < seen.at
        most = max(most, len(inside))
    assert 40 < most <= 70 and not inside
    assert [planned.crossing.at for planned in day] == sorted(planned.crossing.at for planned in day)
    assert len({planned.crossing.number for planned in day}) == len(day) > 500


def test_for_three_hours_of_the_morning_two_days_share_a_lot() -> None:
    before, three = DAY - timedelta(days=1), beginning(DAY)
    assert three.hour == 3
    assert days_of(three - timedelta(seconds=1)) == (before,)
    assert days_of(three) == days_of(three + timedelta(hours=2, minutes=59)) == (before, DAY)
    assert days_of(three + timedelta(hours=3)) == (DAY,)


def test_at_every_hour_somebody_has_stood_there_for_an_hour() -> None:
    story, inside = _story(), {}
    for hour in range(10, 36):
        now = beginning(DAY) + timedelta(hours=hour, minutes=20)
        inside = _inside(story, now, inside)
        assert 5 < len(inside) <= 70
        assert any(now - entered_at > timedelta(hours=1) for entered_at in inside.values())
        if hour in (23, 24, 26, 27):
            assert inside == _inside(_story(), now, {}), "whoever starts again tells the same"


def test_every_plate_is_nobodys_and_no_two_vehicles_share_one() -> None:
    plates = [vehicle(number).plate for number in range(20_000)]
    assert {plate[:2] for plate in plates} == {"苏Z"}
    assert len(set(plates)) == len(plates)
    assert "苏Z" not in repr(coming(3))


def test_made_up_plates_stay_on_this_machine() -> None:
    with pytest.raises(NotMadeUp):
        Barrier(Gate("g", "vzenith", "http://192.0.2.1/compat/", Leads.ENTRY, "s"))


@pytest.mark.parametrize(
    ("plays", "heard"),
    [
        (Fault.GOOD, [1, 2, 3]),
        (Fault.REPEAT, [1, 1, 2, 2, 3, 3]),
        (Fault.GAP, []),
        (Fault.REORDER, [3, 2, 1]),
        (Fault.BACKED_OUT, [1, 1_000_001, 2, 1_000_002, 3, 1_000_003]),
    ],
)
def test_a_fault_is_played_as_ordered(
    barrier: Barrier, listener: Listener, plays: Fault, heard: list[int]
) -> None:
    barrier.direct(plays, 1)
    stays_inside = [barrier.see(coming(number)) for number in (1, 2, 3)]
    barrier.flush(NOW, 10)
    assert ids(listener) == heard
    assert all(stays_inside) is (plays is not Fault.BACKED_OUT)


def test_what_an_outage_held_back_is_replayed_and_says_so(barrier: Barrier, listener: Listener) -> None:
    barrier.direct(Fault.OUTAGE, 1)
    barrier.see(coming(1))
    barrier.flush(NOW, 10)
    assert (listener.heard, barrier.waiting) == ([], 1)
    barrier.direct(Fault.GOOD, 1)
    barrier.see(coming(2))
    barrier.flush(NOW, 10)
    assert [(each["plateid"], each["isoffline"]) for each in listener.plates()] == [(1, 1), (2, 0)]


def test_what_is_not_acknowledged_waits_and_keeps_its_place(barrier: Barrier, listener: Listener) -> None:
    listener.answers = False
    barrier.see(coming(1))
    barrier.see(coming(2))
    barrier.direct(Fault.NO_PLATE, 1)
    barrier.see(coming(3))
    barrier.flush(NOW, 10)
    assert barrier.waiting == 3
    listener.answers = True
    barrier.flush(NOW, 10)
    assert ids(listener) == [1, 2, 3]
    assert [each["license"] == "_无_" for each in listener.plates()] == [False, False, True]
    assert (barrier.tally.acknowledged, barrier.tally.opened, barrier.waiting) == (3, 0, 0)


def test_a_file_of_keys_that_others_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "street.json"
    write_street(
        file, {"platform": "http://127.0.0.1:1", "lots": [], "rows": [], "clouds": [], "networks": {}}
    )
    assert read_street(file, 1).lots == []
    file.chmod(0o640)
    with pytest.raises(OpenToAll):
        read_street(file, 1)
