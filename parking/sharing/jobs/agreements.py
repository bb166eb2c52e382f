"""What do the parties of agreements hear by itself? The month's question, and the morning's leftovers."""

from __future__ import annotations

from parking.city import queries as city
from parking.kernel.clock import Clock
from parking.kernel.days import month_before
from parking.kernel.db.engine import Sessions
from parking.kernel.jobs import Job, one_by_one
from parking.sharing.queries.evenings import evenings_to_tell
from parking.sharing.queries.questions import to_ask
from parking.sharing.service.evenings import tell_evening
from parking.sharing.service.questions import ask

_ASK_EVERY_S = 6 * 3600
_TELL_EVERY_S = 600


def jobs(sessions: Sessions, clock: Clock) -> tuple[Job, ...]:
    """The jobs of the worker; each agreement has a unit of work of its own."""

    def ask_unused_agreements() -> None:
        now = clock.now()
        with sessions() as session:
            month_on = month_before(city.today(session, now))
            unused = to_ask(session, month_on, now)
        one_by_one(sessions, unused, lambda session, line: ask(session, line, month_on, now))

    def tell_leftovers() -> None:
        now = clock.now()
        with sessions() as session:
            evenings = evenings_to_tell(session, now)
        one_by_one(sessions, evenings, lambda session, each: tell_evening(session, each, now))

    return (
        Job("ask_unused_agreements", _ASK_EVERY_S, ask_unused_agreements, exclusive=True),
        Job("tell_leftovers", _TELL_EVERY_S, tell_leftovers, exclusive=True),
    )
