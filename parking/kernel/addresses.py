"""Which outside address may be asked, and how may it be shown?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import urlsplit

from parking.kernel.actors import CLI, Actor
from parking.kernel.errors import N_, FieldProblem, NotAllowed

DEFAULT_PORTS = {"http": 80, "https": 443}
# A line break or a blank inside would be read as the end of what is sent (CWE-93).
PLAIN_URL = re.compile(r"https?://[^\s\\\x00-\x1f\x7f]+", re.IGNORECASE)
_SCHEME = re.compile(r"\s*https?://", re.IGNORECASE)


class PrivateNetworksClosed(NotAllowed):
    """Private address ranges are opened at the command line only."""

    code = "private_networks_closed"
    text = N_("内网地址段只能由管理员在命令行开放")


def network_problems(networks: Iterable[str]) -> list[FieldProblem]:
    """Which ranges may not be opened: only private ones may, and never link-local (a cloud's own secrets)."""
    problems = []
    for text in networks:
        network = parse_network(text)
        if network is None:
            sentence = N_("%(network)s 不是有效的地址段")
        elif not network.is_private or network.is_link_local or network.prefixlen == 0:
            sentence = N_("%(network)s 不是可开放的内网地址段")
        else:
            continue
        problems.append(FieldProblem("allowed_networks", "bad_network", sentence, {"network": text}))
    return problems


def refuse_networks(actor: Actor, networks: Iterable[str]) -> None:
    """Raises PrivateNetworksClosed where anybody else wants to open ranges than who has the machine."""
    if any(networks) and actor.kind != CLI.kind:
        raise PrivateNetworksClosed


def parse_network(text: str) -> IPv4Network | IPv6Network | None:
    """A range in CIDR, None for what is none."""
    try:
        return ip_network(text)
    except ValueError:
        return None


def shown_url(url: str) -> str:
    """An address as logs and pages may show it: no query, which may carry a key, and no user."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path}" + ("?…" if parts.query else "")


def address_problems(name: str, url: str) -> list[FieldProblem]:
    """What is wrong with the address in the field of this name; empty when it is sound."""
    try:
        parts = urlsplit(url)
        sound = PLAIN_URL.fullmatch(url) is not None and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        return [FieldProblem(name, "bad_address", N_("须为 http 或 https 地址"))]
    if "@" in parts.netloc:
        return [FieldProblem(name, "password_in_address", N_("地址中不得包含用户名或密码"))]
    return []


def without_user(url: str) -> str:
    """An address as a form may give it back: of one that is refused, nothing before its last "@"."""
    if "@" not in url or not address_problems("", url):
        return url
    scheme = _SCHEME.match(url)
    return (scheme[0].strip() if scheme else "") + url.rpartition("@")[2]
