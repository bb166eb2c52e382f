"""What does the asker get: lots as they are now, as values for pages or as ready bytes for machines?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b

import orjson

from parking.kernel.vocabulary import CAR_CLASSES, Access, Datum
from parking.lookup.queries.entries import JSON, Entry, Fragment, utc
from parking.lookup.queries.fees import FeeView, PlannedStay
from parking.lookup.queries.model import Model
from parking.lookup.queries.windows import Share
from parking.lookup.rules import ACCESS_BIT, PUBLIC_MASK
from parking.lots.queries import LotCard
from parking.lots.rules import OpenState
from parking.occupancy.rules import PublicCount
from parking.sharing.rules.tidal import Tide

_NOT_SHARED = b',"shared":null'
_NEVER_CLOSED = b',"closed_from_at":null'


@dataclass(frozen=True, slots=True)
class LotView:
    """One lot as it is told at `now`. `counts` are those that the asker may use, each with its permission.

    `free` sums the classes of an ordinary car: None is unknown, or nothing that the asker may use. `fee` is
    that of the stay which was asked for, if one was. `tides` are its tidal bays. `share` is the shared window
    that holds the stay; where one parks by it only, the fee is that of a shared stay.
    """

    card: LotCard
    counts: tuple[PublicCount, ...]
    accesses: tuple[Access, ...]
    open: OpenState
    free: int | None
    now: datetime
    distance_m: float | None = None
    fee: FeeView | None = None
    tides: tuple[Tide, ...] = ()
    # From when on it is known to be closed during the stay.
    closed_from_at: datetime | None = None
    share: Share | None = None


class Answer:
    """Some rows of one snapshot, in order, for an asker with the permissions of `mask`."""

    __slots__ = ("distances_m", "examined", "mask", "model", "now", "rows", "shares", "stay")

    def __init__(
        self,
        model: Model,
        rows: Sequence[int],
        now: datetime,
        mask: int = PUBLIC_MASK,
        *,
        distances_m: Sequence[float] | None = None,
        examined: int = 0,
        stay: PlannedStay | None = None,
        shares: Sequence[Share | None] | None = None,
    ) -> None:
        self.model = model
        self.rows = rows
        self.now = now
        self.mask = mask
        self.distances_m = distances_m
        # What shall be priced, if anything.
        self.stay = stay
        # The shared windows that hold the stay, row by row; None where there are none.
        self.shares = shares
        # How many lots were looked at for it.
        self.examined = examined

    def entries(self) -> list[Entry]:
        """The lots as they have to be told at `now`, whether or not a sweep came by."""
        known, at = self.model.entries, self.now.timestamp()
        chosen = [known[row] for row in self.rows]
        return [entry if at < entry.due_at else self.model.renewed(entry, self.now) for entry in chosen]

    def fees(self) -> list[FeeView] | None:
        """What the stay costs at each of the lots; None where no stay was asked for."""
        if self.stay is None:
            return None
        model = self.model
        fees = model.fees.of(self.stay).views(model.tariff_lines.take(self.rows).tolist())
        for place, share in enumerate(self.shares or ()):
            if share is not None and share.only:
                fees[place] = model.shared_fee(share.window, self.stay)
        return fees

    def closings(self) -> list[datetime | None] | None:
        """From when on each lot is known to be closed during the stay; None where no stay was asked for."""
        stay, model = self.stay, self.model
        if stay is None:
            return None
        span = model.spans.of(stay.arrive_at, stay.leave_at)
        lines = model.columns.hours.take(self.rows).tolist()
        closings = [span.closed_from(line, model.opening_on) for line in lines]
        for place, share in enumerate(self.shares or ()):
            if share is not None and share.only:
                closings[place] = None
        return closings

    def views(self) -> list[LotView]:
        """The lots as values."""
        nothing: Sequence[None] = [None] * len(self.rows)
        parts = zip(
            self.entries(),
            self.distances_m or nothing,
            self.fees() or nothing,
            self.closings() or nothing,
            self.shares or nothing,
            strict=True,
        )
        return [
            replace(view(entry, self.mask, self.now, distance, fee), closed_from_at=closed, share=share)
            for entry, distance, fee, closed, share in parts
        ]

    def rendered(self, datum: Datum) -> tuple[list[bytes], bytes]:
        """Each lot as JSON, and a digest of all that is told but the ages."""
        if datum is Datum.WGS84 and self.mask == PUBLIC_MASK:
            fragments = [entry.public for entry in self.entries()]
        else:
            fragments = [entry.fragment(datum, self.mask) for entry in self.entries()]
        second = int(self.now.timestamp())
        if self.distances_m is None:
            return [_told(each, second) + b"}" for each in fragments], _digest(fragments, ())
        tails = self._tails([round(distance) for distance in self.distances_m])
        items = [_told(each, second) + tail for each, tail in zip(fragments, tails, strict=True)]
        return items, _digest(fragments, tails)

    def _tails(self, metres: Sequence[int]) -> list[bytes]:
        """What the question adds to each lot: how far, at which fee, by which window."""
        fees, closings = self.fees(), self.closings()
        if self.shares is None:
            shared = [_NOT_SHARED] * len(metres)
        else:
            shared = [_NOT_SHARED if share is None else share.json for share in self.shares]
        if fees is None or closings is None:
            return [b',"distance_m":%d%b}' % each for each in zip(metres, shared, strict=True)]
        closed = [_NEVER_CLOSED if at is None else _closed_json(at) for at in closings]
        return [
            b',"distance_m":%d%b%b%b}' % (metre, fee.json, at, share)
            for metre, fee, at, share in zip(metres, fees, closed, shared, strict=True)
        ]


def view(
    entry: Entry, mask: int, now: datetime, distance_m: float | None = None, fee: FeeView | None = None
) -> LotView:
    """A lot as values for permissions."""
    told = [(count, access) for count, access in entry.counts if ACCESS_BIT[access] & mask]
    free = entry.free_of(CAR_CLASSES, mask)
    return LotView(
        card=entry.card,
        counts=tuple(count for count, _ in told),
        accesses=tuple(access for _, access in told),
        open=entry.open,
        free=free if free >= 0 else None,
        now=now,
        distance_m=distance_m,
        fee=fee,
        tides=entry.tides,
    )


def _told(fragment: Fragment, second: int) -> bytes:
    as_ofs = fragment.as_ofs
    if len(as_ofs) == 1:
        age = second - as_ofs[0]
        return fragment.template % (age if age > 0 else 0)
    return fragment.told(second)


def _closed_json(at: datetime) -> bytes:
    return b',"closed_from_at":' + orjson.dumps(utc(at), option=JSON)


def _digest(fragments: Iterable[Fragment], tails: Iterable[bytes]) -> bytes:
    whole = b"".join([*[fragment.digest for fragment in fragments], *tails])
    return blake2b(whole, digest_size=12).digest()
