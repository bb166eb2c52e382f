"""Agreements and their windows kept on paper, by the rules alone: what the database must come to as well."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from parking.city.rules import Calendar
from parking.city.rules.calendar import seed_days
from parking.lots.rules.hours import HoursReader
from parking.sharing.rules.agreements import (
    AgreementState,
    AgreementStep,
    Party,
    confirmed_by,
    next_state,
)
from parking.sharing.rules.windows import (
    AHEAD_DAYS,
    LONGEST_WINDOW,
    ClosedFor,
    Load,
    Opening,
    WindowState,
    closed_state,
    fitting,
    hours_problems,
    last_day_allows,
    may_reopen,
    may_withdraw,
    opening_of,
    peak,
)
from tests.factories.city import NOW

SPACES, NOTICE_DAYS, WITHDRAW_MINUTES = 6, 2, 120
ZONE = ZoneInfo("Asia/Shanghai")
_CALENDAR = Calendar.of([day for year in (2025, 2026) for day in seed_days(year)], [2025, 2026])
_READER = HoursReader(_CALENDAR, ZONE.key)
_LIVE = (WindowState.OPEN, WindowState.CLOSING)
_HELD = (AgreementState.IN_FORCE, AgreementState.SUSPENDED)


@cache
def _opening(hours: str, since_on: date, until_on: date) -> Opening:
    return opening_of(_READER, hours, since_on, until_on)


@cache
def _is_refused(hours: str, since_on: date, until_on: date) -> bool:
    return any(hours_problems(_READER, hours, since_on, until_on, "hours"))


@dataclass
class PaperLent:
    """A window: what it lends is its quota while it is open, and then what stands in it."""

    from_at: datetime
    until_at: datetime
    quota: int
    taken: int = 0
    state: WindowState = WindowState.OPEN
    closed_for: ClosedFor | None = None

    @property
    def lent(self) -> int:
        if self.state not in _LIVE:
            return 0
        return self.quota if self.state is WindowState.OPEN else self.taken

    @property
    def load(self) -> Load:
        return self.from_at, self.until_at, self.lent

    def close(self, closed_for: ClosedFor, now: datetime) -> None:
        self.state, self.closed_for = closed_state(self.until_at, self.taken, now), closed_for


@dataclass
class PaperAgreement:
    name: str
    hours: str
    quota: int
    from_on: date
    until_on: date
    state: AgreementState = AgreementState.DRAFTED
    confirmed: set[Party] = field(default_factory=set)
    windows: list[PaperLent] = field(default_factory=list)

    def may(self, step: AgreementStep) -> bool:
        """Take a step if it may be taken."""
        then = next_state(self.state, step)
        self.state = then or self.state
        return then is not None


@dataclass
class Shelf:
    """The agreements of one lot. Every step says whether it was taken; one that was not changes nothing."""

    now: datetime = NOW
    agreements: list[PaperAgreement] = field(default_factory=list)

    @property
    def today(self) -> date:
        return self.now.astimezone(ZONE).date()

    @property
    def windows(self) -> list[PaperLent]:
        return [window for each in self.agreements for window in each.windows]

    def draft(self, name: str, hours: str, quota: int, from_on: date, until_on: date) -> bool:
        since_on = max(from_on, self.today)
        year_on = min(until_on, since_on + timedelta(days=366))
        if until_on <= max(from_on, self.today) or _is_refused(hours, since_on, year_on):
            return False
        soon = _opening(hours, since_on, min(until_on, self.today + timedelta(days=AHEAD_DAYS)))
        if not all(self._fitting([(*span, quota) for span in soon.spans])):
            return False
        self.agreements.append(PaperAgreement(name, hours, quota, from_on, until_on))
        return True

    def propose(self, one: PaperAgreement) -> bool:
        return one.may(AgreementStep.PROPOSE)

    def confirm(self, one: PaperAgreement, party: Party) -> bool:
        if party in one.confirmed:
            return True
        if not one.may(AgreementStep.CONFIRM):
            return False
        one.confirmed.add(party)
        one.state = confirmed_by(one.confirmed)
        return True

    def put_in_force(self, one: PaperAgreement) -> bool:
        if not one.may(AgreementStep.PUT_IN_FORCE):
            return False
        self.materialise([one])
        return True

    def suspend(self, one: PaperAgreement) -> bool:
        if not one.may(AgreementStep.SUSPEND):
            return False
        self._close((window for window in one.windows), ClosedFor.SUSPENDED)
        return True

    def resume(self, one: PaperAgreement) -> bool:
        if not one.may(AgreementStep.RESUME):
            return False
        back = [
            window
            for window in sorted(one.windows, key=lambda each: each.from_at)
            if may_reopen(window.state, window.closed_for, window.until_at, self.now)
            and last_day_allows(window.from_at, one.until_on, ZONE)
        ]
        kept = self._fitting([(window.from_at, window.until_at, window.quota) for window in back], back)
        for window, has_room in zip(back, kept, strict=True):
            if has_room:
                window.state, window.closed_for = WindowState.OPEN, None
        self.materialise([one])
        return True

    def give_notice(self, one: PaperAgreement, ends_on: date) -> bool:
        if one.state not in _HELD:
            return one.may(AgreementStep.END)
        earliest = max(self.today + timedelta(days=NOTICE_DAYS), one.from_on + timedelta(days=1))
        if not earliest <= ends_on <= one.until_on or not one.may(AgreementStep.GIVE_NOTICE):
            return False
        one.until_on = ends_on
        late = (each for each in one.windows if not last_day_allows(each.from_at, ends_on, ZONE))
        self._close(late, ClosedFor.ENDED)
        return True

    def withdraw(self, window: PaperLent) -> bool:
        is_open = window.state is WindowState.OPEN
        if not is_open or not may_withdraw(window.from_at, WITHDRAW_MINUTES, self.now):
            return False
        window.close(ClosedFor.OWNER, self.now)
        return True

    def stand(self, spaces: int) -> None:
        """So many vehicles stand in whatever is open now and has that many spaces."""
        for window in self.windows:
            is_now = window.from_at <= self.now < window.until_at
            if is_now and window.state is WindowState.OPEN and window.quota >= spaces:
                window.taken = spaces

    def forward(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        for window in self.windows:
            if window.state in _LIVE and window.until_at <= self.now:
                window.state = WindowState.ENDED
        for one in self.agreements:
            held = any(
                window.state in _LIVE
                and window.until_at > self.now
                and window.from_at < self.now + LONGEST_WINDOW
                for window in one.windows
            )
            if one.state in _HELD and one.until_on <= self.today and not held:
                one.may(AgreementStep.END)
        self.materialise(self.agreements)

    def materialise(self, agreements: Iterable[PaperAgreement]) -> None:
        """Open the windows of the coming days of those in force, the first by name first."""
        fresh: list[tuple[PaperAgreement, Load]] = []
        last_on = self.today + timedelta(days=AHEAD_DAYS)
        for one in sorted(agreements, key=lambda each: each.name):
            since_on, until_on = max(self.today, one.from_on), min(last_on, one.until_on)
            if one.state is AgreementState.IN_FORCE and since_on < until_on:
                known = {window.from_at for window in one.windows if window.until_at > self.now}
                fresh += [
                    (one, (from_at, until_at, one.quota))
                    for from_at, until_at in _opening(one.hours, since_on, until_on).spans
                    if until_at > self.now and from_at not in known
                ]
        for (one, load), has_room in zip(fresh, self._fitting([load for _, load in fresh]), strict=True):
            if has_room:
                one.windows.append(PaperLent(*load))

    def check(self) -> None:
        """Never more is lent than is there; open is only what an agreement in force lends in its days."""
        assert peak(window.load for window in self.windows) <= SPACES
        for one in self.agreements:
            in_order = sorted(one.windows, key=lambda each: each.from_at)
            live = [each for each in in_order if each.state in _LIVE]
            standing = [each for each in live if each.state is WindowState.OPEN]
            assert one.state is AgreementState.IN_FORCE or not standing
            assert one.state in _HELD or not live
            assert all(each.until_at > self.now and each.taken <= each.quota for each in live)
            assert all(last_day_allows(each.from_at, one.until_on, ZONE) for each in standing)
            assert all(a.until_at <= b.from_at for a, b in pairwise(in_order))
            assert one.state is AgreementState.ENDED or (one.state in _HELD) <= (one.confirmed == set(Party))

    def _close(self, windows: Iterable[PaperLent], closed_for: ClosedFor) -> None:
        for window in windows:
            if window.state is WindowState.OPEN and window.until_at > self.now:
                window.close(closed_for, self.now)

    def _fitting(self, fresh: list[Load], own: Sequence[PaperLent] = ()) -> list[bool]:
        coming = [window for window in self.windows if window.until_at > self.now and window.lent]
        standing = [window.load for window in coming if not any(window is each for each in own)]
        return fitting(fresh, standing, SPACES)
