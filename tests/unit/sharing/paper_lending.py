"""Agreements, their windows and what they lend, kept on paper: by the sums of this file alone.

Nothing here is taken from the platform. Each answer is noted with what was asked, so that the rules of the
platform can be asked the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from heapq import heappop, heappush
from itertools import count, pairwise
from typing import TypeVar
from zoneinfo import ZoneInfo

SPACES, NOTICE_DAYS, WITHDRAW_MINUTES, AHEAD_DAYS = 4, 2, 120, 60
ZONE = ZoneInfo("Asia/Shanghai")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
# No holiday of 2027 is known, and none lies between here and there.
UNKNOWN_ON = date(2027, 1, 1)
EVERY_DAY = range(7)
# The weekdays on which a text opens, from when, for how many minutes, and whether it asks for holidays.
HOURS = {
    "Mo-Su 18:00-07:30": (EVERY_DAY, time(18), 810, False),
    "Mo-Fr 12:00-20:00": (range(5), time(12), 480, True),
    "Sa-Su,PH 00:00-24:00": (range(5, 6), time(0), 2880, True),
    "Mo-Su 20:00-08:00; PH off": (EVERY_DAY, time(20), 720, True),
}
LIVE, HELD = ("open", "closing"), ("in_force", "suspended")
PARTIES = ("operator", "owner", "supervisor")
STEPS = {
    "propose": {"drafted": "proposed"},
    "confirm": {"proposed": "proposed"},
    "put_in_force": {"confirmed": "in_force"},
    "suspend": {"in_force": "suspended"},
    "resume": {"suspended": "in_force"},
    "give_notice": {"in_force": "in_force", "suspended": "suspended"},
    "end": dict.fromkeys(("drafted", "proposed", "confirmed", *HELD), "ended"),
}
Span = tuple[datetime, datetime]
Load = tuple[datetime, datetime, int]
Told = TypeVar("Told")


@dataclass(eq=False)
class PaperWindow:
    """`kept`: what it lends while it closes. `rests`: when it was not open and opened after all."""

    name: str
    lot: int
    from_at: datetime
    until_at: datetime
    quota: int
    taken: int = 0
    state: str = "open"
    closed_for: str | None = None
    closed_at: datetime | None = None
    kept: int = 0
    rests: list[Span] = field(default_factory=list)

    @property
    def load(self) -> Load:
        lent = {"open": self.quota, "closing": self.kept}.get(self.state, 0)
        return self.from_at, self.until_at, lent

    @property
    def has_room(self) -> bool:
        return self.state == "open" and self.taken < self.quota


@dataclass(eq=False)
class PaperAgreement:
    name: str
    lot: int
    hours: str
    quota: int
    from_on: date
    until_on: date
    state: str = "drafted"
    confirmed: set[str] = field(default_factory=set)
    windows: list[PaperWindow] = field(default_factory=list)


def opens(hours: str, since_on: date, until_on: date) -> tuple[Span, ...]:
    """What begins on these days."""
    days, begins, minutes, asks_holidays = HOURS[hours]
    if asks_holidays:
        until_on = min(until_on, UNKNOWN_ON)
    found = []
    while since_on < until_on:
        if since_on.weekday() in days:
            at = datetime.combine(since_on, begins, ZONE)
            found.append((at, at + minutes * MINUTE))
        since_on += DAY
    return tuple(found)


def most(loads: Iterable[Load]) -> int:
    """The most that is lent at once; what ends when another begins is not beside it."""
    ends: list[tuple[datetime, int]] = []
    lent = peak = 0
    for since, until, number in sorted(loads):
        while ends and ends[0][0] <= since:
            lent -= heappop(ends)[1]
        heappush(ends, (until, number))
        lent += number
        peak = max(peak, lent)
    return peak


def fitting(fresh: Sequence[Load], standing: Sequence[Load], spaces: int) -> list[bool]:
    """One after the other, each beside what stands then."""
    held, kept = list(standing), []
    for since, until, number in fresh:
        beside = [(max(a, since), min(b, until), n) for a, b, n in held if a < until and b > since]
        kept.append(most(beside) + number <= spaces)
        if kept[-1]:
            held.append((since, until, number))
    return kept


@dataclass
class PaperLending:
    """Two lots. Every step says whether it was taken; one that was not changes nothing."""

    now: datetime
    agreements: list[PaperAgreement] = field(default_factory=list)
    said: list[tuple[str, tuple[object, ...], object]] = field(default_factory=list)
    names: count[int] = field(default_factory=count)

    def says(self, rule: str, answer: Told, *asked: object) -> Told:
        """An answer, with what was asked."""
        self.said.append((rule, asked, answer))
        return answer

    @property
    def today(self) -> date:
        return self.now.astimezone(ZONE).date()

    @property
    def windows(self) -> list[PaperWindow]:
        return [window for each in self.agreements for window in each.windows]

    def name(self) -> str:
        return f"{next(self.names):06d}"

    def draft(self, lot: int, hours: str, quota: int, from_on: date, until_on: date) -> bool:
        since_on = max(from_on, self.today)
        if until_on <= since_on or not self._opens(hours, since_on, until_on):
            return False
        soon = self._opens(hours, since_on, min(until_on, self.today + AHEAD_DAYS * DAY))
        if not all(self._fitting(lot, [(*span, quota) for span in soon])):
            return False
        self.agreements.append(PaperAgreement(self.name(), lot, hours, quota, from_on, until_on))
        return True

    def take(self, one: PaperAgreement, step: str) -> bool:
        then = self.says("step", STEPS[step].get(one.state), one.state, step)
        one.state = then or one.state
        return then is not None

    def confirm(self, one: PaperAgreement, party: str) -> bool:
        if party in one.confirmed:
            return True
        if not self.take(one, "confirm"):
            return False
        one.confirmed.add(party)
        is_whole = len(one.confirmed) == len(PARTIES)
        one.state = self.says("confirmed", "confirmed" if is_whole else "proposed", frozenset(one.confirmed))
        return True

    def put_in_force(self, one: PaperAgreement) -> bool:
        if not self.take(one, "put_in_force"):
            return False
        self.materialise([one])
        return True

    def suspend(self, one: PaperAgreement) -> bool:
        if not self.take(one, "suspend"):
            return False
        self.close([each for each in one.windows if each.until_at > self.now], "suspended")
        return True

    def resume(self, one: PaperAgreement) -> bool:
        if not self.take(one, "resume"):
            return False
        in_order = sorted(one.windows, key=lambda each: each.from_at)
        back = [each for each in in_order if self._returns(one, each)]
        kept = self._fitting(one.lot, [(each.from_at, each.until_at, each.quota) for each in back], back)
        for window, has_room in zip(back, kept, strict=True):
            if has_room:
                self._rest(window)
                window.state, window.closed_for, window.closed_at = "open", None, None
        self.materialise([one])
        return True

    def give_notice(self, one: PaperAgreement, ends_on: date) -> bool:
        if one.state not in HELD:
            return self.take(one, "end")
        earliest = max(self.today + NOTICE_DAYS * DAY, one.from_on + DAY)
        if not earliest <= ends_on <= one.until_on or not self.take(one, "give_notice"):
            return False
        one.until_on = ends_on
        late = [each for each in one.windows if each.until_at > self.now and not self._is_in(each, ends_on)]
        self.close(late, "ended")
        return True

    def withdraw(self, window: PaperWindow) -> bool:
        is_early = self.now + WITHDRAW_MINUTES * MINUTE <= window.from_at
        self.says("may_withdraw", is_early, window.from_at, WITHDRAW_MINUTES, self.now)
        if window.state != "open" or not is_early:
            return False
        self.close([window], "owner")
        return True

    def close(self, windows: Iterable[PaperWindow], closed_for: str) -> None:
        """The open ones of these take nobody new; bookings go elsewhere, whoever is inside stays."""
        closing = sorted((each for each in windows if each.state == "open"), key=lambda each: each.from_at)
        for window in closing:
            window.state, window.closed_for, window.closed_at = "closing", closed_for, self.now
        for window in closing:
            self.move_bookings(window)
            then = "ended" if window.until_at <= self.now else "closing" if window.taken else "withdrawn"
            window.state = self.says("closed", then, window.until_at, window.taken, self.now)
            window.kept = window.taken

    def move_bookings(self, window: PaperWindow) -> None:
        """There are bookings on the next page."""

    def lapse(self) -> None:
        """What time ends and opens."""
        for window in self.windows:
            if window.state in LIVE and window.until_at <= self.now:
                window.state = "ended"
        for one in self.agreements:
            runs = any(each.state in LIVE for each in one.windows)
            if one.state in HELD and one.until_on <= self.today and not runs:
                self.take(one, "end")
        self.materialise(self.agreements)

    def materialise(self, agreements: Iterable[PaperAgreement]) -> None:
        """Open the windows of the coming days of those in force, the first by name first."""
        fresh: dict[int, list[tuple[PaperAgreement, Load]]] = {}
        for one in sorted(agreements, key=lambda each: each.name):
            since_on = max(self.today, one.from_on)
            until_on = min(self.today + AHEAD_DAYS * DAY, one.until_on)
            if one.state == "in_force" and since_on < until_on:
                known = {each.from_at for each in one.windows}
                fresh.setdefault(one.lot, []).extend(
                    (one, (*span, one.quota))
                    for span in self._opens(one.hours, since_on, until_on)
                    if span[1] > self.now and span[0] not in known
                )
        for lot, asked in fresh.items():
            kept = self._fitting(lot, [load for _, load in asked])
            for (one, load), has_room in zip(asked, kept, strict=True):
                if has_room:
                    one.windows.append(PaperWindow(self.name(), lot, *load))
                    self._rest(one.windows[-1])

    def check(self) -> None:
        """Never more is lent than is there; open is only what an agreement in force lends in its days."""
        for lot in (0, 1):
            loads = (each.load for each in self.windows if each.lot == lot and each.until_at > self.now)
            assert most(load for load in loads if load[2]) <= SPACES
        for one in self.agreements:
            in_order = sorted(one.windows, key=lambda each: each.from_at)
            live = [each for each in in_order if each.state in LIVE]
            standing = [each for each in live if each.state == "open"]
            assert one.state == "in_force" or not standing
            assert one.state in HELD or not live
            assert all(each.until_at > self.now for each in live)
            assert all(self._is_in(each, one.until_on) for each in standing)
            assert all(a.until_at <= b.from_at for a, b in pairwise(in_order))
            assert one.state not in ("confirmed", *HELD) or one.confirmed == set(PARTIES)

    def _opens(self, hours: str, since_on: date, until_on: date) -> tuple[Span, ...]:
        return self.says("opening", opens(hours, since_on, until_on), hours, since_on, until_on)

    def _fitting(self, lot: int, fresh: list[Load], own: Sequence[PaperWindow] = ()) -> list[bool]:
        coming = [each for each in self.windows if each.lot == lot and each.until_at > self.now]
        standing = [each.load for each in coming if each.load[2] and each not in own]
        return self.says("fitting", fitting(fresh, standing, SPACES), fresh, standing, [SPACES] * len(fresh))

    def _returns(self, one: PaperAgreement, window: PaperWindow) -> bool:
        is_shut = window.state in ("closing", "withdrawn") and window.closed_for == "suspended"
        returns = is_shut and window.until_at > self.now
        self.says("may_reopen", returns, window.state, window.closed_for, window.until_at, self.now)
        return returns and self._is_in(window, one.until_on)

    def _is_in(self, window: PaperWindow, until_on: date) -> bool:
        is_in = window.from_at < datetime.combine(until_on, time(), ZONE)
        return self.says("last_day", is_in, window.from_at, until_on)

    def _rest(self, window: PaperWindow) -> None:
        since = window.from_at if window.closed_at is None else max(window.from_at, window.closed_at)
        rest = (since, self.now) if since < self.now else None
        self.says("rest", rest, window.from_at, window.closed_at, self.now)
        window.rests += [rest] if rest else []
