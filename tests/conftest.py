"""What does every test find: a real PostgreSQL, and a word on what was left out."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType

import hypothesis
import pytest
from argon2 import PasswordHasher
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from parking.accounts.service import hashing
from parking.kernel.db.engine import Sessions, make_engine, make_sessions
from tests.databases import Database, Server, ServerFolder, open_server

TESTS = Path(__file__).parent
LONG = bool(os.environ.get("PARKING_LONG_TESTS"))
REAL_DATA = os.environ.get("PARKING_REAL_DATA")
_FOLDER = pytest.StashKey[ServerFolder]()

# Time limits belong to benchmarks: on a busy machine they make tests fail for nothing.
_CALM = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow], "print_blob": True}
hypothesis.settings.register_profile("default", max_examples=75, **_CALM)
hypothesis.settings.register_profile("long", max_examples=10_000, **_CALM)
# A mutant is dead at the first failure, whichever; the same few examples for each of thousands.
_AT_ONCE = {"phases": [hypothesis.Phase.explicit, hypothesis.Phase.generate], "derandomize": True}
hypothesis.settings.register_profile("mutants", max_examples=5, database=None, **_AT_ONCE, **_CALM)
hypothesis.settings.load_profile("long" if LONG else "default")


def find_chromium() -> str | None:
    """The Chromium that drives the browser tests, None where there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    own = sorted(Path.home().glob(".cache/ms-playwright/chromium-*/chrome-linux*/chrome"))
    return str(own[-1]) if own else None


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("PARKING_REQUIRE_BROWSER") and find_chromium() is None:
        raise pytest.UsageError(f"PARKING_REQUIRE_BROWSER is set, but {_NO_BROWSER}")
    if not hasattr(config, "workerinput"):
        config.stash[_FOLDER] = ServerFolder()
        # Dozens of processes are started, the workers among them: compiled once is enough for all.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        sys.dont_write_bytecode = False
    # What is imported now stays to the end: nobody need look for garbage among it.
    gc.disable()


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_unconfigure(config: pytest.Config) -> None:
    if _FOLDER in config.stash:
        config.stash[_FOLDER].close()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    node.workerinput["server_folder"] = str(node.config.stash[_FOLDER].path)


_NO_BROWSER = "no Chromium was found: apt-get install --no-install-recommends chromium"


def _left_out() -> dict[str, str]:
    """The parts that this machine cannot run, and why."""
    reasons = {}
    if not REAL_DATA:
        reasons["acceptance"] = (
            "tests/acceptance left out: set PARKING_REAL_DATA to a folder of recorded feeds"
        )
    if find_chromium() is None:
        reasons["browser"] = f"browser tests left out, {_NO_BROWSER}"
    return reasons


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    out = _left_out()
    kept, left = [], []
    for item in items:
        part = item.path.relative_to(TESTS).parts[0] if item.path.is_relative_to(TESTS) else ""
        if LONG and getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("long")
        impossible = (
            ("acceptance" in out and (part == "acceptance" or item.get_closest_marker("real_data")))
            or ("browser" in out and (part == "browser" or item.get_closest_marker("browser")))
            or (not LONG and item.get_closest_marker("long"))
        )
        (left if impossible else kept).append(item)
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = kept


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    asked = [Path(argument.split("::")[0]).resolve() for argument in config.args]
    for part, reason in _left_out().items():
        if any((TESTS / part).is_relative_to(path) for path in asked):
            terminalreporter.write_line(reason, yellow=True)


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """The real argon2id at a fraction of its price: what is compared here is who is let in, not the cost."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hashing, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        hashing._of_nobody.cache_clear()
        yield
    hashing._of_nobody.cache_clear()


class _Compiled(BytecodeCache):
    """Templates as Python code, kept for the next application of this process."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._kept[bucket.key, bucket.checksum] = bucket.code


@pytest.fixture(scope="session", autouse=True)
def templates_compiled_once() -> Iterator[None]:
    """Hundreds of tests make an application each; its templates are the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "jinja_options", {**Flask.jinja_options, "bytecode_cache": _Compiled()})
        yield


@pytest.fixture(scope="session", autouse=True)
def addresses_compiled_once() -> Iterator[None]:
    """As with templates: what makes an endpoint's address is compiled, half of an application's price."""
    compile_builder, known = Rule._compile_builder, {}

    def once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = repr((rule._trace, rule.defaults, append_unknown))
        if key not in known:
            known[key] = compile_builder(rule, append_unknown)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", once)
        yield


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser."""
    found = find_chromium()
    assert found, _NO_BROWSER
    return found


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """PARKING_DATABASE_URL where it is set, else a server of this run, shared by all workers."""
    if given := os.environ.get("PARKING_DATABASE_URL"):
        yield Server(given)
        return
    config = request.config
    folder = (
        Path(config.workerinput["server_folder"])
        if hasattr(config, "workerinput")
        else config.stash[_FOLDER].path
    )
    with open_server(folder) as running:
        yield Server(running.url_of("postgres"))


@pytest.fixture(scope="session")
def database_prefix() -> str:
    """The beginning of the names of this worker's databases; two runs may share one server."""
    return f"parking_{os.environ.get('PYTEST_XDIST_TESTRUNUID', str(os.getpid()))[:8]}_" + os.environ.get(
        "PYTEST_XDIST_WORKER", "gw"
    )


@pytest.fixture(scope="session")
def engine(server: Server, database_prefix: str) -> Iterator[Engine]:
    """The database of `session`: nothing is ever committed there."""
    name = f"{database_prefix}_quiet"
    engine = make_engine(server.clone(name))
    yield engine
    engine.dispose()
    server.drop(name)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session in a savepoint: commits and rollbacks inside a test behave, and nothing stays."""
    with engine.connect() as connection:
        outer = connection.begin()
        with Session(
            bind=connection, join_transaction_mode="create_savepoint", expire_on_commit=False
        ) as session:
            yield session
        outer.rollback()


@pytest.fixture(scope="session")
def _flow_database(server: Server, database_prefix: str) -> Iterator[Database]:
    name = f"{database_prefix}_flows"
    url = server.clone(name)
    engine = make_engine(url)
    yield Database(url, engine)
    engine.dispose()
    server.drop(name)


@pytest.fixture
def database(_flow_database: Database) -> Database:
    """An empty database where work is really committed: `.url`, `.engine`."""
    _flow_database.clean()
    return _flow_database


@pytest.fixture
def sessions(database: Database) -> Sessions:
    """Sessions of `database`."""
    return make_sessions(database.engine)
