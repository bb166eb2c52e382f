"""Which commands need the whole platform? All but those that only start something."""

from __future__ import annotations

import click

from parking.entrypoints.cli import (
    audit,
    city,
    clients,
    counts,
    database,
    devices,
    gateway,
    lots,
    officers,
    sources,
    tariffs,
    work,
)

OTHERS: dict[str, click.Command] = {
    str(command.name): command
    for command in (
        work.worker,
        city.city,
        lots.lots,
        counts.counts,
        sources.sources,
        officers.officers,
        clients.clients,
        devices.devices,
        gateway.gateway,
        tariffs.tariffs,
        audit.audit,
        database.database,
        database.doctor,
        database.backup,
        database.restore,
    )
}
