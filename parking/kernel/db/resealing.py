"""How does what was sealed under one secret come under another? Row by row, in whoever's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, bindparam, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from parking.kernel.sealing import SealBroken, Sealer

_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """Where sealed bytes lie, and the context of a row's: what `context` makes of its `of`."""

    column: InstrumentedAttribute[Any]
    of: InstrumentedAttribute[Any]
    context: Callable[[Any], str]

    def __str__(self) -> str:
        return f"{self.column.class_.__tablename__}.{self.column.key}"


@dataclass(slots=True)
class Resealed:
    """What became of a column: rows that were brought under the new secret, and those that lay under it.

    `broken` are the primary keys, as text, of rows that neither opens; they stay as they are.
    """

    done: int = 0
    already: int = 0
    broken: list[str] = field(default_factory=list)


def reseal(session: Session, place: SealedColumn, old: Sealer, new: Sealer) -> Resealed:
    """Seal under `new` what `old` opens, each row locked until the transaction ends. It may be said again."""
    found = Resealed()
    table = place.column.class_.__table__
    keys = list(table.primary_key.columns)
    written = update(table).where(*(key == bindparam(f"key_{key.name}") for key in keys))
    written = written.values({place.column.key: bindparam("resealed")})
    for rows in _rows(session, place, keys):
        anew = []
        for sealed, of, *key in rows:
            try:
                plain = old.open(sealed, place.context(of))
            except SealBroken:
                if _opens(new, sealed, place.context(of)):
                    found.already += 1
                else:
                    found.broken.append(" ".join(map(str, key)))
                continue
            told = {f"key_{column.name}": value for column, value in zip(keys, key, strict=True)}
            anew.append({**told, "resealed": new.seal(plain, place.context(of))})
        if anew:
            session.connection().execute(written, anew)
        found.done += len(anew)
    return found


def _rows(session: Session, place: SealedColumn, keys: list[ColumnElement[Any]]) -> Iterator[Any]:
    asked = select(place.column, place.of, *keys).where(place.column.is_not(None)).with_for_update()
    return session.execute(asked.execution_options(yield_per=_AT_ONCE)).partitions()


def _opens(sealer: Sealer, sealed: bytes, context: str) -> bool:
    try:
        sealer.open(sealed, context)
    except SealBroken:
        return False
    return True
