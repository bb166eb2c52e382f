"""Which sources are pulled, and who said so?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.boundary.feeds import MAPPED
from parking.city import queries as city
from parking.guidance import queries
from parking.guidance.errors import (
    AdministratorOnly,
    LotMissing,
    SourceExists,
    SourceInvalid,
)
from parking.guidance.models import Pull, Source
from parking.guidance.queries.drafts import draft_of
from parking.guidance.rules.pulls import PullKind, PullState
from parking.guidance.rules.sources import SourceDraft, draft_problems, reads_otherwise
from parking.guidance.service import links, mappings
from parking.guidance.service.switching import begin_anew, fresh_pull, switch_off
from parking.kernel.actors import Actor
from parking.kernel.addresses import network_problems, parse_network, shown_url
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.ids import new_id
from parking.lots import queries as lots
from parking.occupancy.rules import AGEING_AFTER_S, UNKNOWN_AFTER_S

_SUBJECT = "source"
# Accounts come later; until then the machine's own console is the only administrator.
_ADMINISTRATORS = frozenset({"cli"})
# These are settings of a source's row; addresses, links and ranges have steps of their own.
_SETTINGS = (
    "adapter", "owner", "time_zone", "crs", "rank", "ageing_after_s", "unknown_after_s", "adopts_lots",
    "mapping",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading a list of sources did, by name; `missing_lots` are codes that the register lacks."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    missing_lots: tuple[str, ...]


def add_source(
    session: Session,
    actor: Actor,
    draft: SourceDraft,
    known_adapters: Collection[str],
    now: datetime,
    *,
    presets: Collection[str] = (),
    opened: Collection[str] = (),
    waits: bool = False,
) -> Source:
    """Add a source with its links; its pulls are due at once, those of a mapped one once it is switched on.

    `presets`: names of the mappings that ship. `opened`: private ranges (CIDR) that this deployment opened to
    every source. `waits`: whatever its format, it is not pulled before it is switched on. Raises
    SourceInvalid with every wrong field, SourceExists, LotMissing, LotSpokenFor, and AdministratorOnly where
    the draft opens other private ranges.
    """
    draft = _with_the_citys_limits(session, draft, now)
    _refuse_unsound(session, draft, known_adapters, presets, is_new=True)
    if queries.find(session, draft.name) is not None:
        raise SourceExists(name=draft.name)
    _refuse_networks(actor, draft.name, set(draft.allowed_networks) - set(opened))
    lot_ids = _ids(draft.lots, lots.ids_by_code(session, set(draft.lots.values())) if draft.lots else {})
    values = {name: getattr(draft, name) for name in (*_SETTINGS, "allowed_networks")}
    source = Source(id=new_id(), name=draft.name, created_at=now, **values)
    if draft.adapter != MAPPED and not waits:
        source.switched_on_at, source.switched_on_by = now, str(actor)
    session.add(source)
    session.flush()
    session.add_all(
        _new_pull(source, kind, url, interval_s, now) for kind, (url, interval_s) in draft.pulls.items()
    )
    links.write_links(session, actor, source, lot_ids, now)
    audit.record(session, actor, "source:add", _SUBJECT, source.id, _described(draft), now)
    return source


def load_sources(
    session: Session,
    actor: Actor,
    drafts: Iterable[SourceDraft],
    known_adapters: Collection[str],
    now: datetime,
    *,
    presets: Collection[str] = (),
) -> Loaded:
    """Make the sources as described, adding and changing; run again it changes nothing, and it removes none.

    A link to a lot that the register lacks is left out and told. Raises SourceInvalid, AdministratorOnly.
    """
    done: dict[str, list[str]] = {"added": [], "changed": [], "unchanged": []}
    missing: set[str] = set()
    drafts = list(drafts)
    codes = lots.ids_by_code(session, {code for draft in drafts for code in draft.lots.values()})
    for draft in drafts:
        missing.update(code for code in draft.lots.values() if code not in codes)
        known = {external_id: code for external_id, code in draft.lots.items() if code in codes}
        wanted = replace(draft, lots=known)
        found = queries.find(session, draft.name)
        if found is None:
            add_source(session, actor, wanted, known_adapters, now, presets=presets)
            done["added"].append(draft.name)
        else:
            changed = change_source(session, actor, found.id, wanted, known_adapters, now, presets=presets)
            done["changed" if changed else "unchanged"].append(draft.name)
    return Loaded(**{name: tuple(names) for name, names in done.items()}, missing_lots=tuple(sorted(missing)))


def change_source(
    session: Session,
    actor: Actor,
    source_id: str,
    draft: SourceDraft,
    known_adapters: Collection[str],
    now: datetime,
    *,
    presets: Collection[str] = (),
) -> bool:
    """Make a source's settings, addresses, ranges and links those of the draft; True when any differed.

    Links beside those of the draft stay. A new address or format begins anew, as if it had never answered. A
    mapped source that would be read otherwise is put off until it is switched on again (`reads_otherwise`).
    Raises SourceInvalid, SourceUnknown, AdministratorOnly, LinkTaken, LotSpokenFor.
    """
    draft = _with_the_citys_limits(session, draft, now)
    source = queries.locked(session, source_id)
    _refuse_unsound(session, draft, known_adapters, presets, is_new=False)
    before = draft_of(session, source.name)
    told = {name: getattr(draft, name) for name in _SETTINGS}
    changes = {name: value for name, value in told.items() if value != getattr(before, name)}
    for name, value in changes.items():
        setattr(source, name, value)
    changed = _change_pulls(session, source, draft, now, is_otherwise="adapter" in changes) or bool(changes)
    if reads_otherwise(before, draft):
        switch_off(session, source, now)
    session.flush()
    if _same_networks(source.allowed_networks, draft.allowed_networks) is False:
        allow_networks(session, actor, source_id, draft.allowed_networks, now)
        changed = True
    codes = lots.ids_by_code(session, set(draft.lots.values()))
    changed = links.link_lots(session, actor, source_id, _ids(draft.lots, codes), now) > 0 or changed
    if {"rank", "ageing_after_s", "unknown_after_s"} & changes.keys():
        linked = queries.links(session, source_id).values()
        links.declare(session, source, linked, now)
    if changed:
        audit.record(session, actor, "source:change", _SUBJECT, source_id, _described(draft), now)
    return changed


def allow_networks(
    session: Session, actor: Actor, source_id: str, networks: Iterable[str], now: datetime
) -> None:
    """Let this one source lie in the private ranges given (CIDR), in place of those allowed before.

    Raises AdministratorOnly, SourceInvalid, SourceUnknown.
    """
    source = queries.locked(session, source_id)
    wanted = list(dict.fromkeys(networks))
    _refuse_networks(actor, source.name, wanted, closing=True)
    details = {"before": list(source.allowed_networks), "after": wanted}
    source.allowed_networks = wanted
    session.flush()
    audit.record(session, actor, "source:allow_networks", _SUBJECT, source_id, details, now)


def _refuse_networks(actor: Actor, name: str, networks: Iterable[str], *, closing: bool = False) -> None:
    """An administrator alone opens ranges, and closes them."""
    wanted = list(networks)
    if (wanted or closing) and actor.kind not in _ADMINISTRATORS:
        raise AdministratorOnly
    if problems := network_problems(wanted):
        raise SourceInvalid(problems=problems, name=name)


def _with_the_citys_limits(session: Session, draft: SourceDraft, now: datetime) -> SourceDraft:
    told = city.facts_now(session, now)

    def limit(own: int | None, name: str, usual: int) -> int:
        return own if own is not None else int(told.get(f"limits.{name}") or usual)

    return replace(
        draft,
        ageing_after_s=limit(draft.ageing_after_s, "ageing_after_s", AGEING_AFTER_S),
        unknown_after_s=limit(draft.unknown_after_s, "unknown_after_s", UNKNOWN_AFTER_S),
    )


def _refuse_unsound(
    session: Session,
    draft: SourceDraft,
    known_adapters: Collection[str],
    presets: Collection[str],
    *,
    is_new: bool,
) -> None:
    problems = draft_problems(draft, known_adapters, is_new=is_new)
    if draft.mapping is not None and not mappings.is_known(session, draft.mapping, presets):
        text = N_("没有名为 %(name)s 的映射")
        problems.append(FieldProblem("mapping", "mapping_unknown", text, {"name": draft.mapping}))
    if problems:
        raise SourceInvalid(problems=problems, name=draft.name)


def _new_pull(source: Source, kind: PullKind, url: str, interval_s: int, now: datetime) -> Pull:
    pull = Pull(source_id=source.id, kind=kind, url=url, interval_s=interval_s, **fresh_pull(now))
    if not source.may_be_pulled:
        pull.state = PullState.DISABLED
    return pull


def _change_pulls(
    session: Session, source: Source, draft: SourceDraft, now: datetime, *, is_otherwise: bool
) -> bool:
    changed = False
    pulls = {pull.kind: pull for pull in session.scalars(select(Pull).where(Pull.source_id == source.id))}
    is_off = bool(pulls) and all(pull.state == PullState.DISABLED for pull in pulls.values())
    for kind, (url, interval_s) in draft.pulls.items():
        pull = pulls.pop(kind, None)
        if pull is None:
            pull = _new_pull(source, kind, url, interval_s, now)
            # Somebody stopped the source: an address more does not start it.
            pull.state = PullState.DISABLED if is_off else pull.state
            session.add(pull)
        elif (pull.url, pull.interval_s) != (url, interval_s) or is_otherwise:
            begins_anew = is_otherwise or pull.url != url
            pull.url, pull.interval_s = url, interval_s
            if begins_anew:
                begin_anew(pull, now)
            if begins_anew and pull.state != PullState.DISABLED:
                for name, value in fresh_pull(now).items():
                    setattr(pull, name, value)
        else:
            continue
        changed = True
    for pull in pulls.values():
        session.delete(pull)
        changed = True
    session.flush()
    return changed


def _ids(wanted: Mapping[str, str], codes: Mapping[str, str]) -> dict[str, str]:
    for code in wanted.values():
        if code not in codes:
            raise LotMissing(code=code)
    return {external_id: codes[code] for external_id, code in wanted.items()}


def _same_networks(before: Sequence[str], wanted: Sequence[str]) -> bool:
    return {parse_network(text) for text in before} == {parse_network(text) for text in wanted}


def _described(draft: SourceDraft) -> dict[str, Any]:
    # Addresses without their query: it may carry a key, and the audit trail is never changed.
    return {
        "name": draft.name,
        **{name: getattr(draft, name) for name in _SETTINGS},
        "allowed_networks": list(draft.allowed_networks),
        "lots": dict(draft.lots),
        "pulls": {kind: [shown_url(url), interval_s] for kind, (url, interval_s) in draft.pulls.items()},
    }
