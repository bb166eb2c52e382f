"""Which database does this deployment use? The one that is named, else the embedded one under its folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from parking.kernel.db.embedded import EmbeddedServer
from parking.settings import Settings


def embedded_folder(settings: Settings) -> Path:
    """Where the embedded server keeps its data."""
    return embedded_in(settings.data_dir.absolute())


def embedded_in(data_dir: Path) -> Path:
    """The same, of a data folder."""
    return data_dir / "postgres"


@contextmanager
def database_url(settings: Settings) -> Iterator[str]:
    """The address of the database, which stays up at least as long as the block.

    Never open it in a web worker: those may end without clean-up. Their parent holds it for them.
    """
    if settings.database_url is not None:
        yield settings.database_url.replace("postgresql://", "postgresql+psycopg://", 1)
        return
    with EmbeddedServer.open(embedded_folder(settings)) as server:
        yield server.url
