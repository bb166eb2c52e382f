"""Which of several processes may do it now? The one whose lease has not run out."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, or_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from parking.kernel.db.base import Base


class Lease(Base):
    """A named right that one holder has until an instant."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    until_at: Mapped[datetime]


def take_lease(session: Session, name: str, holder: str, *, now: datetime, for_s: float) -> bool:
    """Take or prolong the lease for `for_s` seconds; False while another holder has it."""
    until_at = now + timedelta(seconds=for_s)
    attempt = insert(Lease).values(name=name, holder=holder, until_at=until_at)
    taken = session.execute(
        attempt.on_conflict_do_update(
            index_elements=[Lease.name],
            set_={"holder": holder, "until_at": until_at},
            where=or_(Lease.holder == holder, Lease.until_at <= now),
        ).returning(Lease.holder)
    )
    return taken.scalar() is not None


def drop_lease(session: Session, name: str, holder: str) -> None:
    """Give up a lease before it runs out; another's stays."""
    session.execute(delete(Lease).where(Lease.name == name, Lease.holder == holder))
