"""Is a source read as somebody looked at it? A release of the software may change the text of a preset."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.boundary.feeds import PRESET
from parking.guidance.models import Pull, Source
from parking.guidance.service.switching import begin_anew
from parking.kernel.actors import SYSTEM


def note_presets(session: Session, presets: Mapping[str, str], now: datetime) -> tuple[str, ...]:
    """Note by which text of its preset each source is read, and tell those where it is another than before.

    Such a source goes on, for an upgrade must not silence a city; but that nobody looked is said since then,
    until it is switched on anew, and its past begins with the change. `presets`: texts by name. Returns the
    names of the sources.
    """
    changed = []
    asked = select(Source).where(Source.mapping.startswith(PRESET, autoescape=True)).order_by(Source.id)
    for source in session.scalars(asked):
        text = presets.get(str(source.mapping).removeprefix(PRESET))
        digest = sha256(text.encode()).hexdigest() if text is not None else source.preset_digest
        if digest == source.preset_digest:
            continue
        if source.preset_digest is not None:
            _tell(session, source, now)
            changed.append(source.name)
        source.preset_digest = digest
    session.flush()
    return tuple(changed)


def _tell(session: Session, source: Source, now: datetime) -> None:
    if source.may_be_pulled:
        source.preset_changed_at = now
    for pull in session.scalars(select(Pull).where(Pull.source_id == source.id)):
        begin_anew(pull, now)
    details = {"mapping": source.mapping}
    audit.record(session, SYSTEM, "source:preset_changed", "source", source.id, details, now)
