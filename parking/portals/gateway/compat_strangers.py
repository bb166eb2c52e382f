"""How often may somebody call with a secret of nobody? So seldom that guessing leads nowhere.

The bound is of one process and one network: many forgotten cameras of one house go on being answered.
"""

from __future__ import annotations

from collections import OrderedDict
from math import ceil
from threading import Lock
from time import monotonic

from parking.accounts.rules.locking import network_of

_PER_S, _BURST = 2.0, 120
_NETWORKS_KEPT = 4_096


class Strangers:
    """The networks of strangers of one process; safe for many threads."""

    def __init__(self) -> None:
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def wait_s(self, address: str) -> int:
        """0 when this network may call once more, else the seconds until it may."""
        network, now_s = network_of(address), monotonic()
        with self._lock:
            level, at_s = self._levels.pop(network, (float(_BURST), now_s))
            level = min(float(_BURST), level + (now_s - at_s) * _PER_S)
            allowed = level >= 1.0
            self._levels[network] = (level - 1.0 if allowed else level), now_s
            while len(self._levels) > _NETWORKS_KEPT:
                self._levels.popitem(last=False)
        return 0 if allowed else ceil((1.0 - level) / _PER_S)
