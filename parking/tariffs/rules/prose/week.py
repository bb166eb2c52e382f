"""Which days are priced alike? Every day's layout from the offers, "same as" looked up, told as schedules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from parking.tariffs.rules.prose import words
from parking.tariffs.rules.prose.layouts import Layout, clipped, cut, gaps, lay_out
from parking.tariffs.rules.prose.offers import Notes, Offer
from parking.tariffs.rules.prose.phrases import ALL_DAYS, Item, Kind
from parking.tariffs.rules.tariff import DAY_MINUTES, Band, DayType, Schedule, Step

_SAME = (Kind.SAME, Kind.SAME_BUT)
_TYPES = ("workday", "weekend", "holiday")
_SILENT = {
    "workday": words.SILENT_WORKDAYS,
    "weekend": words.SILENT_WEEKENDS,
    "holiday": words.SILENT_HOLIDAYS,
}


class Week:
    """Offers by days. An offer of all days gives way to one that names a day."""

    def __init__(self, offers: Sequence[Offer], notes: Notes) -> None:
        self.offers = [offer for offer in offers if offer.prices]
        self.notes = notes
        self._known: dict[tuple[int, ...], Layout | None] = {}
        for offer in offers:
            if not offer.prices and offer.hours:
                notes.left.append(offer.phrase(words.NO_PRICE))

    def schedules(self) -> tuple[list[Schedule], list[Layout]] | None:
        """The schedules in the order of trial, and each one's layout; None where a day has no price."""
        if not self.offers:
            if self.notes.understood and not self.notes.left:
                self.notes.lack(words.NO_PRICE)
            return None
        named = {day for offer in self.offers for day in offer.days or () if not offer.is_daily}
        keys = [*_TYPES, *sorted(named - {*_TYPES})] if named & {"workday", "weekend"} else list(ALL_DAYS)
        layouts: dict[str, Layout] = {}
        silent, is_whole = [], True
        for key in keys:
            offers = self._of(key)
            if not offers:
                silent.append(key)
                continue
            layout = self._layout(offers)
            if layout is None:
                is_whole = False
            else:
                layouts[key] = layout
        if silent == ["holiday"] and "1" in layouts:
            self.notes.assume(words.ASSUMED_HOLIDAYS)
        elif silent:
            is_whole = False
            self._lack(silent)
        return _told(layouts) if is_whole and layouts else None

    def _lack(self, silent: Sequence[str]) -> None:
        if numbers := [key for key in silent if key not in _TYPES]:
            self.notes.lack(words.SILENT_DAYS, days=", ".join(numbers))
        for key, text in _SILENT.items():
            if key in silent:
                self.notes.lack(text)

    def _of(self, key: str) -> list[Offer]:
        named = [each for each in self.offers if not each.is_daily and key in (each.days or ())]
        daily = [each for each in self.offers if each.is_daily]
        if named and daily and {each.place for each in named} & {each.place for each in daily}:
            self.notes.assume(words.ASSUMED_REST_DAYS)
        return named or daily

    def _layout(self, offers: list[Offer]) -> Layout | None:
        """Those offers' day, laid out once."""
        key = tuple(id(offer) for offer in offers)
        if key not in self._known:
            self._known[key] = None
            same = [offer for offer in offers if offer.prices[0].kind in _SAME]
            others = [offer for offer in offers if offer not in same]
            if same:
                self._known[key] = self._same(same, others)
            else:
                self._known[key] = lay_out(others, self.notes)
        return self._known[key]

    def _same(self, same: list[Offer], others: list[Offer]) -> Layout | None:
        offer = same[0]
        item = offer.prices[0]
        base = self._meant(item)
        if base is None:
            # Why those days have no price of their own is told where it was found.
            if not self.notes.left:
                self.notes.left.append(offer.phrase(words.SAME_AS_WHAT))
            return None
        if len(same) > 1 or len(offer.prices) > 1:
            self.notes.left.append(offer.phrase(words.FITS_NOT))
            return None
        if item.kind is Kind.SAME_BUT and not offer.hours and not others:
            return _but_after(base, item)
        if offer.hours:
            return self._same_at(base, offer, others)
        if others and self._layout(others) != base:
            self.notes.left.append(offer.phrase(words.TWO_PRICES))
            return None
        return base

    def _meant(self, item: Item) -> Layout | None:
        """The layout that "same as" means, if those days have one and the same."""
        days = ("6",) if item.same == "saturday" else ALL_DAYS[:5]
        found = [self._layout(offers) if (offers := self._of(day)) else None for day in days]
        return found[0] if all(each == found[0] for each in found) else None

    def _same_at(self, base: Layout, offer: Offer, others: list[Offer]) -> Layout | None:
        """The others' hours, and what is left of the day from the base."""
        apart = Notes()
        laid = lay_out([*others, _rest_of(offer)], apart)
        begins = [item.hours[0] if item.hours else item.at for item in offer.hours]
        if laid is None:
            self.notes.left.append(offer.phrase(words.FITS_NOT))
            return None
        bands = [band for band in laid.bands if band.steps != _MARK]
        if begins != [first for first, _ in gaps(bands)]:
            self.notes.left.append(offer.phrase(words.FITS_NOT))
            return None
        for first, last in gaps(bands):
            bands += clipped(base.bands, first, last)
        return replace(base, bands=tuple(sorted(bands, key=lambda band: band.from_minute)))


_MARK = (Step(1),)


def _rest_of(offer: Offer) -> Offer:
    """An offer that takes whatever hours the others leave."""
    item = replace(offer.prices[0], kind=Kind.ENTRY, fen=1)
    return Offer(offer.place, offer.days, hours=[], prices=[item], is_rest=True)


def _but_after(base: Layout, item: Item) -> Layout:
    """The base until a time of day, and from then to when the band begins that holds it one price a visit."""
    holds = next(band for band in base.bands if clipped([band], item.at, item.at + 1))
    ends = holds.from_minute or DAY_MINUTES
    bands = [*cut(base.bands, item.at, ends), Band(item.at, ends, (Step(item.fen),))]
    return replace(base, bands=tuple(sorted(bands, key=lambda band: band.from_minute)))


def _told(layouts: dict[str, Layout]) -> tuple[list[Schedule], list[Layout]]:
    groups: dict[Layout, list[str]] = {}
    for key, layout in layouts.items():
        groups.setdefault(layout, []).append(key)
    last = max(groups, key=lambda layout: len(groups[layout]))
    named = [(layout, keys) for layout, keys in groups.items() if layout is not last]
    if "holiday" in groups[last] and any(key not in _TYPES for _, keys in named for key in keys):
        # A holiday that falls on one of the days named is priced as holidays are.
        named.append((last, ["holiday"]))
    named.sort(key=lambda pair: ("holiday" not in pair[1], "workday" not in pair[1]))
    pairs = [*named, (last, list[str]())]
    return [_schedule(layout, keys) for layout, keys in pairs], [layout for layout, _ in pairs]


def _schedule(layout: Layout, keys: Sequence[str]) -> Schedule:
    types = tuple(DayType(key) for key in keys if key in _TYPES)
    weekdays = tuple(int(key) for key in keys if key not in _TYPES)
    return Schedule(layout.bands, types, weekdays, (), layout.cap.fen if layout.cap else None)
