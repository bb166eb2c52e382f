"""How does a newcomer see a city within a minute? Database, data, simulator, worker, web in one command."""

from __future__ import annotations

import fcntl
import os
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Event
from time import monotonic
from urllib.error import URLError
from urllib.request import urlopen

from rich.console import Console
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from integrations.registry import MAPPING_RULES, SOURCE_ADAPTERS
from parking.bootstrap import files_of, secret_of
from parking.city import queries as city_queries
from parking.city import service as city
from parking.city.errors import ProfileMissing
from parking.entrypoints import (
    demo_admitting,
    demo_city,
    demo_complaints,
    demo_day,
    demo_money,
    demo_people,
    demo_sharing,
    demo_tariffs,
    demo_tidal,
    demo_weeks,
)
from parking.entrypoints.cli.source_files import drafts_from
from parking.entrypoints.cli.words import told
from parking.entrypoints.database import database_url
from parking.entrypoints.demo_gates import NewClient, open_gates
from parking.entrypoints.processes import (
    Child,
    free_port,
    hold_port,
    refuse_taken_port,
    stop_on_signals,
    turn_at_port,
)
from parking.entrypoints.simulator.barriers.street_file import write_street
from parking.entrypoints.simulator.city import PlayedSource, read_offers
from parking.guidance import queries as guidance_queries
from parking.guidance import service as guidance
from parking.kernel.actors import CLI
from parking.kernel.clock import SystemClock
from parking.kernel.db.cluster import open_lock
from parking.kernel.db.embedded import no_place
from parking.kernel.db.engine import Sessions, make_engine, make_sessions
from parking.kernel.db.revision import upgrade
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.errors import N_, Conflict, ParkingError
from parking.kernel.folders import make_folder
from parking.kernel.sealing import Sealer
from parking.kernel.vocabulary import Datum
from parking.lots import service as lots
from parking.lots.rules import read_rows, read_table
from parking.plates.service import PlateKeys
from parking.settings import Settings, SettingsWrong

_START_WITHIN_S = 120.0


class DemoRuns(Conflict):
    """Another demo is at work in the folder: each would write its own addresses over the other's."""

    code = "demo_runs"
    text = N_("数据目录 %(folder)s 中已有演示在准备或运行：请先停止它，或用 PARKING_DATA_DIR 另选目录")


class AnotherCity(Conflict):
    """The database holds a real city: the demo city has no business there."""

    code = "another_city"
    text = N_(
        "数据库中已有另一座城市（%(name)s）：演示请另选数据目录，例如 PARKING_DATA_DIR=var/demo make demo"
    )


def run(settings: Settings, environ: Mapping[str, str], stop: Event) -> int:
    """Start everything, print the addresses, wait for `stop`, stop everything; the exit code."""
    console = Console(stderr=True)
    with _held_port(settings) as port, _alone_in(settings.data_dir.absolute()):
        console.print("[1/5] PostgreSQL …")
        return _prepare_and_play(settings, environ, stop, console, port)


@contextmanager
def _held_port(settings: Settings) -> Iterator[ExitStack]:
    """The port is kept for our web, which loads later; closed, it is free."""
    with ExitStack() as held:
        with turn_at_port(settings.port):
            refuse_taken_port(settings.host, settings.port)
            descriptor = hold_port(settings.host, settings.port)
        if descriptor is not None:
            held.callback(os.close, descriptor)
        yield held


@contextmanager
def _alone_in(data_dir: Path) -> Iterator[None]:
    try:
        make_folder(data_dir)
        lock = open_lock(data_dir / "demo.lock")
    except OSError as problem:
        raise no_place(data_dir, problem) from problem
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            raise DemoRuns(folder=data_dir) from problem
        yield
    finally:
        os.close(lock)


def _prepare_and_play(
    settings: Settings, environ: Mapping[str, str], stop: Event, console: Console, port: ExitStack
) -> int:
    with database_url(settings) as url:
        engine = make_engine(url)
        feeds_port = free_port()
        try:
            sandbox = _prepare(engine, settings, f"http://127.0.0.1:{feeds_port}", console)
            told = _Told(settings, feeds_port, sandbox, make_sessions(engine), console)
            return _play(settings, environ, told, stop, port)
        finally:
            engine.dispose()


