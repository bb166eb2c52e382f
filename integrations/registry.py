"""Which dialects, networks and ways for notices are there? The explicit lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from integrations.charging import NetworkAddress
from integrations.etc import bolink as etc_bolink
from integrations.etc import xinlian
from integrations.gates import (
    airjoy,
    bolink,
    dahua_itsapi,
    fourpyun,
    fushang,
    hikvision_cloud,
    hikvision_isapi,
    inmotion,
    keytop,
    nanjing_share,
    sorted_profile,
    vzenith,
)
from integrations.notify.console import ConsoleChannel
from integrations.notify.mail import MailChannel, MailServer
from integrations.notify.sms import SmsChannel
from integrations.notify.webhook import WebhookChannel
from integrations.payments import demo as demo_payer
from integrations.signing import SignedPost, utc_now
from integrations.sources import datex2, mapped, parkapi_v1, plain
from parking.boundary.allow_lists import AllowListPush
from parking.boundary.charges import ChargeNetwork
from parking.boundary.feeds import MappingRules, SourceAdapter
from parking.boundary.fetching import Fetcher
from parking.boundary.gates import GateDialect, PassagePull
from parking.boundary.notices import NoticeChannel

SOURCE_ADAPTERS: Mapping[str, SourceAdapter] = MappingProxyType(
    {module.ADAPTER.manifest.name: module.ADAPTER for module in (datex2, mapped, parkapi_v1, plain)}
)

# What a mapping may say, for whoever keeps one.
MAPPING_RULES: MappingRules = mapped.RULES

_GATES = Path(__file__).with_name("gates")
# What devices and vendors' clouds push to us, by the name in the address /compat/<name>/...
GATE_DIALECTS: Mapping[str, GateDialect] = MappingProxyType(
    {
        module.DIALECT.manifest.name: module.DIALECT
        for module in (
            airjoy,
            bolink,
            dahua_itsapi,
            fourpyun,
            fushang,
            hikvision_cloud,
            hikvision_isapi,
            inmotion,
            keytop,
            sorted_profile,
            vzenith,
        )
    }
)

# Vendors' clouds that are asked for what passed, by the name of their dialect.
PASSAGE_PULLS: Mapping[str, PassagePull] = MappingProxyType(
    {module.DIALECT.manifest.name: module.PULL for module in (hikvision_cloud, keytop)}
)

# Vendors' clouds that are told who may enter a lot, by the name of their dialect.
ALLOW_LIST_PUSHES: Mapping[str, AllowListPush] = MappingProxyType(
    {module.ALLOWS.manifest.name: module.ALLOWS for module in (fourpyun, keytop, nanjing_share)}
)

# Networks that take money, by the name in the address /networks/<name>/callback. Each raises ValueError for
# an address that it cannot use.
CHARGE_NETWORKS: Mapping[str, Callable[[Fetcher, NetworkAddress], ChargeNetwork]] = MappingProxyType(
    {
        xinlian.MANIFEST.name: xinlian.NETWORK,
        etc_bolink.MANIFEST.name: etc_bolink.NETWORK,
        demo_payer.MANIFEST.name: demo_payer.NETWORK,
    }
)


@dataclass(frozen=True, slots=True)
class ChannelAddress:
    """Where notices go, the channel's key, and the private networks (CIDR) where it may lie."""

    url: str | None = None
    secret: str | None = None
    networks: tuple[str, ...] = ()


def gate_page(name: str) -> str:
    """What a vendor is told of a dialect in GATE_DIALECTS: its path, fields and answers, as Markdown."""
    return (_GATES / name / "README.md").read_text("utf-8")


def _post(fetcher: Fetcher, address: ChannelAddress) -> SignedPost:
    if not address.url or not address.secret:
        raise ValueError("needs an address and a key")
    return SignedPost(fetcher, address.url, address.secret, address.networks, utc_now)


# Each raises ValueError for an address that it cannot use.
NOTICE_CHANNELS: Mapping[str, Callable[[Fetcher, ChannelAddress], NoticeChannel]] = MappingProxyType(
    {
        "console": lambda fetcher, address: ConsoleChannel(),
        "sms": lambda fetcher, address: SmsChannel(_post(fetcher, address)),
        "mail": lambda fetcher, address: MailChannel(MailServer.from_url(address.url or "", address.secret)),
        "webhook": lambda fetcher, address: WebhookChannel(_post(fetcher, address)),
    }
)
