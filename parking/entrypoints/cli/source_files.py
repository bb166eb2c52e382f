"""How is a list of sources written down? A TOML file with one [[sources]] table each."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import click

from parking.guidance.rules.sources import SourceDraft

_FIELDS = {field.name for field in fields(SourceDraft)}
_PATHS = {"static_path": "static_url", "live_path": "live_url"}
_TYPES: dict[str, tuple[type, ...]] = {
    "interval_s": (int,),
    "static_interval_s": (int,),
    "rank": (int,),
    "ageing_after_s": (int,),
    "unknown_after_s": (int,),
    "adopts_lots": (bool,),
    "allowed_networks": (list,),
    "lots": (dict,),
}


def drafts_from(
    file: Path, base_url: str | None = None, allowed_networks: Sequence[str] = ()
) -> list[SourceDraft]:
    """The sources of a file; `static_path` and `live_path` are joined to `base_url`.

    `allowed_networks` hold for the sources that name none themselves.
    Raises click.ClickException that names the table and the key that is wrong.
    """
    try:
        tables = tomllib.loads(file.read_text("utf-8")).get("sources", [])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise click.ClickException(f"{file}: {problem}") from None
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise click.ClickException(f"{file}: each source is a table [[sources]]")
    usual = {"allowed_networks": list(allowed_networks)}
    return [
        _draft(f"{file}, [[sources]] no. {n}", {**usual, **table}, base_url)
        for n, table in enumerate(tables, 1)
    ]


def _draft(where: str, table: Mapping[str, Any], base_url: str | None) -> SourceDraft:
    values: dict[str, Any] = {}
    for key, value in table.items():
        _refuse_other_types(where, key, value)
        if key in _PATHS:
            if base_url is None:
                raise click.ClickException(f"{where}: {key} needs --base-url")
            values[_PATHS[key]] = urljoin(base_url.rstrip("/") + "/", value.lstrip("/"))
        elif key in _FIELDS:
            values[key] = tuple(value) if isinstance(value, list) else value
        else:
            raise click.ClickException(f"{where}: unknown key {key}")
    for key in ("name", "adapter"):
        if key not in values:
            raise click.ClickException(f"{where}: {key} is missing")
    return SourceDraft(**values)


def _refuse_other_types(where: str, key: str, value: object) -> None:
    wanted = _TYPES.get(key, (str,))
    parts = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
    # In Python True is an int; in a file of settings it is a mistake.
    if type(value) not in wanted or not all(isinstance(part, str) for part in parts):
        raise click.ClickException(f"{where}: {key} is not a {wanted[0].__name__}")
