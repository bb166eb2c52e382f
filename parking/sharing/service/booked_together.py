"""How are the bookings that many ask for judged and given in one transaction, so that none sinks another?

What needs no database is made ready before; what does is asked for once for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.kernel import codes
from parking.kernel.actors import Actor
from parking.kernel.db.driver import driver_sql, together
from parking.kernel.errors import FieldProblem, ParkingError
from parking.kernel.ids import new_id
from parking.plates.rules import masked
from parking.plates.service import PlateKeys
from parking.sharing.errors.bookings import BookingRefused, NoSpaceGiven, WindowClosed
from parking.sharing.models.bookings import Booking
from parking.sharing.queries.bookings import BookingView, view
from parking.sharing.rules.bookings import (
    BookingAsk,
    BookingState,
    Limits,
    Span,
    given_up_at,
    let_in_from,
    when_problems,
    who_problems,
)
from parking.sharing.rules.windows import WindowState
from parking.sharing.service.attempts import count_asks, too_many
from parking.sharing.service.giving import give_last, give_spaces
from parking.sharing.service.passes import LetIn
from parking.sharing.service.telling import PHONE

BOOKER = Actor("driver", "booking")
# A booking or a suspension is never older than the key that it was hashed under is kept.
_REMEMBERED = timedelta(days=180)
# Any number that no other pair of advisory locks of the platform begins with.
_PLATE_LOCKS = 7_306
Row = Any
_LOCK_PLATES = driver_sql(
    text("""
    select pg_advisory_xact_lock(:locks, number) from unnest(cast(:numbers as integer[])) as n(number)
""")
)
_WINDOWS = driver_sql(
    text("""
    select w.id, w.lot_id, w.state, w.from_at, w.until_at, a.grace_minutes
    from shared_windows w join agreements a on a.id = w.agreement_id
    where w.id = any(cast(:windows as text[]))
""")
)
# What keeps a vehicle from a booking: the one that it has, or a suspension.
_KEPT_FROM_BOOKING = driver_sql(
    text("""
    select plate_hash, id as booking_id from bookings
    where plate_hash = any(cast(:hashes as bytea[])) and state in ('booked', 'inside', 'overstayed')
    union all
    select plate_hash, null from plate_suspensions
    where plate_hash = any(cast(:hashes as bytea[])) and until_at > :now
""")
)
# Which vehicles are inside already, without a booking: nobody is told, and they will be there by this one.
_INSIDE = driver_sql(
    text("""
    select visit_id, lot_id, plate_hashes from window_uses
    where plate_hashes && cast(:hashes as bytea[])
""")
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A booking that is asked for at a time, with all that is needed to write it if it can be given.

    `vehicle` and its `hashes` (under the keys of all months that matter) are there where nothing is wrong
    with who asks. `network` is where the ask comes from, if it is to be counted.
    """

    ask: BookingAsk
    asked_at: datetime
    network: str | None
    problems: tuple[FieldProblem, ...]
    vehicle: LetIn | None
    hashes: frozenset[bytes]
    phone_sealed: bytes | None
    code: str = field(repr=False)
    id: str = field(default_factory=new_id)
    pass_id: str = field(default_factory=lambda: new_id(16))


@dataclass(frozen=True, slots=True)
class Booked:
    """What whoever booked is told once: the booking's number, and the code that nobody can read again."""

    view: BookingView
    code: str = field(repr=False)

    @property
    def id(self) -> str:
        return self.view.id


Judged = tuple[Wanted, Booking]
"""Who can be given a space, if there is one, and the booking as it would be written."""

Answer = Callable[[], Booked | ParkingError]
"""What somebody is answered: to be called once the transaction has ended."""


def make_ready(keys: PlateKeys, ask: BookingAsk, now: datetime, network: str | None = None) -> Wanted:
    """Read, hash and seal what is asked for; call it before a transaction is open.

    Whoever needs another connection for a month's key while holding one, or a lock, may wait for others that
    wait for the same.
    """
    code = codes.new_code()
    problems = tuple(who_problems(ask))
    if problems:
        return Wanted(ask, now, network, problems, None, frozenset(), None, code)
    plate = ask.read
    known = keys.hash(plate, now)
    older = keys.hashes_since(plate, now - _REMEMBERED, now)
    vehicle = LetIn(known.month, known.value, keys.seal(plate.text), masked(plate.text))
    hashes = frozenset({known.value, *(each.value for each in older)})
    phone = keys.seal(ask.number, PHONE) if ask.number else None
    return Wanted(ask, now, network, (), vehicle, hashes, phone, code)


