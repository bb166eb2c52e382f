"""What do accounts need done by itself? Notices sent, and what ran out forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from parking.accounts import queries, service
from parking.accounts.service.messages import forget_messages
from parking.accounts.service.notices import TOPIC, Words, notice_of
from parking.accounts.service.sandbox import forget_sandbox
from parking.boundary.notices import NoticeChannel
from parking.kernel.clock import Clock
from parking.kernel.db import outbox
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.jobs import Job

_RELAY_EVERY_S = 5
_FORGET_EVERY_S = timedelta(hours=1).total_seconds()


def jobs(sessions: Sessions, clock: Clock, channel: NoticeChannel, words: Words) -> tuple[Job, ...]:
    """The jobs of the worker; each run opens its own units of work."""
    channels = {TOPIC: notice_channel(sessions, channel, words)}

    def relay_outbox() -> None:
        outbox.relay(sessions, clock, channels)

    def forget_old_log_ins() -> None:
        with unit_of_work(sessions) as uow:
            service.forget_old(uow.session, clock.now())
            forget_messages(uow.session, clock.now())
            forget_sandbox(uow.session, clock.now())
            outbox.prune(uow.session, clock.now())

    return (
        Job("relay_outbox", _RELAY_EVERY_S, relay_outbox),
        Job("forget_old_log_ins", _FORGET_EVERY_S, forget_old_log_ins, exclusive=True),
    )


def notice_channel(sessions: Sessions, channel: NoticeChannel, words: Words) -> outbox.Channel:
    """Makes a notice of a message: the address is looked up only now, and told to the channel alone."""

    def send(payload: dict[str, Any]) -> None:
        account_id = payload["account_id"]
        with sessions() as session:
            found = queries.addresses(session, [account_id]).get(account_id)
        if found is None:
            # The account was closed meanwhile; nobody is left to be told.
            return
        phone, email = found
        channel.send(notice_of(payload, words, phone=phone, email=email))

    return send
