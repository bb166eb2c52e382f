"""What should a month's evidence of an agreement say, by the paper? Span by span, in plain sums."""

from __future__ import annotations

from datetime import datetime, timedelta

from parking.sharing.rules.evidence import Evidence
from tests.unit.sharing.paper_lending import PaperAgreement, PaperWindow, Span
from tests.unit.sharing.paper_nights import PaperNights
from tests.unit.sharing.paper_records import PaperVisit


def length(*spans: Span) -> timedelta:
    """How long all these spans are together at once."""
    since, until = max(span[0] for span in spans), min(span[1] for span in spans)
    return max(until - since, timedelta())


def expected(paper: PaperNights, one: PaperAgreement, first: datetime, last: datetime) -> Evidence:
    """The sums of the windows that overlap [first, last) and have begun."""
    told = Evidence()
    for window in one.windows:
        if window.until_at > first and window.from_at < min(last, paper.now):
            mine = [each for each in paper.visits if each.use and each.use.window is window]
            told += _of_window(window, mine, (first, min(last, paper.now)), last)
    return told


def _of_window(window: PaperWindow, visits: list[PaperVisit], known: Span, last: datetime) -> Evidence:
    whole = window.from_at, window.until_at
    closed_at = window.closed_at or window.until_at
    shut = [*window.rests, (max(closed_at, window.from_at), window.until_at)]
    offered = window.quota * (length(whole, known) - sum((length(s, known) for s in shut), timedelta()))
    used = timedelta()
    uses = booked = overstays = minutes = 0
    for visit in visits:
        stay = visit.entered_at, visit.left_at or known[1]
        used += length(stay, whole, known)
        offered += sum((length(stay, spell, known) for spell in shut if length(spell)), timedelta())
        is_here = known[0] <= max(visit.entered_at, window.from_at) < last
        uses += is_here
        booked += is_here and visit.use is not None and visit.use.booking is not None
        over = visit.use.overstay if visit.use and window.until_at <= last else 0
        overstays, minutes = overstays + (over > 0), minutes + over
    begins_here = window.from_at >= known[0]
    is_told = begins_here and (window.closed_at is None or window.closed_at > window.from_at)
    return Evidence(int(is_told), offered, used, uses, booked, 0, overstays, minutes)
