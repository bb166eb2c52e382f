"""Which keys does a deployment set? Read once from the environment, by entrypoints and bootstrap alone."""

# ruff: noqa: RUF009 - each call makes a field of the dataclass
from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, cast

import environs
from marshmallow.validate import Length, OneOf, Range, Regexp

PREFIX = "PARKING_"
# Read by the tests alone; known here so that a test run does not refuse its own environment.
TEST_KEYS = frozenset({"PARKING_REAL_DATA", "PARKING_LONG_TESTS", "PARKING_REQUIRE_BROWSER"})


class SettingsWrong(Exception):
    """One or more keys of the environment are wrong; `problems` holds a line for each, without its value."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def _key(read: str, default: Any, says: str, *, secret: bool = False, validate: Any = None) -> Any:
    """A key's reader of environs, its default, and its line in docs/operations.md."""
    return field(
        default=default, repr=not secret, metadata={"read": read, "says": says, "validate": validate}
    )


@dataclass(frozen=True)
class Settings:
    """One field per key: `data_dir` is PARKING_DATA_DIR."""

    database_url: str | None = _key(
        "str",
        None,
        "address of a PostgreSQL 15 or later, `postgresql://user:password@host/name`; unset: an embedded one",
        secret=True,
        validate=Regexp(r"postgresql(\+psycopg)?://", error="Must begin with postgresql://"),
    )
    data_dir: Path = _key("path", Path("var"), "folder of the embedded database, uploaded papers and the key")
    secret_key: str | None = _key(
        "str",
        None,
        "secret that signs cookies and seals second factors; unset: `secret.key` in the data folder",
        secret=True,
        validate=Length(min=32),
    )
    old_secret_key: str | None = _key(
        "str",
        None,
        "the secret before this one, for `parking database reseal` alone",
        secret=True,
    )
    files_dir: Path | None = _key(
        "path", None, "folder of uploaded papers; unset: `files` in the data folder"
    )
    public_url: str | None = _key(
        "str",
        None,
        "address under which citizens reach the pages, for QR codes and mails; unset: the one listened on",
        validate=Regexp(r"https?://[^/]+$", error="Must be http(s)://host without a path"),
    )
    trusted_proxies: int = _key(
        "int",
        0,
        "proxies in front whose X-Forwarded-For and -Proto are believed; 0 with one: all who ask look alike",
        validate=Range(0, 5),
    )
    gateway_rate: float = _key(
        "float",
        1000.0,
        "single passages a second that one machine client may send to one web process",
        validate=Range(1, 1_000_000),
    )
    secure_cookies: bool = _key("bool", False, "send cookies over HTTPS only; true in production")
    notify: str = _key(
        "str",
        "console",
        "channel of notices to people: `console`, `sms`, `mail` or `webhook`",
        validate=OneOf(["console", "sms", "mail", "webhook"]),
    )
    notify_url: str | None = _key(
        "str", None, "where notices go: the SMS gateway's or the webhook's address, or smtp://user@host:port"
    )
    notify_secret: str | None = _key("str", None, "key or password of that channel", secret=True)
    oidc_issuer: str | None = _key(
        "str", None, "issuer of the city's single sign-on (OpenID Connect), for officers"
    )
    oidc_client_id: str | None = _key("str", None, "our client id there")
    oidc_client_secret: str | None = _key("str", None, "our client secret there", secret=True)
    outbound_networks: str = _key(
        "str", "", "private networks (CIDR, comma between) where notices and single sign-on may go"
    )
    feed_networks: str = _key(
        "str", "", "private networks (CIDR, comma between) where a feed that an officer connects may lie"
    )
    contact: str | None = _key(
        "str",
        None,
        "mailbox or page of who answers for this deployment; told to every server that we ask (User-Agent)",
        validate=Regexp(r"[\x21-\x27\x2a-\x7e]{3,200}", error="Must be a mailbox or an address of a page"),
    )
    host_at_once: int = _key(
        "int", 4, "requests that a host of sources gets at a time", validate=Range(1, 1_000)
    )
    host_per_minute: int = _key(
        "int", 240, "requests that such a host gets a minute", validate=Range(1, 60_000)
    )
    unlimited_hosts: str = _key(
        "str",
        "127.0.0.1,::1,localhost",
        "hosts (comma between) of which nobody counts how often they are asked",
    )
    charge_networks: Path | None = _key(
        "path", None, "TOML file of the ETC and payment networks, one table each (docs/charges.md)"
    )
    host: str = _key("str", "127.0.0.1", "address to listen on")
    port: int = _key("int", 8000, "port to listen on", validate=Range(1, 65535))
    web_workers: int = _key("int", 2, "processes that answer requests", validate=Range(1, 64))
    worker_threads: int = _key("int", 32, "threads that pull sources", validate=Range(1, 1024))
    slow_threads: int = _key("int", 16, "threads that pull slow sources", validate=Range(1, 1024))
    city_profile: Path | None = _key("path", None, "TOML file of the city; unset: the demo city's")
    map_pmtiles: Path | None = _key("path", None, "PMTiles file for the map's background")
    map_tianditu_key: str | None = _key("str", None, "key of the Tianditu map service", secret=True)
    log_format: str = _key("str", "json", "`json` or `console`", validate=OneOf(["json", "console"]))
    log_level: str = _key(
        "str",
        "info",
        "`debug`, `info`, `warning` or `error`",
        validate=OneOf(["debug", "info", "warning", "error"]),
    )
    static_max_age: int = _key(
        "int", 3600, "seconds for which browsers keep static files", validate=Range(0, 31_536_000)
    )
    default_locale: str = _key(
        "str",
        "zh",
        "language of pages where the browser asks for none: `zh` or `en`",
        validate=OneOf(["zh", "en"]),
    )

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read every key; one that is set to nothing counts as unset.

        Raises SettingsWrong with all that is wrong at once, unknown PARKING_* keys included.
        """
        given = {key: value for key, value in environ.items() if key.startswith(PREFIX) and value}
        env = _Given(given)
        values = {}
        for each in fields(cls):
            read = getattr(env, each.metadata["read"])
            values[each.name] = read(each.name.upper(), each.default, validate=each.metadata["validate"])
        problems = _unknown(given)
        try:
            env.seal()
        except environs.EnvValidationError as error:
            messages = cast("Mapping[str, list[str]]", error.error_messages)
            problems += [f"{key}: {' '.join(said)}" for key, said in messages.items()]
        if problems:
            raise SettingsWrong(sorted(problems))
        return cls(**values)


def key_of(name: str) -> str:
    """The key of a field: `data_dir` -> PARKING_DATA_DIR."""
    return PREFIX + name.upper()


def table_of_keys() -> str:
    """The table of docs/operations.md, one row for each key."""
    rows = ["| key | default | says |", "|---|---|---|"]
    for each in fields(Settings):
        default = "" if each.default is None else f"`{each.default}`"
        rows.append(f"| `{key_of(each.name)}` | {default} | {each.metadata['says']} |")
    return "\n".join(rows)


class _Given(environs.Env):
    """environs over the mapping that was passed in, instead of this process's environment."""

    def __init__(self, given: Mapping[str, str]) -> None:
        super().__init__(eager=False, prefix=PREFIX)
        self._given = given

    def _get_value(self, env_key: str, default: Any) -> Any:
        return self._given.get(env_key, default)


def _unknown(given: Mapping[str, str]) -> list[str]:
    known = {key_of(each.name) for each in fields(Settings)}
    problems = []
    for key in given.keys() - known - TEST_KEYS:
        close = difflib.get_close_matches(key, known, n=1, cutoff=0.8)
        problems.append(f"{key}: Unknown key." + (f" Did you mean {close[0]}?" if close else ""))
    return problems
