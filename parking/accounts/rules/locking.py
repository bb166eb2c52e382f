"""When is a log-in no longer tried? After 5 failures, for 15 minutes: by network first, then by login.

The network (/24, IPv6 /48) counts first, and once it is locked nothing more counts on logins, so that one
network locks at most one login in 15 minutes. An account that has logged in from a network before is judged
there by its own failures there alone: neither a clumsy neighbour nor a stranger elsewhere locks it out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address, ip_network

MOST_FAILURES = 5
WINDOW = timedelta(minutes=15)
LOCKED_FOR = timedelta(minutes=15)
KNOWN_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Keys:
    """The three counters of one attempt; hashed, for people type passwords into the field of the login."""

    network: str
    login: str
    both: str


def network_of(ip: str) -> str:
    """The /24 or /48 of an address; what is no address is one network of its own."""
    try:
        address = ip_address(ip)
    except ValueError:
        return "unknown"
    mapped = getattr(address, "ipv4_mapped", None) or address
    return str(ip_network((mapped, 24 if mapped.version == 4 else 48), strict=False))


def keys_of(audience: str, folded_login: str, ip: str) -> Keys:
    """The counters' keys. Networks count for both audiences together."""
    network = hashed("network", network_of(ip))
    login = hashed(audience, folded_login)
    return Keys(f"network:{network}", f"login:{login}", f"both:{hashed(network, login)}")


def hashed(*parts: str) -> str:
    """One short text for several, without collisions between their borders."""
    return sha256("\x00".join(parts).encode()).hexdigest()[:32]


def counting_keys(keys: Keys, *, known: bool) -> tuple[str, ...]:
    """Which counters decide, and count a failure: where the account is at home only its own there."""
    return (keys.both,) if known else (keys.network, keys.login)


def next_failure(failures: int, since_at: datetime, now: datetime) -> tuple[int, datetime, datetime | None]:
    """(failures, since when, locked until) after one more failure."""
    failures, since_at = (failures + 1, since_at) if now < since_at + WINDOW else (1, now)
    return failures, since_at, now + LOCKED_FOR if failures >= MOST_FAILURES else None
