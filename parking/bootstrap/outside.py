"""Whom does this deployment speak to outside: notices, single sign-on, networks that take money, files?"""

from __future__ import annotations

import tomllib

from integrations.charging import NetworkAddress
from integrations.http import HardenedFetcher
from integrations.registry import CHARGE_NETWORKS, NOTICE_CHANNELS, ChannelAddress
from integrations.sso.oidc import OpenIdConnect
from integrations.storage import LocalFolder
from parking.boundary.charges import ChargeNetwork
from parking.boundary.fetching import Fetcher
from parking.boundary.files import FileStore
from parking.boundary.notices import NoticeChannel
from parking.boundary.signing_on import SingleSignOn
from parking.guidance.rules.hosts import HostLimits
from parking.kernel.addresses import network_problems
from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.keyfile import read_or_make
from parking.plates.service import PlateKeys
from parking.settings import Settings, SettingsWrong, key_of
from parking.visits.service.asking import Charging


def notice_channel(settings: Settings, fetcher: Fetcher) -> NoticeChannel:
    """The channel that carries notices to people. Raises SettingsWrong for an address that it cannot use."""
    address = ChannelAddress(settings.notify_url, settings.notify_secret, networks_allowed(settings))
    try:
        return NOTICE_CHANNELS[settings.notify](fetcher, address)
    except ValueError as problem:
        names = f"{key_of('notify_url')}, {key_of('notify_secret')}"
        raise SettingsWrong([f"{names}: {settings.notify}: {problem}"]) from None


def single_sign_on(settings: Settings, clock: Clock) -> SingleSignOn | None:
    """The city's single sign-on, None where the settings name none."""
    if not (settings.oidc_issuer and settings.oidc_client_id):
        return None
    return OpenIdConnect(
        fetcher_of(settings),
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret or "",
        networks_allowed(settings),
        clock.now,
    )


def charging_of(
    settings: Settings, sessions: Sessions, clock: Clock, plate_keys: PlateKeys, fetcher: Fetcher
) -> Charging:
    """Whoever speaks to the networks that take money. Raises SettingsWrong."""
    address = settings.public_url or f"http://{settings.host}:{settings.port}"
    return Charging(
        sessions,
        clock,
        charge_networks(settings, fetcher),
        opens=plate_keys.open,
        notify_url=lambda name: f"{address}/networks/{name}/callback",
        return_url=lambda charge_id: f"{address}/pay/receipt/{charge_id}",
    )


def charge_networks(settings: Settings, fetcher: Fetcher) -> dict[str, ChargeNetwork]:
    """The networks of the file that the settings name. Raises SettingsWrong, telling each wrong one."""
    if settings.charge_networks is None:
        return {}
    key, found, problems = key_of("charge_networks"), {}, []
    try:
        tables = tomllib.loads(settings.charge_networks.read_text("utf-8"))
    except (OSError, ValueError):
        raise SettingsWrong([f"{key}: cannot be read as TOML"]) from None
    for name, table in tables.items():
        try:
            found[name] = CHARGE_NETWORKS[name](
                fetcher, NetworkAddress(networks=networks_allowed(settings), **table)
            )
        except KeyError:
            problems.append(f"{key}: {name}: no such network")
        except (TypeError, ValueError) as problem:
            # A message of ours, or of Python about a name; no value of the file is in it.
            problems.append(f"{key}: {name}: {problem}")
    if problems:
        raise SettingsWrong(problems)
    return found


def fetcher_of(settings: Settings) -> HardenedFetcher:
    """The door out, which says to every server who asks and whom to write to."""
    contact = f" (+{settings.contact})" if settings.contact else ""
    return HardenedFetcher(user_agent="city-parking" + contact)


def host_limits(settings: Settings) -> HostLimits:
    """How often the hosts of sources are asked where they have no limit of their own."""
    unlimited = frozenset(host.lower().strip("[].") for host in _listed(settings.unlimited_hosts))
    return HostLimits(settings.host_at_once, settings.host_per_minute, unlimited)


def networks_allowed(settings: Settings) -> tuple[str, ...]:
    return _listed(settings.outbound_networks)


def feed_networks(settings: Settings) -> tuple[str, ...]:
    """Private ranges where a feed may lie that an officer connects. Raises SettingsWrong for what is none."""
    listed = _listed(settings.feed_networks)
    if wrong := network_problems(listed):
        told = ", ".join(str(each.params["network"]) for each in wrong)
        raise SettingsWrong([f"{key_of('feed_networks')}: {told}: not private ranges that may be opened"])
    return listed


def _listed(told: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in told.split(",") if part.strip())


def secret_of(settings: Settings) -> str:
    """The deployment's secret: the one that is set, else that of the data folder. Raises KeyNotUsable."""
    return settings.secret_key or read_or_make(settings.data_dir / "secret.key")


def files_of(settings: Settings) -> FileStore:
    """Where uploaded papers are kept."""
    return LocalFolder(settings.files_dir or settings.data_dir / "files")
