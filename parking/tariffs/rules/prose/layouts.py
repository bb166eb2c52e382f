"""How is one kind of day priced round the clock? Offers laid out as bands without gap or overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from parking.tariffs.rules.prose import words
from parking.tariffs.rules.prose.offers import Notes, Offer
from parking.tariffs.rules.prose.phrases import Item, Kind
from parking.tariffs.rules.prose.proposal import Phrase
from parking.tariffs.rules.tariff import DAY_MINUTES, Band, Step, clock


@dataclass(frozen=True, slots=True)
class Cap:
    """The most per `hours` from entry, or per calendar day where they are 0."""

    hours: int
    fen: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The bands of a day in the order of the clock; the cap and free minutes of a whole cycle."""

    bands: tuple[Band, ...]
    cap: Cap | None = None
    free_minutes: int = 0


@dataclass(frozen=True, slots=True)
class _Priced:
    """What one offer asks, wherever it lies in the day."""

    steps: tuple[Step, ...]
    band_cap: int | None
    cap: Cap | None
    free_minutes: int
    has_price: bool


def lay_out(offers: Sequence[Offer], notes: Notes) -> Layout | None:
    """The day of those offers; None where something is missing or contradicts, which is then noted."""
    told = [(offer, _priced(offer, notes)) for offer in offers if offer.prices]
    priced = [(offer, each) for offer, each in told if each is not None]
    if not told or len(priced) < len(told):
        return None
    plain = [(offer, each) for offer, each in priced if not offer.hours and each.has_price]
    timed = [(offer, each) for offer, each in priced if offer.hours]
    without = [offer for offer, each in priced if not each.has_price]
    if without and (not (plain or timed) or any(offer.hours for offer in without)):
        notes.left.append(without[0].phrase(words.NO_PRICE))
        return None
    if len(plain) > 1 and len({each for _, each in plain}) > 1:
        notes.left.append(plain[-1][0].phrase(words.TWO_PRICES))
        return None
    bands = _timed_bands(timed, bool(plain), notes)
    if bands is None:
        return None
    if plain:
        if timed and not plain[0][0].is_rest:
            notes.assume(words.ASSUMED_REST)
        rest = plain[0][1]
        bands += [Band(begins, ends, rest.steps, rest.band_cap) for begins, ends in gaps(bands)]
    elif silent := gaps(bands):
        for begins, ends in silent:
            notes.lack(words.SILENT_HOURS, **{"from": clock(begins), "until": clock(ends)})
        return None
    return _whole(bands, [each for _, each in priced], [offer for offer, _ in priced], notes)


def _whole(bands: list[Band], priced: list[_Priced], offers: list[Offer], notes: Notes) -> Layout | None:
    caps = {each.cap for each in priced if each.cap}
    free = {each.free_minutes for each in priced if each.free_minutes}
    charged = sum(bool(each.steps) for each in priced)
    if len(caps) > 1 or len(free) > 1 or (free and charged > 1):
        notes.left.append(offers[-1].phrase(words.FITS_NOT))
        return None
    ordered = tuple(sorted(bands, key=lambda band: band.from_minute))
    if len(ordered) == 1:
        # From seven to seven is a whole day like any other.
        ordered = (replace(ordered[0], from_minute=0, until_minute=DAY_MINUTES),)
    return Layout(ordered, next(iter(caps), None), next(iter(free), 0))


def _timed_bands(timed: Sequence[tuple[Offer, _Priced]], has_rest: bool, notes: Notes) -> list[Band] | None:
    """The bands of offers with hours; what is free at some hours is cut out of what lies there."""
    starts = sorted({_begins(item) for offer, _ in timed for item in offer.hours})
    bands: list[Band] = []
    for offer, each in sorted(timed, key=lambda pair: pair[0].prices[0].kind is Kind.FREE_HOURS):
        for item in offer.hours:
            begins = _begins(item)
            if item.hours:
                ends = item.hours[1]
                if (ends + 1) % DAY_MINUTES in starts:
                    # 3:29 before 3:30 is the last minute that is meant.
                    ends = (ends + 1) % DAY_MINUTES or DAY_MINUTES
            else:
                later = [start for start in starts if start != begins]
                ends = min(later, key=lambda start: (start - begins) % DAY_MINUTES, default=0)
                if (has_rest and (ends - begins) % DAY_MINUTES + begins > DAY_MINUTES) or not later:
                    ends = 0
                    notes.assume(words.ASSUMED_MIDNIGHT_ENDS)
                ends = ends or DAY_MINUTES
            band = Band(begins, ends, each.steps, each.band_cap)
            if item.kind is Kind.FREE_HOURS:
                bands = [*cut(bands, begins, ends), band]
            elif band not in bands:
                if any(_minutes(other) & _minutes(band) for other in bands):
                    notes.left.append(offer.phrase(words.TWO_PRICES))
                    return None
                bands.append(band)
    return bands


