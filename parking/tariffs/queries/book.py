"""What does each lot charge, now and later? Everything that is published, as of one moment."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import attrgetter
from zoneinfo import ZoneInfo

from parking.city.rules import Calendar
from parking.kernel.days import midnight
from parking.tariffs.rules.quotes import Quote, Stay
from parking.tariffs.rules.tariff import TariffRules
from parking.tariffs.rules.versions import InForce, Price, price_of, quote_across


@dataclass(frozen=True, slots=True)
class LotTariff:
    """A lot's tariff at an instant: the version then in force, and `versions` with all that follow it.

    `key` is equal only where every stay from then on costs the same.
    """

    tariff_id: str
    code: str
    name: str
    zone: str | None
    version: InForce
    versions: tuple[InForce, ...]
    rules: TariffRules
    price: Price
    key: Hashable

    @classmethod
    def of(cls, versions: tuple[InForce, ...]) -> LotTariff | None:
        """From the version in force and those that follow it; None where there are no rules now."""
        now = versions[0]
        if now.rules is None:
            return None
        later = ((each.version_id, each.zone, each.from_at) for each in versions[1:])
        return cls(
            tariff_id=now.tariff_id,
            code=now.code,
            name=now.name,
            zone=now.zone,
            version=now,
            versions=versions,
            rules=now.rules,
            price=price_of(now.rules, now.zone),
            key=(now.version_id, now.zone, *later),
        )

    @property
    def version_id(self) -> str:
        return self.version.version_id

    @property
    def version_number(self) -> int:
        return self.version.number

    @property
    def next_version(self) -> InForce | None:
        """What follows it, where that is known already."""
        return self.versions[1] if len(self.versions) > 1 else None


@dataclass(frozen=True, slots=True)
class PricedQuote:
    """The quote of a stay and the tariff at entry; both None, and only then, where the price is UNKNOWN."""

    price: Price
    quote: Quote | None = None
    tariff: LotTariff | None = None


_begins = attrgetter("from_at")
_UNKNOWN = PricedQuote(Price.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Timeline:
    """What a lot has from each instant on."""

    versions: tuple[InForce, ...]
    tariffs: tuple[LotTariff | None, ...]

    @classmethod
    def of(cls, versions: Sequence[InForce]) -> Timeline:
        """From what is ordered by time."""
        known = tuple(versions)
        return cls(known, tuple(LotTariff.of(known[place:]) for place in range(len(known))))

    def at(self, at: datetime) -> LotTariff | None:
        """The tariff at an instant; None where there is none."""
        place = bisect_right(self.versions, at, key=_begins)
        return self.tariffs[place - 1] if place else None


@dataclass(frozen=True, slots=True, eq=False)
class TariffBook:
    """Whatever is published, for all lots. Nothing in it changes.

    Whoever keeps fees keeps them for this book alone: another may have another calendar.
    """

    stamp: Hashable
    calendar: Calendar
    timelines: Mapping[str, Timeline] = field(repr=False)
    # By version: what was read of its document.
    rules: Mapping[str, TariffRules] = field(default_factory=dict, repr=False)
    # By tariff, whichever lots have it: an agreement on sharing may name one of its own.
    tariffs: Mapping[str, Timeline] = field(default_factory=dict, repr=False)

    @classmethod
    def made_of(
        cls, calendar: Calendar, lots: Mapping[str, Sequence[InForce]], stamp: Hashable = None
    ) -> TariffBook:
        """A book of lots and what each has, ordered by time."""
        return cls(stamp, calendar, {lot_id: Timeline.of(each) for lot_id, each in lots.items()})

    def timeline(self, lot_id: str) -> tuple[InForce, ...]:
        """All that a lot ever had and will have; empty where it has no tariff."""
        found = self.timelines.get(lot_id)
        return found.versions if found else ()

    def of(self, lot_id: str, at: datetime) -> LotTariff | None:
        """The tariff of a lot at an instant; None where it has none."""
        timeline = self.timelines.get(lot_id)
        return timeline.at(at) if timeline else None

    def price(self, lot_id: str, at: datetime) -> Price:
        """Whether parking there is free, has a price, or nobody told one."""
        found = self.of(lot_id, at)
        return found.price if found else Price.UNKNOWN

    def quote(self, lot_id: str, stay: Stay, *, by_present: bool = False) -> PricedQuote:
        """The fee of a stay at a lot; the lot's zone is filled in. Raises what `quote_across` raises.

        `by_present`: as if nothing followed the version in force at entry.
        """
        found = self.of(lot_id, stay.entered_at)
        if found is None:
            return _UNKNOWN
        versions = found.versions[:1] if by_present else found.versions
        quote = quote_across(versions, stay, self.calendar)
        return PricedQuote(Price.PRICED if quote.fee_fen else found.price, quote, found)


@dataclass(frozen=True, slots=True)
class Published:
    """A version that is published, and of which tariff."""

    version_id: str
    number: int
    from_on: date
    rules: TariffRules | None
    tariff_id: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Assigned:
    """A lot's tariff from a day on; None: none any more."""

    from_on: date
    tariff_id: str | None
    zone: str | None


def timelines_of(
    lots: Mapping[str, Sequence[Assigned]], published: Iterable[Published], zone: ZoneInfo
) -> dict[str, Timeline]:
    """What these rows, in the order of their days, make for each lot. Days begin at the city's midnight."""
    by_tariff = _by_tariff(published)
    # Hundreds of lots share a tariff since the same day: one timeline serves them all.
    made: dict[tuple[Assigned, ...], Timeline] = {}
    found = {}
    for lot_id, rows in lots.items():
        kind = tuple(rows)
        if kind not in made:
            made[kind] = _timeline(kind, by_tariff, zone)
        found[lot_id] = made[kind]
    return found


def tariff_timelines(published: Iterable[Published], zone: ZoneInfo) -> dict[str, Timeline]:
    """Each tariff by itself, from its first version on."""
    by_tariff = _by_tariff(published)
    return {
        tariff_id: _timeline([Assigned(versions[0].from_on, tariff_id, None)], by_tariff, zone)
        for tariff_id, versions in by_tariff.items()
    }


def _by_tariff(published: Iterable[Published]) -> dict[str, list[Published]]:
    found: dict[str, list[Published]] = {}
    for version in published:
        found.setdefault(version.tariff_id, []).append(version)
    return found


def _timeline(
    rows: Sequence[Assigned], by_tariff: Mapping[str, Sequence[Published]], zone: ZoneInfo
) -> Timeline:
    told = []
    for place, row in enumerate(rows):
        until_on = rows[place + 1].from_on if place + 1 < len(rows) else date.max
        versions = by_tariff.get(row.tariff_id or "", ())
        before = [each for each in versions if each.from_on <= row.from_on]
        within = [each for each in versions if row.from_on < each.from_on < until_on]
        for version in (before[-1] if before else None, *within):
            from_on = max(row.from_on, version.from_on) if version else row.from_on
            told.append(_in_force(from_on, version, row.zone, zone))
    return Timeline.of(told)


def _in_force(from_on: date, version: Published | None, lot_zone: str | None, zone: ZoneInfo) -> InForce:
    from_at = midnight(from_on, zone)
    if version is None:
        return InForce(from_at, None)
    return InForce(
        from_at=from_at,
        rules=version.rules,
        zone=lot_zone,
        version_id=version.version_id,
        tariff_id=version.tariff_id,
        number=version.number,
        code=version.code,
        name=version.name,
    )
