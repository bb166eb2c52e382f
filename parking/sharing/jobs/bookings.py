"""What do bookings need done by itself? Reminding, giving up, marking overstays, telling and forgetting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from parking.accounts.service.notices import Words
from parking.boundary.notices import NoticeChannel
from parking.kernel.clock import Clock
from parking.kernel.db import outbox
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.jobs import Job, one_by_one
from parking.plates.service import PlateKeys
from parking.sharing.service import noticing, overstays
from parking.sharing.service.attempts import forget_attempts
from parking.sharing.service.telling import TOPIC, booking_channel

_LOOK_EVERY_S = 30
_RELAY_EVERY_S = 5
_FORGET_EVERY_S = timedelta(hours=1).total_seconds()

_Find = Callable[[Session, datetime], Sequence[str]]
_Step = Callable[[Session, str, datetime], object]


def jobs(sessions: Sessions, clock: Clock) -> tuple[Job, ...]:
    """The jobs of the worker; each booking is looked at in a unit of work of its own."""

    def each(find: _Find, step: _Step) -> None:
        with sessions() as session:
            found = find(session, clock.now())
        one_by_one(sessions, found, lambda session, booking_id: step(session, booking_id, clock.now()))

    def remind_bookings() -> None:
        each(overstays.to_remind, overstays.remind)

    def give_up_bookings() -> None:
        each(overstays.to_give_up, overstays.give_up)

    def mark_overstays() -> None:
        each(overstays.to_mark, overstays.mark_overstay)

    def forget_bookings() -> None:
        with unit_of_work(sessions) as uow:
            overstays.forget_phones(uow.session, clock.now())
            overstays.forget_suspensions(uow.session, clock.now())
            forget_attempts(uow.session, clock.now())

    return (
        Job("remind_bookings", _LOOK_EVERY_S, remind_bookings, exclusive=True),
        Job("give_up_bookings", _LOOK_EVERY_S, give_up_bookings, exclusive=True),
        Job("mark_overstays", _LOOK_EVERY_S, mark_overstays, exclusive=True),
        Job("forget_bookings", _FORGET_EVERY_S, forget_bookings, exclusive=True),
    )


def notice_jobs(
    sessions: Sessions, clock: Clock, keys: PlateKeys, channel: NoticeChannel, words: Words
) -> tuple[Job, ...]:
    """The job that sends what whoever booked, and the owner of lent spaces, is told."""
    channels = {
        TOPIC: booking_channel(sessions, keys, channel, words),
        noticing.TOPIC: noticing.owner_channel(sessions, channel, words),
    }

    def relay_booking_notices() -> None:
        outbox.relay(sessions, clock, channels)

    return (Job("relay_booking_notices", _RELAY_EVERY_S, relay_booking_notices),)