def _begins(item: Item) -> int:
    return item.hours[0] if item.hours else item.at % DAY_MINUTES


def _minutes(band: Band) -> set[int]:
    length = (band.until_minute - band.from_minute) % DAY_MINUTES or DAY_MINUTES
    return {(band.from_minute + minute) % DAY_MINUTES for minute in range(length)}


def _runs(minutes: set[int]) -> list[tuple[int, int]]:
    """Minutes of the day as [from, until), one run round midnight; all of them are one from 0 to 1440."""
    if len(minutes) == DAY_MINUTES:
        return [(0, DAY_MINUTES)]
    begins = sorted(minute for minute in minutes if (minute - 1) % DAY_MINUTES not in minutes)
    ends = sorted(
        (minute + 1) % DAY_MINUTES for minute in minutes if (minute + 1) % DAY_MINUTES not in minutes
    )
    nearest = ((each, min(ends, key=lambda end: (end - each - 1) % DAY_MINUTES)) for each in begins)
    return [(each, end or DAY_MINUTES) for each, end in nearest]


def gaps(bands: Sequence[Band]) -> list[tuple[int, int]]:
    """The hours of a day that no band has, as [from, until) in minutes."""
    return _runs(set(range(DAY_MINUTES)).difference(*(_minutes(band) for band in bands)))


def cut(bands: Sequence[Band], begins: int, ends: int) -> list[Band]:
    """The bands without the hours [begins, ends)."""
    gone = _minutes(Band(begins, ends))
    return [
        replace(band, from_minute=first, until_minute=last)
        for band in bands
        for first, last in _runs(_minutes(band) - gone)
    ]


def clipped(bands: Sequence[Band], begins: int, ends: int) -> list[Band]:
    """The bands within the hours [begins, ends)."""
    kept = _minutes(Band(begins, ends))
    return [
        replace(band, from_minute=first, until_minute=last)
        for band in bands
        for first, last in _runs(_minutes(band) & kept)
    ]


def _priced(offer: Offer, notes: Notes) -> _Priced | None:
    """An offer's steps and caps; None where its phrases do not follow one another, which is then noted."""
    steps: list[Step] = []
    band_cap: int | None = None
    cap: Cap | None = None
    free = reached = 0
    for item in offer.prices:
        if item.kind is Kind.CAP:
            if item.days or item.minutes:
                fits = cap is None and item.minutes % 60 == 0
                cap = Cap(item.minutes // 60, item.fen)
            else:
                fits = band_cap is None and bool(offer.hours)
                band_cap = item.fen
                if not offer.hours:
                    notes.left.append(_left(offer, item, words.CAP_OF_WHAT))
                    return None
        elif item.kind is Kind.FREE_WITHIN:
            fits, free = not free, item.minutes
        elif item.kind in (Kind.FREE, Kind.FREE_HOURS):
            fits = all(other is item or _is_general(other) for other in offer.prices)
        else:
            step = _step(item, steps, reached)
            fits = step is not None
            if step is not None:
                steps.append(step)
                reached = step.until_minutes or reached
        if not fits:
            notes.left.append(_left(offer, item, words.FITS_NOT))
            return None
    if steps and steps[-1].until_minutes is not None:
        notes.left.append(offer.phrase(words.THEN_WHAT, minutes=reached))
        return None
    has_price = not all(_is_general(item) for item in offer.prices)
    return _Priced(tuple(steps), band_cap, cap, free, has_price)


def _is_general(item: Item) -> bool:
    """Free minutes and the most of a day are of the whole stay: no price by themselves."""
    return item.kind in (Kind.CAP, Kind.FREE_WITHIN)


def _step(item: Item, steps: Sequence[Step], reached: int) -> Step | None:
    """The step that a phrase tells, if it follows those before it."""
    if steps and steps[-1].until_minutes is None:
        return None
    hour = 60
    match item.kind:
        case Kind.FIRST if not steps:
            return Step(item.fen, None, item.minutes)
        case Kind.FIRST_UNITS if not steps:
            return Step(item.fen, item.minutes, item.last)
        case Kind.NEXT_UNITS if steps:
            return Step(item.fen, item.minutes, reached + item.last)
        case Kind.NTH if steps and reached == (item.first - 1) * hour:
            until = None if "O" in item.letters else item.number * hour
            return Step(item.fen, item.minutes, until)
        case Kind.BEYOND if steps and reached == item.last:
            return Step(item.fen, item.minutes)
        case Kind.THEN if steps:
            return Step(item.fen, item.minutes)
        case Kind.UNIT:
            return Step(item.fen, item.minutes)
        case Kind.ENTRY if not steps:
            return Step(item.fen)
    return None


def _left(offer: Offer, item: Item, why: str) -> Phrase:
    return Phrase(offer.place, item.start, item.end, item.words, why)
