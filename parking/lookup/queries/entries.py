"""What is ready to be told of a lot: its text in bytes, its numbers for the columns, and until when?

A text is made when something changed, not when somebody asks; only ages and the distance are filled in then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from math import inf

import orjson

from parking.kernel.geo import from_wgs84
from parking.kernel.vocabulary import CAR_CLASSES, Access, Datum, SpaceClass
from parking.lookup.queries.tidal import without_unlawful
from parking.lookup.rules import (
    ACCESS_BIT,
    HOURS_UNKNOWN,
    NOT_OFFERED,
    PUBLIC_MASK,
    UNKNOWN_FREE,
)
from parking.lots.queries import LotCard
from parking.lots.rules import OpenState
from parking.occupancy.rules import CounterView, PublicCount, next_quality_at, no_count, public_count
from parking.sharing.rules.tidal import Tide, withheld

CLASSES = tuple(SpaceClass)
CLASS_LINE = {space_class: line for line, space_class in enumerate(CLASSES)}
JSON = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS
"""How instants are written in every answer."""
Counts = tuple[tuple[PublicCount, Access], ...]


class Fragment:
    """A lot as JSON without its closing brace; `template % ages` where `as_ofs` are whole epoch seconds."""

    __slots__ = ("as_ofs", "digest", "template")

    def __init__(self, template: bytes, as_ofs: tuple[int, ...]) -> None:
        self.template = template
        self.as_ofs = as_ofs
        # Content alone, so that two processes give one answer the same tag.
        self.digest = blake2b(template, digest_size=12).digest()

    def told(self, second: int) -> bytes:
        """The JSON at an epoch second, ages of facts from the future being 0."""
        return self.template % tuple([max(second - as_of, 0) for as_of in self.as_ofs])


class Entry:
    """A lot as it is told until `due_at` (epoch seconds), and what it was made of.

    `withheld_at` is when the first of its numbers may no longer be told. `tides` are its tidal bays: where
    they are not lawful now, nobody is told of their spaces.
    """

    __slots__ = ("_others", "card", "counts", "due_at", "open", "public", "tides", "views", "withheld_at")

    def __init__(
        self,
        card: LotCard,
        views: tuple[CounterView, ...],
        opening: OpenState,
        now: datetime,
        *,
        tides: tuple[Tide, ...] = (),
    ) -> None:
        self.card = card
        self.views = views
        self.open = opening
        self.tides = tuple(each for each in tides if each.is_told)
        self.counts = public_counts(card, views, now)
        if tides:
            unlawful = withheld(tides)
            self.counts = tuple((without_unlawful(count, unlawful), to) for count, to in self.counts)
        changes = [at for at in (next_quality_at(view, now) for view in views) if at is not None]
        changes += [each.now.until_at for each in tides if each.now.until_at is not None]
        if opening.until_at is not None:
            changes.append(opening.until_at)
        self.due_at = min((at.timestamp() for at in changes), default=inf)
        self.withheld_at = _withheld_at(self.counts, views)
        self._others: dict[tuple[Datum, int], Fragment] | None = None
        self.public = self._fragment(Datum.WGS84, PUBLIC_MASK)

    def fragment(self, datum: Datum, mask: int) -> Fragment:
        """The text for a datum and permissions other than the usual ones; made once."""
        if mask == PUBLIC_MASK and datum is Datum.WGS84:
            return self.public
        # Two readers may both make it: they make the same, and the last one stays.
        others = self._others = self._others or {}
        known = others.get((datum, mask))
        if known is None:
            known = others[datum, mask] = self._fragment(datum, mask)
        return known

    def free_of(self, classes: Iterable[SpaceClass], mask: int) -> int:
        """Free spaces of some classes for some permissions, or UNKNOWN_FREE, or NOT_OFFERED."""
        offered = [
            count.free
            for count, access in self.counts
            if ACCESS_BIT[access] & mask and count.space_class in classes
        ]
        if not offered:
            return NOT_OFFERED
        known = [free for free in offered if free is not None]
        return sum(known) if known else UNKNOWN_FREE

    def _fragment(self, datum: Datum, mask: int) -> Fragment:
        card = self.card
        lat, lon = card.lat, card.lon
        if datum is not Datum.WGS84:
            # Seven decimals are a centimetre, which is more than the shifted datums are good for.
            lat, lon = (round(degrees, 7) for degrees in from_wgs84(lat, lon, datum))
        told = [(count, access) for count, access in self.counts if ACCESS_BIT[access] & mask]
        head: dict[str, object] = {
            "id": card.id,
            "name": card.name,
            "lat": lat,
            "lon": lon,
            "access": card.access,
            "district": card.district_code,
            "open_now": self.open.is_open,
        }
        if self.tides:
            head["tidal"] = [tidal_told(each) for each in self.tides]
        template = b'%b,"counts":[%b]' % (
            _escaped(head)[:-1],
            b",".join(
                [_count_template(count, access if mask != PUBLIC_MASK else None) for count, access in told]
            ),
        )
        as_ofs = tuple([int(count.as_of.timestamp()) for count, _ in told if count.as_of is not None])
        return Fragment(template, as_ofs)


def tidal_told(tide: Tide) -> dict[str, object]:
    """Tidal bays as machines are told of them; times are null where none is within two weeks."""
    return {
        "class": tide.bays.space_class,
        "spaces": tide.bays.spaces,
        "lawful_now": tide.now.is_lawful,
        "until": utc(tide.now.until_at),
        "next_from": utc(tide.now.next_from_at),
    }


def public_counts(card: LotCard, views: tuple[CounterView, ...], now: datetime) -> Counts:
    """A lot's counts in the order of the vocabulary, each with the permission that its spaces need."""
    spaces = {space.space_class: space for space in card.spaces}
    counted = {view.space_class: view for view in views}
    told = []
    for space_class in CLASSES:
        space, view = spaces.get(space_class), counted.get(space_class)
        if space is None and view is None:
            continue
        capacity = space.capacity if space else None
        count = public_count(view, capacity, now) if view else no_count(space_class, capacity)
        told.append((count, Access((space and space.access) or card.access)))
    return tuple(told)