def _prepare(engine: Engine, settings: Settings, feeds: str, console: Console) -> NewClient:
    """Bring the schema and the demo city's data up; run again it changes addresses and secrets alone.

    Returns the sandbox client.
    """
    console.print("[2/5] 数据库结构 / schema …")
    upgrade(engine)
    sessions = make_sessions(engine)
    clock = SystemClock()
    console.print("[3/5] 演示城市 / demo city …")
    profile = tomllib.loads(demo_city.PROFILE.read_text("utf-8"))
    with unit_of_work(sessions) as uow:
        _refuse_another_city(uow.session, str(profile["city"]["code"]), clock.now())
        this_year = clock.now().year
        # From a day before all that happened in this city; what its officers set since then stays.
        since = date(this_year - 1, 1, 1)
        city.load_profile(uow.session, CLI, profile, clock.now(), since)
        city.seed_calendar(uow.session, CLI, (this_year - 1, this_year, this_year + 1), clock.now())
    # The register was opened before anybody filed a lot of it, and before last month began.
    _register(sessions, clock.now() - timedelta(days=62))
    _connect(sessions, feeds, clock.now())
    demo_people.introduce(sessions, clock, files_of(settings), secret_of(settings))
    demo_tariffs.publish_tariffs(sessions, clock)
    sealer = Sealer.from_secret(secret_of(settings))
    demo_sharing.lend_spaces(sessions, clock, PlateKeys(sessions, sealer, clock))
    demo_tidal.mark_tidal_bays(sessions, clock, files_of(settings))
    demo_complaints.complain(sessions, clock, files_of(settings), sealer)
    console.print("[4/5] 今天的变化 / today so far …")
    demo_weeks.record_nights(sessions, clock)
    demo_day.record_today(sessions, clock)
    opened = open_gates(sessions, clock, sealer, feeds)
    told = demo_admitting.tell_clouds(sessions, clock, sealer, feeds)
    keys = demo_money.network_keys()
    demo_money.write_networks(_networks_file(settings), keys, feeds)
    street = {"platform": _address(settings), **opened.street, "told": told, "networks": keys}
    write_street(_street_file(settings), street)
    return opened.sandbox


def _street_file(settings: Settings) -> Path:
    return settings.data_dir / "barriers.json"


def _networks_file(settings: Settings) -> Path:
    return settings.data_dir / "networks.toml"


def _address(settings: Settings) -> str:
    return f"http://{settings.host}:{settings.port}"


def _refuse_another_city(session: Session, code: str, now: datetime) -> None:
    try:
        known = city_queries.city_view(session, city_queries.today(session, now))
    except ProfileMissing:
        return
    if known.code != code:
        raise AnotherCity(name=known.name_zh)


def _register(sessions: Sessions, now: datetime) -> None:
    with unit_of_work(sessions) as uow:
        view = city_queries.city_view(uow.session, city_queries.today(uow.session, now))
        read = read_rows(read_table(demo_city.LOTS.read_bytes(), ".csv"), view, Datum.WGS84)
        lots.import_lots(uow.session, CLI, read.drafts, now)


def _connect(sessions: Sessions, feeds: str, now: datetime) -> None:
    # The simulator plays on this machine: for the demo's sources, and for these alone, that is allowed.
    drafts = drafts_from(demo_city.SOURCES, base_url=feeds, allowed_networks=("127.0.0.0/8",))
    with unit_of_work(sessions) as uow:
        guidance.load_sources(uow.session, CLI, drafts, SOURCE_ADAPTERS, now)
        # One feed is left for an officer to connect; how it is read was written before.
        if not guidance_queries.mapping_versions(uow.session, _offer().name):
            text = demo_city.MAPPING.read_text("utf-8")
            guidance.save_mapping(uow.session, CLI, _offer().name, text, MAPPING_RULES, now)


def _offer() -> PlayedSource:
    return read_offers()[0]


@dataclass(slots=True)
class _Told:
    """What the newcomer is told, and when."""

    settings: Settings
    feeds_port: int
    sandbox: NewClient
    sessions: Sessions
    console: Console
    has_told_code: bool = False

    def ready(self) -> None:
        """Addresses, logins, keys."""
        _tell(
            _address(self.settings),
            self.feeds_port,
            demo_people.password_of(secret_of(self.settings)),
            self.sandbox,
            self.console,
        )

    def code(self) -> None:
        """A stay that somebody may pay for, as soon as the gates told of one."""
        if self.has_told_code:
            return
        found = demo_money.pay_code(self.sessions, SystemClock())
        if found is not None:
            self.has_told_code = True
            address = f"{_address(self.settings)}/pay?lot={found.lot_code}"
            self.console.print(
                f"[bold]付停车费 / to pay for a stay:[/bold]  {address}  {found.code}",
                highlight=False,
                soft_wrap=True,
            )


