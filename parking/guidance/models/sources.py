"""Which sources do we pull, how are they, and which of their lots are ours?"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Computed, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from parking.kernel.db.base import Base
from parking.kernel.ids import new_id

_HOST = r"btrim(lower(coalesce(substring(url, '://(\[[^]]*\]|[^/:?#]*)'), '')), '[].')"


class Source(Base):
    """An outside address that tells of lots. Limits in seconds; `rank` 0 is believed first on its lots."""

    __tablename__ = "sources"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(unique=True)
    adapter: Mapped[str]
    owner: Mapped[str | None]
    time_zone: Mapped[str]
    crs: Mapped[str]
    # Private ranges (CIDR) that an administrator allowed for this source alone.
    allowed_networks: Mapped[list[str]] = mapped_column(ARRAY(Text))
    rank: Mapped[int] = mapped_column(default=0)
    ageing_after_s: Mapped[int]
    unknown_after_s: Mapped[int]
    # Whether lots that the feed names and we do not know become unfiled lots of the register.
    adopts_lots: Mapped[bool] = mapped_column(default=False)
    # Of a mapped source: the name of a mapping of ours, or "preset:" and the name of one that ships.
    mapping: Mapped[str | None]
    created_at: Mapped[datetime]
    # Since when it may be pulled, who said so, and why although something about it was doubtful.
    switched_on_at: Mapped[datetime | None]
    switched_on_by: Mapped[str | None]
    switch_on_reason: Mapped[str | None]
    # Of the text of its preset, and since when that is another one than it was switched on with.
    preset_digest: Mapped[str | None]
    preset_changed_at: Mapped[datetime | None]

    @property
    def may_be_pulled(self) -> bool:
        """Whether it is switched on: a mapped source by a person who looked, another one by being added."""
        return self.switched_on_at is not None


class Pull(Base):
    """One of the two things asked of a source (`kind`: static or live); they fail apart.

    `state`: provisioned, active, failed, disabled. `lane`: fast or slow.
    """

    __tablename__ = "pulls"
    __table_args__ = (
        Index("ix_pulls_due", "lane", "due_at", postgresql_where=text("state <> 'disabled'")),
        # Those that run are few, and counted at every claim.
        Index("ix_pulls_running", "host", postgresql_where=text("claimed_until_at is not null")),
    )

    source_id: Mapped[str] = mapped_column(ForeignKey("sources.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    url: Mapped[str]
    # Of the address, in small letters and without its port: whose turns a pull has to wait for.
    host: Mapped[str] = mapped_column(Computed(_HOST, persisted=True))
    interval_s: Mapped[int]
    state: Mapped[str]
    lane: Mapped[str]
    due_at: Mapped[datetime]
    claimed_by: Mapped[str | None]
    claimed_until_at: Mapped[datetime | None]
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    attempted_at: Mapped[datetime | None]
    succeeded_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None]
    detail: Mapped[str | None]
    # How often in a row a pull of the slow lane answered quickly: enough of them lead back to the fast lane.
    quick_answers: Mapped[int] = mapped_column(default=0)
    elapsed_ms: Mapped[int | None]
    # Since when nothing good came; null while all is well. Logged once when set and once when cleared.
    silent_since_at: Mapped[datetime | None]
    # Who put off this pull alone, and when: it stays off when the source is switched on.
    put_off_by: Mapped[str | None]
    put_off_at: Mapped[datetime | None]
    # Of the last answer: the records taken, the problems found, and the first of these written out.
    records: Mapped[int] = mapped_column(default=0)
    problem_count: Mapped[int] = mapped_column(default=0)
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    # The hour that runs and the facts of the last answers (rules.health.tallies); null before the first.
    tally: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class SourceLot(Base):
    """The link from a lot as a source names it to a lot of the register."""

    __tablename__ = "source_lots"
    __table_args__ = (Index("ix_source_lots_lot_id", "lot_id"),)

    source_id: Mapped[str] = mapped_column(ForeignKey("sources.id"), primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    lot_id: Mapped[str] = mapped_column(ForeignKey("lots.id"))
    linked_at: Mapped[datetime]
    linked_by: Mapped[str]


class SourceMapping(Base):
    """A version of a mapping: rows are added and never changed, the highest version holds."""

    __tablename__ = "source_mappings"

    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    # Why it was saved; needed where the mapping is allowed but odd.
    note: Mapped[str | None]
    saved_at: Mapped[datetime]
    saved_by: Mapped[str]


class Candidate(Base):
    """A lot that a feed tells without its place: a person places it, until then it is not looked up."""

    __tablename__ = "source_candidates"

    source_id: Mapped[str] = mapped_column(ForeignKey("sources.id"), primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    address: Mapped[str | None]
    spaces: Mapped[dict[str, int]] = mapped_column(JSONB)
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]


class Difference(Base):
    """A lot's field that its feed tells otherwise : listed for the bureau, not taken over."""

    __tablename__ = "source_differences"

    source_id: Mapped[str] = mapped_column(ForeignKey("sources.id"), primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    field: Mapped[str] = mapped_column(primary_key=True)
    lot_id: Mapped[str] = mapped_column(ForeignKey("lots.id"))
    ours: Mapped[str | None]
    theirs: Mapped[str | None]
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
