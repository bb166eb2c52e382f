"""How does a message leave a played device? Over a line to this machine that is kept open."""

from __future__ import annotations

import http.client
from ipaddress import ip_address
from urllib.parse import urlsplit

from parking.entrypoints.simulator.barriers.crossing import Message, NotMadeUp

_TIMEOUT_S = 10.0


class Line:
    """A connection to the platform.

    Raises NotMadeUp for another machine's address: made-up plates stay here.
    """

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        if address.hostname is None or not ip_address(address.hostname).is_loopback:
            raise NotMadeUp("the played barriers send to this machine alone")
        self._path = address.path
        self._connection = http.client.HTTPConnection(address.hostname, address.port, timeout=_TIMEOUT_S)

    def post(self, message: Message) -> tuple[int, bytes] | None:
        """Status and body of the answer; None where nobody answered."""
        headers = {"content-type": message.content_type, **message.headers}
        try:
            self._connection.request("POST", f"{self._path}{message.path}", message.body, headers)
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            # The next one opens the line again.
            self._connection.close()
            return None

    def close(self) -> None:
        """Hang up."""
        self._connection.close()
