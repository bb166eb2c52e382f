"""From when until when, and which page, is a vendor's cloud asked? Said by the cursor, a text that is kept.

A round asks one window page by page; the window's end stands still meanwhile, or the pages would shift. The
next window begins some time before the last one ended, because a lot may reach its cloud late.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from parking.boundary.gates import GateUnreadable, PullQuestion

# What is older is not counted any more; a cloud that was silent for a month is not asked for all of it.
LONGEST = timedelta(days=7)
_MOST_PAGES = 10_000


@dataclass(frozen=True, slots=True)
class Window:
    """[since, until) and the page in it, from 1."""

    since: datetime
    until: datetime
    page: int = 1

    def after(self, *, more: bool) -> str:
        """The cursor once this page is stored."""
        if not more:
            return self.until.isoformat()
        return f"{self.since.isoformat()}/{self.until.isoformat()}/{self.page + 1}"


def window_of(question: PullQuestion) -> Window:
    """What to ask for. Raises GateUnreadable for a cursor that is none of ours."""
    earliest = question.asked_at - LONGEST
    back = timedelta(seconds=question.look_back_s)
    if question.cursor is None:
        return Window(max(earliest, question.asked_at - back), question.asked_at)
    try:
        parts = question.cursor.split("/")
        instants = [datetime.fromisoformat(part) for part in parts[:2]]
        if any(each.tzinfo is None for each in instants):
            raise ValueError
        if len(parts) == 1:
            return Window(max(earliest, instants[0] - back), question.asked_at)
        since, until = instants
        page = int(parts[2])
        if len(parts) != 3 or not 1 <= page <= _MOST_PAGES:
            raise ValueError
    except (ValueError, IndexError):
        raise GateUnreadable("bad_cursor") from None
    return Window(since, until, page)


def more_after(page: int, asked_size: int, told_size: int, told_total: int, records: int) -> bool:
    """Whether another page follows; told numbers are -1 where the cloud told none.

    Raises GateUnreadable for a page that is shorter than its own numbers say: what is missing would be lost.
    """
    size = min(asked_size, told_size) if told_size > 0 else asked_size
    if told_total < 0:
        return records >= size
    if records < min(size, told_total - (page - 1) * size):
        raise GateUnreadable("page_short")
    return page * size < told_total