def book_together(session: Session, wanted: Sequence[Wanted]) -> list[Answer]:
    """Give spaces to whoever can have one; what each is answered, in their order, as if each came alone.

    The answers are known once the transaction has ended, where the session ends together; the errors are
    those that `BookingDesk.book` raises. Who is asked for again because nobody heard of the commit is told
    what was given then.
    """
    session.flush()
    known = _read(session, wanted)
    told: dict[str, Answer] = {}
    waiting: list[Judged] = []
    for each, refused in zip(wanted, known.too_many, strict=True):
        judged = refused or _judged(each, known)
        if isinstance(judged, Booking):
            waiting.append((each, judged))
        else:
            told[each.id] = partial(_same, judged)
    while (first := _first_of_vehicles(waiting)) < len(waiting):
        turn, later = waiting[:first], waiting[first:]
        given = give_spaces(session, [row for _, row in turn], str(BOOKER))
        told |= {each.id: partial(_told, each, row, given) for each, row in turn}
        booked = {value for each, _ in turn if each.id in given for value in each.hashes}
        told |= {each.id: NoSpaceGiven for each, _ in later if each.hashes & booked}
        waiting = [(each, row) for each, row in later if each.id not in told]
    if waiting:
        last = give_last(session, [row for _, row in waiting], str(BOOKER))
        told |= {each.id: partial(_told_last, each, row, last) for each, row in waiting}
    return [told[each.id] for each in wanted]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the database says of those who ask, their plates locked; `kept` are the bookings by plate, None
    for a suspension; `inside` the visits by lot and plate."""

    windows: Mapping[str, Row]
    limits: Limits
    kept: Mapping[bytes, str | None]
    inside: Mapping[tuple[str, bytes], str]
    too_many: Sequence[ParkingError | None]


def _read(session: Session, wanted: Sequence[Wanted]) -> _Known:
    now = max(each.asked_at for each in wanted)
    hashes = sorted({value for each in wanted for value in each.hashes})
    networks = [each.network for each in wanted]
    with together(session) as own:
        counted = count_asks(own, networks, now)
        # One vehicle's two requests wait for each other, also where a month ends between them.
        own.ask(_LOCK_PLATES, {"locks": _PLATE_LOCKS, "numbers": sorted({*map(_lock_number, hashes)})})
        windows = own.ask(_WINDOWS, {"windows": sorted({each.ask.window_id for each in wanted})})
        kept = own.ask(_KEPT_FROM_BOOKING, {"hashes": hashes, "now": now})
        inside = own.ask(_INSIDE, {"hashes": hashes})
        facts = city.ask_facts(own, "sharing", now)
    limits = Limits.of({row.key: row.value for row in facts})
    return _Known(
        {row.id: row for row in windows},
        limits,
        {row.plate_hash: row.booking_id for row in kept},
        {(row.lot_id, value): row.visit_id for row in inside for value in row.plate_hashes},
        too_many(counted, networks, limits.hourly_per_network, now),
    )


def _judged(each: Wanted, known: _Known) -> Booking | Booked | ParkingError:
    """The booking as it would be written, what was given already, or why there is none."""
    window = known.windows.get(each.ask.window_id)
    if window is None or window.state != WindowState.OPEN or window.until_at <= each.asked_at:
        return WindowClosed()
    span = Span(window.from_at, window.until_at)
    problems = (*each.problems, *when_problems(each.ask, span, known.limits, each.asked_at))
    if problems or each.vehicle is None:
        return BookingRefused(problems=problems)
    row = _row(each, each.vehicle, window, known.limits)
    row.visit_id = next(filter(None, (known.inside.get((row.lot_id, value)) for value in each.hashes)), None)
    kept = {known.kept[value] for value in each.hashes if value in known.kept}
    if kept:
        return _told(each, row, kept)
    return row


def _row(each: Wanted, vehicle: LetIn, window: Row, limits: Limits) -> Booking:
    ask = each.ask
    return Booking(
        id=each.id,
        window_id=window.id,
        lot_id=window.lot_id,
        state=BookingState.BOOKED.value,
        is_counted=True,
        plate_month=vehicle.plate_month,
        plate_hash=vehicle.plate_hash,
        plate_sealed=vehicle.plate_sealed,
        plate_masked=vehicle.plate_masked,
        phone_sealed=each.phone_sealed,
        code_hash=codes.hashed(each.id, each.code),
        from_at=ask.from_at,
        until_at=ask.until_at,
        let_in_at=let_in_from(ask.from_at, Span(window.from_at, window.until_at), limits),
        given_up_at=given_up_at(ask.from_at, ask.until_at, each.asked_at, limits),
        grace_minutes=window.grace_minutes,
        pass_id=each.pass_id,
        booked_at=each.asked_at,
        overstay_minutes=0,
    )


def _told(each: Wanted, row: Booking, given: Set[str | None]) -> Booked | ParkingError:
    return Booked(view(row), codes.written(each.code)) if each.id in given else NoSpaceGiven()


def _told_last(each: Wanted, row: Booking, given: Callable[[], Set[str | None]]) -> Booked | ParkingError:
    return _told(each, row, given())


def _same(told: Booked | ParkingError) -> Booked | ParkingError:
    return told


def _first_of_vehicles(waiting: Sequence[Judged]) -> int:
    """How many of the first are of different vehicles: where one ask of a vehicle finds no space, its next
    may, and whoever asked later comes after it."""
    seen: set[bytes] = set()
    for number, (each, _) in enumerate(waiting):
        if each.hashes & seen:
            return number
        seen |= each.hashes
    return len(waiting)


def _lock_number(value: bytes) -> int:
    return int.from_bytes(value[:4], signed=True)
