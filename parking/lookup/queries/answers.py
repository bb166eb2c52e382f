"""What does the asker get: lots as they are now, as values for pages or as ready bytes for machines?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from parking.kernel.vocabulary import Access, Datum
from parking.lookup.queries.entries import Entry, Fragment
from parking.lookup.queries.fees import FeeView, PlannedStay
from parking.lookup.queries.model import Model
from parking.lookup.rules import ACCESS_BIT, ALL_MASK, CAR_CLASSES, PUBLIC_MASK
from parking.lots.queries import LotCard
from parking.lots.rules import OpenState
from parking.occupancy.rules import PublicCount
from parking.sharing.rules.tidal import Tide


@dataclass(frozen=True, slots=True)
class LotView:
    """One lot as it is told at `now`. `counts` are those that the asker may use, each with its permission.

    `free` sums the classes of an ordinary car: None is unknown, or nothing that the asker may use. `fee` is
    that of the stay which was asked for, if one was. `tides` are its tidal bays.
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


class Answer:
    """Some rows of one snapshot, in order, for an asker with the permissions of `mask`."""

    __slots__ = ("distances_m", "examined", "mask", "model", "now", "rows", "stay")

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
    ) -> None:
        self.model = model
        self.rows = rows
        self.now = now
        self.mask = mask
        self.distances_m = distances_m
        # What shall be priced, if anything.
        self.stay = stay
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
        return model.fees.of(self.stay).views(model.tariff_lines.take(self.rows).tolist())

    def views(self) -> list[LotView]:
        """The lots as values."""
        nothing: Sequence[None] = [None] * len(self.rows)
        return [
            view(entry, self.mask, self.now, distance, fee)
            for entry, distance, fee in zip(
                self.entries(), self.distances_m or nothing, self.fees() or nothing, strict=True
            )
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
        metres = [round(distance) for distance in self.distances_m]
        fees = self.fees()
        if fees is None:
            items = [
                b'%b,"distance_m":%d}' % (_told(each, second), metre)
                for each, metre in zip(fragments, metres, strict=True)
            ]
            return items, _digest(fragments, metres)
        items = [
            b'%b,"distance_m":%d%b}' % (_told(each, second), metre, fee.json)
            for each, metre, fee in zip(fragments, metres, fees, strict=True)
        ]
        return items, _digest([*fragments, *fees], metres)


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


def view_for_anyone(entry: Entry, now: datetime, fee: FeeView | None = None) -> LotView:
    """A lot with all its counts: whoever asks for one lot by name is told which of them are not for him."""
    return view(entry, ALL_MASK, now, fee=fee)


def _told(fragment: Fragment, second: int) -> bytes:
    as_ofs = fragment.as_ofs
    if len(as_ofs) == 1:
        age = second - as_ofs[0]
        return fragment.template % (age if age > 0 else 0)
    return fragment.told(second)


def _digest(parts: Iterable[Fragment | FeeView], metres: Sequence[int]) -> bytes:
    whole = b"".join([part.digest for part in parts])
    return blake2b(b"%b%b" % (whole, repr(metres).encode()), digest_size=12).digest()
