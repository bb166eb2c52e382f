"""In which minutes of a quarter of an hour was a count live, suspect or unknown? Judged at their start."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta

from parking.kernel.vocabulary import Quality, SpaceClass
from parking.occupancy.rules.facts import Standing
from parking.occupancy.rules.folding import Folded, TermsBySource, fold_standing, hand_over_at
from parking.occupancy.rules.public import next_quality_at, public_count, view_of
from parking.occupancy.rules.slots import SLOT

MINUTE = timedelta(minutes=1)
SLOT_MINUTES = SLOT // MINUTE
ALL_MINUTES = (1 << SLOT_MINUTES) - 1


@dataclass(frozen=True, slots=True)
class SlotMinutes:
    """The minutes of a quarter as bits, its first minute the lowest: live, suspect or unknown.

    A minute that is none of them was told too late (ageing), or by a person.
    """

    live: int = 0
    suspect: int = 0
    unknown: int = 0


def slot_minutes(
    standing: Standing,
    terms: TermsBySource,
    lot_id: str,
    space_class: SpaceClass,
    capacity: int,
    slot_at: datetime,
) -> SlotMinutes:
    """What the public was told of a counter in the quarter that ends at `slot_at`, minute by minute.

    A count set by hand makes no minute live: it says nothing of a lot's connection.
    """
    bits = dict.fromkeys(Quality, 0)
    minute = 0
    while minute < SLOT_MINUTES:
        at = slot_at - SLOT + minute * MINUTE
        folded = fold_standing(standing, at, terms)
        quality, until = _quality(folded, lot_id, space_class, capacity, at)
        # One source hands over to nobody.
        handed = hand_over_at(standing, at, terms) if len(standing.stamps) > 1 else None
        ends = (until, _next_fact_at(standing, at), handed, _next_withdrawal_at(terms, at), slot_at)
        end = min(instant for instant in ends if instant is not None)
        # At least one: what happens within a minute is seen at the next.
        past = minute + max(1, -(-(end - at) // MINUTE))
        if quality is not None:
            bits[quality] |= (1 << past) - (1 << minute)
        minute = past
    return SlotMinutes(bits[Quality.LIVE], bits[Quality.SUSPECT], bits[Quality.UNKNOWN])


def _quality(
    folded: Folded | None, lot_id: str, space_class: SpaceClass, capacity: int, at: datetime
) -> tuple[Quality | None, datetime | None]:
    """The quality at an instant (None for a person's own count that is not unknown), and until when."""
    if folded is None:
        return Quality.UNKNOWN, None
    view = view_of(lot_id, space_class, folded)
    quality = public_count(view, capacity, at).quality
    return None if view.is_by_hand and quality is not Quality.UNKNOWN else quality, next_quality_at(view, at)


def _next_withdrawal_at(terms: TermsBySource, after: datetime) -> datetime | None:
    told = (each.withdrawn_at for each in terms.values())
    return min((at for at in told if at is not None and at > after), default=None)


def _next_fact_at(standing: Standing, after: datetime) -> datetime | None:
    """The instant of the first fact after this one."""
    following = [
        line[place]
        for line in (standing.moves_at, *standing.stamps.values())
        if (place := bisect_right(line, after)) < len(line)
    ]
    return min(following, default=None)
