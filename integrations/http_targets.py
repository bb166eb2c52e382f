"""What does an address say: where to connect, what to ask for there, and how may it be told?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, urlsplit

import requests

from parking.boundary.fetching import FetchFailed, FetchFailure
from parking.kernel.addresses import DEFAULT_PORTS, PLAIN_URL

HIDDEN = "***"


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart: what is sent, where to, and the origin as it may be told."""

    prepared: requests.PreparedRequest
    scheme: str
    host: str
    port: int
    path: str
    host_header: str

    @property
    def origin(self) -> str:
        """As much of the address as may be told."""
        return f"{self.scheme}://{self.host_header}"

    def path_with(self, query: str) -> str:
        """The path and query that are asked for, with something more in the query."""
        return self.path + ("&" if "?" in self.path else "?") + query if query else self.path

    def shown(self, query: str = "") -> str:
        """The whole address, in which the names of the query's parameters stand without their values."""
        return self.origin + hidden_query(self.path_with(query))


@lru_cache(maxsize=4096)
def target_of(url: str) -> Target:
    """Take an address apart, once for all its pulls. Raises FetchFailed for what is no plain address."""
    if not PLAIN_URL.fullmatch(url):
        raise FetchFailed(FetchFailure.ADDRESS_REFUSED, "not a plain http or https address")
    try:
        prepared = requests.Request("GET", url).prepare()
        parts = urlsplit(str(prepared.url))
        port = parts.port if parts.port is not None else DEFAULT_PORTS[parts.scheme]
        user_told = "@" in urlsplit(url).netloc or "@" in parts.netloc
    except (requests.RequestException, ValueError, KeyError):
        raise FetchFailed(FetchFailure.ADDRESS_REFUSED, "not a well-formed address") from None
    if user_told:
        raise FetchFailed(FetchFailure.ADDRESS_REFUSED, "the address names a user")
    if not parts.hostname or port == 0:
        raise FetchFailed(FetchFailure.ADDRESS_REFUSED, "no host or no port")
    return Target(prepared, parts.scheme, parts.hostname, port, prepared.path_url, parts.netloc)


def hidden_query(path: str) -> str:
    """A path whose query keeps the names of its parameters alone; what has no name is hidden whole."""
    before, mark, query = path.partition("?")
    if not mark:
        return path
    names = [part.partition("=") for part in query.partition("#")[0].split("&")]
    return before + "?" + "&".join(f"{name}={HIDDEN}" if sign else HIDDEN for name, sign, _ in names)


def one_parameter(name: str, value: str) -> str:
    """`name=value` as a query has it."""
    return f"{quote(name, safe='')}={quote(value, safe='')}"
