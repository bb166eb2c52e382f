"""How is a source asked: how often its host may be, with which credential, and what went wrong lately?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from parking.kernel.db.base import Base
from parking.kernel.ids import new_id


class SourceHost(Base):
    """A host that we ask, whichever sources lie there; a limit that is null is the deployment's.

    `open_at`: from this instant on it may be asked again. The row is locked by whoever hands out its turns.
    """

    __tablename__ = "source_hosts"

    host: Mapped[str] = mapped_column(primary_key=True)
    at_once: Mapped[int | None]
    per_minute: Mapped[int | None]
    open_at: Mapped[datetime]


class SourceCredential(Base):
    """By what we show a source who we are. `sealed` holds it all again, and is bound to source and origin.

    `kind`: basic, bearer, header, query, certificate; `name` is a header's or a query parameter's.
    """

    __tablename__ = "source_credentials"

    source_id: Mapped[str] = mapped_column(ForeignKey("sources.id"), primary_key=True)
    kind: Mapped[str]
    name: Mapped[str | None]
    # Scheme, host and port to which alone it is sent.
    origin: Mapped[str]
    sealed: Mapped[bytes]
    # Of a client certificate: until when it is good.
    expires_at: Mapped[datetime | None]
    set_at: Mapped[datetime]
    set_by: Mapped[str]


class SourceExchange(Base):
    """What was said and answered in a pull that went wrong, redacted before it came here; kept for a day."""

    __tablename__ = "source_exchanges"
    __table_args__ = (Index("ix_source_exchanges_source_id", "source_id", "kind", "at"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    source_id: Mapped[str] = mapped_column(ForeignKey("sources.id"))
    kind: Mapped[str]
    at: Mapped[datetime]
    reason: Mapped[str]
    elapsed_ms: Mapped[int]
    status: Mapped[int | None]
    request: Mapped[str]
    answer: Mapped[str]
    body: Mapped[str]
