"""Which number comes next in a series? One after the last, without gaps."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session


def draw(session: Session, series: Any, /, **key: str | int) -> int:
    """The next number of a series, from 1 on; waits for whoever draws one of the same series now.

    `series` is a table whose rows are told apart by `key` and carry `last`, the number last drawn. The row
    stays locked until the transaction ends, so a number rolls back with what it was drawn for.
    """
    drawn = insert(series).values(**key, last=1)
    drawn = drawn.on_conflict_do_update(index_elements=[*key], set_={"last": series.last + 1})
    return int(session.execute(drawn.returning(series.last)).scalar_one())