def masks_of(entry: Entry) -> list[int]:
    """For each class the permissions that it is offered for, 0 where the lot lacks it; then the lot's."""
    by_class = {count.space_class: ACCESS_BIT[access] for count, access in entry.counts}
    whole = 0
    for bit in by_class.values():
        whole |= bit
    return [by_class.get(each, 0) for each in CLASSES] + [whole or ACCESS_BIT[Access(entry.card.access)]]


def frees_of(entry: Entry) -> list[int]:
    """For each class the free spaces, whoever may use them; then those of an ordinary car for a stranger."""
    frees = [NOT_OFFERED] * len(CLASSES)
    for count, _ in entry.counts:
        frees[CLASS_LINE[count.space_class]] = UNKNOWN_FREE if count.free is None else count.free
    return [*frees, entry.free_of(CAR_CLASSES, PUBLIC_MASK)]


def open_of(entry: Entry) -> int:
    return HOURS_UNKNOWN if entry.open.is_open is None else int(entry.open.is_open)


def _withheld_at(counts: Counts, views: tuple[CounterView, ...]) -> float:
    """When the first of the numbers that are told now may no longer be told."""
    told = {count.space_class for count, _ in counts if count.free is not None}
    return min(
        (view.as_of.timestamp() + view.unknown_after_s for view in views if view.space_class in told),
        default=inf,
    )


def _count_template(count: PublicCount, access: Access | None) -> bytes:
    head = {
        "class": count.space_class,
        "capacity": count.capacity,
        "free": count.free,
        "as_of": utc(count.as_of),
    }
    tail = {"quality": count.quality, "marks": count.marks, "source": count.source}
    if access is not None:
        tail["access"] = access
    age = b"null" if count.as_of is None else b"%d"
    return b'%b,"age_s":%b,%b' % (_escaped(head)[:-1], age, _escaped(tail)[1:])


def _escaped(value: Mapping[str, object]) -> bytes:
    return orjson.dumps(value, option=JSON).replace(b"%", b"%%")


def utc(at: datetime | None) -> datetime | None:
    """An instant in UTC, as it is written in every answer."""
    return at.astimezone(UTC) if at else None
