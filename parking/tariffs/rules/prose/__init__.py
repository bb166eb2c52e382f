"""Which tariff does a price in prose mean? A proposal to confirm, and what was not understood."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from parking.tariffs.rules import document
from parking.tariffs.rules.errors import TariffInvalid
from parking.tariffs.rules.prose import words
from parking.tariffs.rules.prose.layouts import Layout
from parking.tariffs.rules.prose.offers import Notes, Offer, Reader
from parking.tariffs.rules.prose.phrases import ALL_DAYS
from parking.tariffs.rules.prose.proposal import Phrase, Proposal, Understanding
from parking.tariffs.rules.prose.week import Week
from parking.tariffs.rules.reach import Reach
from parking.tariffs.rules.tariff import (
    Band,
    Choice,
    Crossing,
    Cycle,
    CycleKind,
    Free,
    Plan,
    Schedule,
    Step,
    TariffRules,
)

__all__ = ["COLUMNS", "Phrase", "Proposal", "Understanding", "propose", "propose_columns"]

# The columns of Singapore's list of rates, and the days that each is for.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "weekdays_rate_1": ALL_DAYS[:5],
    "weekdays_rate_2": ALL_DAYS[:5],
    "saturday_rate": ALL_DAYS[5:6],
    "sunday_publicholiday_rate": ALL_DAYS[6:],
}
LONGEST_TEXT = 2000
_PLAN = "standard"


def propose(text: str, *, time_zone: str = "Asia/Shanghai", dollar: str = "USD") -> Proposal:
    """The tariff that a text in Chinese or English tells, at most 2,000 characters; `dollar` is what $ means.

    What names no days is for all that are left. ValueError for a longer text.
    """
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"a price in prose has at most {LONGEST_TEXT} characters")
    notes = Notes()
    reader = Reader(notes)
    reader.read("", text)
    for offer in reader.offers:
        offer.is_daily = offer.is_daily or offer.days is None
    return _proposal(reader.offers, notes, time_zone, dollar)


def propose_columns(
    cells: Mapping[str, str], *, time_zone: str = "Asia/Singapore", dollar: str = "SGD"
) -> Proposal:
    """The tariff of a row of Singapore's list, by the columns of COLUMNS; "-" says nothing.

    ValueError for an unknown column or a cell of more than 2,000 characters.
    """
    if unknown := cells.keys() - COLUMNS.keys():
        raise ValueError(f"unknown columns: {', '.join(sorted(unknown))}")
    if any(len(text) > LONGEST_TEXT for text in cells.values()):
        raise ValueError(f"a price in prose has at most {LONGEST_TEXT} characters")
    notes = Notes()
    offers: list[Offer] = []
    read: dict[tuple[str, ...], list[str]] = {}
    reader = Reader(notes)
    for place, days in COLUMNS.items():
        text = cells.get(place, "-").strip()
        if days not in read:
            reader = Reader(notes)
        if text in ("", "-") or text in read.setdefault(days, []):
            continue
        read[days].append(text)
        before = len(reader.offers)
        reader.read(place, text, days)
        for offer in reader.offers[before:]:
            offer.days = offer.days or days
        offers += reader.offers[before:]
    return _proposal(offers, notes, time_zone, dollar)


def _proposal(offers: Sequence[Offer], notes: Notes, time_zone: str, dollar: str) -> Proposal:
    currency = dollar if "$" in notes.currencies else "CNY"
    written = None
    if len(notes.currencies) > 1:
        notes.lack(words.OTHER_CURRENCY)
    elif found := Week(offers, notes).schedules():
        schedules, layouts = found
        plan = _plan(schedules, layouts, notes)
        if plan is not None:
            written = _checked(TariffRules(time_zone, (plan,), (Choice(_PLAN),)), notes)
    if written is not None:
        _assume(layouts, notes, currency)
    # What was refused later, for what stands beside it, is not told as understood too.
    understood = (each for each in notes.understood if not any(_holds(left, each) for left in notes.left))
    return Proposal(written, currency, tuple(understood), tuple(notes.assumed), tuple(notes.left))


def _holds(left: Phrase, phrase: Phrase) -> bool:
    is_there = bool(left.words) and left.place == phrase.place
    return is_there and left.start <= phrase.start and phrase.end <= left.end


def _plan(schedules: Sequence[Schedule], layouts: Sequence[Layout], notes: Notes) -> Plan | None:
    """One plan of all days; None where they have different cycles or free minutes, which is noted."""
    cycles = {layout.cap.hours for layout in layouts if layout.cap}
    free = {layout.free_minutes for layout in layouts}
    if len(cycles) > 1 or len(free) > 1:
        notes.lack(words.DAYS_DIFFER)
        return None
    cycle = Cycle()
    for hours in cycles:
        cycle = Cycle(CycleKind.ENTRY, hours) if hours else Cycle(CycleKind.DAY)
    minutes = max(free)
    charged = {band.steps for layout in layouts for band in layout.bands if band.steps}
    crossing = Crossing.RESTART_STEPS if len(charged) > 1 else Crossing.RESTART_UNIT
    return _shortened(Plan(_PLAN, tuple(schedules), cycle, Free(minutes) if minutes else None, crossing))


def _shortened(plan: Plan) -> Plan:
    """The same plan without steps that a band is too short for: one price may be told for several hours."""
    reach = Reach(plan)

    def steps(number: int, band: Band) -> Iterator[Step]:
        minutes = reach.steps(number, band)
        for step in band.steps:
            is_last = step.until_minutes is not None and step.until_minutes >= minutes
            yield replace(step, until_minutes=None) if is_last else step
            if is_last:
                return

    def bands(number: int, schedule: Schedule) -> tuple[Band, ...]:
        return tuple(replace(band, steps=tuple(steps(number, band))) for band in schedule.bands)

    listed = enumerate(plan.schedules)
    return replace(plan, schedules=tuple(replace(each, bands=bands(n, each)) for n, each in listed))


def _checked(rules: TariffRules, notes: Notes) -> dict[str, object] | None:
    """The document, if it reads back as it was meant."""
    written = document.write(rules)
    try:
        assert document.read(written) == rules
    except TariffInvalid as invalid:
        for problem in invalid.problems:
            params = {key: value for key, value in problem.params.items() if isinstance(value, int | str)}
            notes.lack(words.REFUSED.get(problem.code, problem.text), **params)
        return None
    return written


def _assume(layouts: Sequence[Layout], notes: Notes, currency: str) -> None:
    """Tell what the text left open and the document had to decide."""
    if currency != "CNY":
        notes.assume(words.ASSUMED_CURRENCY, currency=currency)
    bands = {band for layout in layouts for band in layout.bands if band.steps}
    if any((step.unit_minutes or 0) > 1 for band in bands for step in band.steps) and not notes.begun_told:
        notes.assume(words.ASSUMED_BEGUN)
    if len({band.steps for band in bands}) > 1:
        notes.assume(words.ASSUMED_CROSSING)
    if len({*layouts}) > 1:
        notes.assume(words.ASSUMED_MIDNIGHT)
    if bands and not any(layout.cap for layout in layouts):
        notes.assume(words.ASSUMED_OVERNIGHT)
    if any(layout.cap and not layout.cap.hours for layout in layouts):
        notes.assume(words.ASSUMED_DAY)
    for minutes in {layout.free_minutes for layout in layouts} - {0}:
        notes.assume(words.ASSUMED_FREE, minutes=minutes)
