"""What does the register say of each lot, and do its counts reach us? Rows of the list, and one lot whole."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from parking.accounts.rules import Caller
from parking.kernel.errors import N_
from parking.kernel.vocabulary import Quality
from parking.lots import queries as lots
from parking.lots.errors import LotNotFound
from parking.lots.queries import LotCard
from parking.occupancy.queries import counter_views
from parking.occupancy.rules import (
    Connection,
    CounterView,
    PublicCount,
    connection_of,
    no_count,
    public_count,
)
from parking.portals._http import work

CONNECTIONS = {
    Connection.NOT_CONNECTED: N_("未接入"),
    Connection.CONNECTED: N_("已接入"),
    Connection.SILENT: N_("数据中断"),
}


@dataclass(frozen=True, slots=True)
class LotRow:
    """A lot in the list; `as_of` is of its youngest count."""

    card: LotCard
    spaces: int
    connection: Connection
    as_of: datetime | None


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """An entry with what its class sums to after it."""

    entry: Any
    stands: int
    stands_m: int


@dataclass(frozen=True, slots=True)
class WholeLot:
    """One lot: its entry, its counts by class, its ledger."""

    card: LotCard
    connection: Connection
    counts: tuple[PublicCount, ...]
    ledger: tuple[LedgerLine, ...]
    suspect: bool


def lot_rows(caller: Caller, on: date, now: datetime) -> list[LotRow]:
    """Every lot of the districts that the caller's duties reach."""
    session = work.session()
    views: Mapping[str, list[CounterView]] = defaultdict(list)
    for view in counter_views(session):
        views[view.lot_id].append(view)
    cards = [card for card in lots.lot_cards(session, on) if caller.sees_district(card.district_code)]
    return [_row(card, views.get(card.id, []), now) for card in cards]


def _row(card: LotCard, views: Sequence[CounterView], now: datetime) -> LotRow:
    return LotRow(
        card=card,
        spaces=sum(group.capacity for group in card.spaces),
        connection=connection_of(card.connected_since_at, views, now),
        as_of=max((view.as_of for view in views), default=None),
    )


def by_connection(rows: Sequence[LotRow]) -> dict[Connection, int]:
    """How many lots there are of each kind, none left out."""
    counted = Counter(row.connection for row in rows)
    return {each: counted[each] for each in Connection}


SORTS: Mapping[str, Callable[[LotRow], Any]] = {
    "code": lambda row: row.card.code,
    "name": lambda row: row.card.name,
    "district": lambda row: row.card.district_code or "",
    "spaces": lambda row: row.spaces,
    "connection": lambda row: (list(Connection).index(row.connection), row.card.code),
    "as_of": lambda row: row.as_of.timestamp() if row.as_of else 0.0,
}


def whole_lot(lot_id: str, caller: Caller, on: date, now: datetime) -> WholeLot:
    """One lot. Raises LotNotFound, for a lot of another district too."""
    session = work.session()
    cards = lots.lot_cards(session, on, [lot_id])
    if not cards or not caller.sees_district(cards[0].district_code):
        raise LotNotFound
    card = cards[0]
    views = counter_views(session, [lot_id])
    counts = tuple(_counts(card, views, now))
    return WholeLot(
        card=card,
        connection=connection_of(card.connected_since_at, views, now),
        counts=counts,
        ledger=tuple(reversed(_ledger(lot_id))),
        suspect=any(count.quality is Quality.SUSPECT for count in counts),
    )


def _counts(card: LotCard, views: Sequence[CounterView], now: datetime) -> list[PublicCount]:
    known = {view.space_class: view for view in views}
    stands = {group.space_class: group.capacity for group in card.spaces}
    return [
        public_count(known[each], stands.get(each), now)
        if each in known
        else no_count(each, stands.get(each))
        for each in dict.fromkeys((*stands, *known))
    ]


def _ledger(lot_id: str) -> list[LedgerLine]:
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    lines = []
    for entry in lots.ledger_of(work.session(), lot_id):
        total = sums[entry.space_class]
        total[0] += entry.change
        total[1] += entry.metres
        lines.append(LedgerLine(entry, total[0], total[1]))
    return lines
