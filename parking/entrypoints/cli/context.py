"""What does a command work with? Settings at once; the database only when it is first asked for."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property

from sqlalchemy import Engine

from integrations.http import HardenedFetcher
from parking.entrypoints.database import database_url
from parking.guidance.rules.hosts import HostLimits
from parking.kernel.clock import Clock, SystemClock
from parking.kernel.db.engine import Sessions, make_sessions
from parking.kernel.sealing import Sealer
from parking.settings import Settings


class Context:
    """One command's surroundings; `close` gives everything back, the embedded server included."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock: Clock = SystemClock()
        self._open = ExitStack()

    @cached_property
    def database_url(self) -> str:
        """The address of the database, which stays up until `close`."""
        return self._open.enter_context(database_url(self.settings))

    @cached_property
    def engine(self) -> Engine:
        """An engine on a schema that fits. Raises SchemaBehind, SchemaAhead."""
        from parking.bootstrap import open_engine  # noqa: PLC0415 - the whole platform: some commands need none

        engine = open_engine(replace(self.settings, database_url=self.database_url))
        self._open.callback(engine.dispose)
        return engine

    @cached_property
    def sessions(self) -> Sessions:
        return make_sessions(self.engine)

    @cached_property
    def sealer(self) -> Sealer:
        """Seals under the deployment's secret, as the web application does."""
        from parking.bootstrap import secret_of  # noqa: PLC0415 - as above

        return Sealer.from_secret(secret_of(self.settings))

    @cached_property
    def fetcher(self) -> HardenedFetcher:
        """The door out, under the deployment's name."""
        from parking.bootstrap import fetcher_of  # noqa: PLC0415 - as above

        return fetcher_of(self.settings)

    @cached_property
    def host_limits(self) -> HostLimits:
        """How often hosts of sources are asked."""
        from parking.bootstrap import host_limits  # noqa: PLC0415 - as above

        return host_limits(self.settings)

    def close(self) -> None:
        self._open.close()
