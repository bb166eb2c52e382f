"""What does this deployment consist of? The one place that knows everything and puts it together."""

from parking.bootstrap.logs import configure_logging
from parking.bootstrap.outside import (
    charge_networks,
    charging_of,
    fetcher_of,
    files_of,
    host_limits,
    notice_channel,
    secret_of,
    single_sign_on,
)
from parking.bootstrap.pages import INTERFACES, PAGES
from parking.bootstrap.processes import WorkerParts, create_web_app, create_worker, open_engine
from parking.bootstrap.resealing import SEALED, reseal_all

__all__ = [
    "INTERFACES",
    "PAGES",
    "SEALED",
    "WorkerParts",
    "charge_networks",
    "charging_of",
    "configure_logging",
    "create_web_app",
    "create_worker",
    "fetcher_of",
    "files_of",
    "host_limits",
    "notice_channel",
    "open_engine",
    "reseal_all",
    "secret_of",
    "single_sign_on",
]
