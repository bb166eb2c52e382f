"""How is a source asked: with which credential, at which hosts, and what was said when it went wrong?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from parking.boundary.credentials import CredentialKind
from parking.guidance.models import Pull, SourceCredential, SourceExchange, SourceHost
from parking.guidance.rules.credentials import origin_of
from parking.guidance.rules.hosts import HostLimits
from parking.guidance.rules.pulls import PullState


@dataclass(frozen=True, slots=True)
class CredentialView:
    """A credential without what is secret of it. `used`: one of the source's addresses lies at its origin."""

    kind: CredentialKind
    name: str | None
    origin: str
    expires_at: datetime | None
    set_at: datetime
    set_by: str
    used: bool

    @property
    def in_the_clear(self) -> bool:
        """Whether anybody on the way can read it."""
        return self.origin.startswith("http:")


@dataclass(frozen=True, slots=True)
class HostView:
    """A host with its limits; `wanted` is how many times a minute its sources want to be asked."""

    host: str
    pulls: int
    wanted: float
    at_once: int | None
    per_minute: int | None
    own: bool
    open_at: datetime | None

    @property
    def too_tight(self) -> bool:
        """Whether its sources cannot all be asked as often as they are meant to be."""
        return self.per_minute is not None and self.wanted > self.per_minute


def credential_view(session: Session, source_id: str) -> CredentialView | None:
    """By what a source knows us, None where by nothing."""
    kept = session.get(SourceCredential, source_id)
    if kept is None:
        return None
    return CredentialView(
        CredentialKind(kept.kind), kept.name, kept.origin, kept.expires_at, kept.set_at, kept.set_by,
        used=kept.origin in origins(session, source_id),
    )  # fmt: skip


def origins(session: Session, source_id: str) -> list[str]:
    """Where the addresses of a source lie: scheme, host and port of each, once."""
    urls = session.scalars(select(Pull.url).where(Pull.source_id == source_id))
    return sorted({origin_of(url) for url in urls})


def exchanges(session: Session, source_id: str) -> Sequence[SourceExchange]:
    """What was said when pulls of a source went wrong, the newest first; a day back at most."""
    asked = select(SourceExchange).where(SourceExchange.source_id == source_id)
    return session.scalars(asked.order_by(SourceExchange.at.desc(), SourceExchange.id)).all()


def hosts(session: Session, limits: HostLimits) -> list[HostView]:
    """Every host that is asked, by name; a limit that is None is no limit."""
    asked = (
        select(
            Pull.host,
            func.count(),
            func.sum(60.0 / Pull.interval_s),
            SourceHost.at_once,
            SourceHost.per_minute,
            SourceHost.open_at,
        )
        .outerjoin(SourceHost, SourceHost.host == Pull.host)
        .where(Pull.state != PullState.DISABLED)
        .group_by(Pull.host, SourceHost.host)
        .order_by(Pull.host)
    )
    return [
        HostView(host, pulls, float(wanted), None, None, own=False, open_at=None)
        if host in limits.unlimited
        else HostView(
            host,
            pulls,
            float(wanted),
            at_once or limits.at_once,
            per_minute or limits.per_minute,
            own=at_once is not None or per_minute is not None,
            open_at=open_at,
        )
        for host, pulls, wanted, at_once, per_minute, open_at in session.execute(asked)
    ]