def _play(settings: Settings, environ: Mapping[str, str], told: _Told, stop: Event, port: ExitStack) -> int:
    told.console.print("[5/5] 模拟停车场、取数、网页 / simulator, worker, web …")
    # Each child uses the embedded server by itself, so that the last one out stops it even if we are killed.
    env = {
        "PARKING_LOG_LEVEL": "warning",
        "PARKING_CHARGE_NETWORKS": str(_networks_file(settings)),
        "PARKING_OUTBOUND_NETWORKS": "127.0.0.0/8",
        "PARKING_FEED_NETWORKS": "127.0.0.0/8",
        **environ,
    }
    parking = [sys.executable, "-m", "parking.entrypoints.cli"]
    simulate = ["simulate", "--port", str(told.feeds_port), "--barriers", str(_street_file(settings))]
    children = [Child("simulator", [*parking, *simulate, "--with-parent"], env)]
    try:
        port.close()
        children.append(Child("web", [*parking, "web", "--with-parent"], env))
        # What the worker asks once an hour must be there when it begins.
        _wait_ready(f"http://127.0.0.1:{told.feeds_port}/control", children, stop)
        children.append(Child("worker", [*parking, "worker", "--with-parent"], env))
        if _wait_ready(f"{_address(settings)}/readyz", children, stop):
            told.ready()
        return _watch(children, told, stop)
    finally:
        # All are told before any is waited for: a pull that hangs ends with the simulator.
        for child in children:
            child.tell_to_stop()
        for child in children:
            child.stop()


def _wait_ready(url: str, children: list[Child], stop: Event) -> bool:
    end = monotonic() + _START_WITHIN_S
    while monotonic() < end and not stop.wait(0.2) and all(child.code is None for child in children):
        try:
            with urlopen(url, timeout=2) as answer:  # noqa: S310 - our own address
                if answer.status == 200:
                    return True
        except URLError:
            continue
    return False


def _tell(address: str, feeds_port: int, password: str, sandbox: NewClient, console: Console) -> None:
    console.print()
    console.print(f"[bold]望川市（演示） / Wangchuan (demo):  {address}[/bold]")
    console.print(f"  地图 / map            {address}/map")
    console.print(f"  接口文档 / API        {address}/api/docs")
    console.print(f"  运行指标 / metrics    {address}/metrics")
    console.print(f"  模拟数据源与道闸 / feeds, barriers  http://127.0.0.1:{feeds_port}/control")
    offer = f"http://127.0.0.1:{feeds_port}{_offer().live_path}"
    console.print(f"  还没有接入的数据源 / a feed to connect  {offer}", highlight=False, soft_wrap=True)
    console.print()
    console.print("[bold]沙箱客户端（按接口接入，不计数） / sandbox client (nothing of it counts)[/bold]")
    console.print(f"  {sandbox.client_id}  {sandbox.key}", highlight=False, soft_wrap=True)
    console.print()
    console.print(f"[bold]登录（仅限演示） / to log in (demo only), 密码 / password:  {password}[/bold]")
    for each in demo_people.LOGINS:
        console.print(
            f"  {address}{each.path:<10} {each.login:<9} {each.says}", highlight=False, soft_wrap=True
        )
    console.print("  Ctrl-C 停止 / stops all of it")


def _watch(children: list[Child], told: _Told, stop: Event) -> int:
    while not stop.wait(0.5):
        told.code()
        gone = [child for child in children if child.code is not None]
        if gone:
            told.console.print(f"[red]{gone[0].name} 已退出 / ended ({gone[0].code})[/red]")
            return 1
    told.console.print("正在停止 / stopping …")
    return 0


def main() -> int:
    """`make demo`. What is wrong is said in a sentence, with exit code 1."""
    stop = stop_on_signals()
    try:
        return run(Settings.from_env(os.environ), os.environ, stop)
    except SettingsWrong as wrong:
        sys.stderr.write("\n".join(wrong.problems) + "\n")
    except ParkingError as error:
        sys.stderr.write(told(error, os.environ) + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
