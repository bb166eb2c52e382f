"""By which mapping is a source read, and who said so? Every version is kept."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.boundary.feeds import MAPPED, MappingRules
from parking.guidance import queries
from parking.guidance.errors import MappingDoubtful, MappingInvalid, MappingUnknown, SourceInvalid
from parking.guidance.models import Source, SourceMapping
from parking.guidance.rules.mappings import is_mapping_name, preset_named
from parking.guidance.service.switching import switch_off
from parking.kernel.actors import Actor
from parking.kernel.errors import N_, FieldProblem

_SUBJECT = "source_mapping"


def save_mapping(
    session: Session,
    actor: Actor,
    name: str,
    text: str,
    rules: MappingRules,
    now: datetime,
    note: str | None = None,
) -> int:
    """Keep a text as the mapping's newest version and return its number; the same text again keeps nothing.

    Every source that reads by it is put off until it is switched on again: nobody looked at what it gives by
    this text. Raises MappingInvalid with every fault, and MappingDoubtful where the text is odd and no note
    gives the reason.
    """
    if not is_mapping_name(name):
        raise MappingInvalid(name=name, problems=[FieldProblem("name", "bad_name", _BAD_NAME)])
    check = rules.check(text)
    if check.problems:
        raise MappingInvalid(name=name, problems=check.problems)
    note = (note or "").strip() or None
    if check.doubts and note is None:
        raise MappingDoubtful(name=name, problems=check.doubts)
    # Two who save at a time: the later one waits, or the number would be taken twice.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext("source_mapping:" + name))))
    versions = queries.mapping_versions(session, name)
    if versions and versions[0].text == text:
        return versions[0].version
    version = versions[0].version + 1 if versions else 1
    session.add(
        SourceMapping(name=name, version=version, text=text, note=note, saved_at=now, saved_by=str(actor))
    )
    session.flush()
    # Those that are off too: somebody may be switching one on by the version before this one.
    held = select(Source).where(Source.mapping == name).order_by(Source.id).with_for_update(key_share=True)
    all_readers = session.scalars(held.execution_options(populate_existing=True)).all()
    readers = [source for source in all_readers if source.may_be_pulled]
    for source in readers:
        switch_off(session, source, now)
    details = {"version": version, "note": note, "doubts": [doubt.code for doubt in check.doubts]}
    details["put_off"] = [source.name for source in readers]
    audit.record(session, actor, "source_mapping:save", _SUBJECT, name, details, now)
    return version


_BAD_NAME = N_("映射名称须为 1 至 60 个字符，不含冒号和斜线")


def restore_mapping(
    session: Session, actor: Actor, name: str, version: int, rules: MappingRules, now: datetime
) -> int:
    """Save an older version as the newest one again. Raises MappingUnknown, MappingInvalid."""
    for told in queries.mapping_versions(session, name):
        if told.version == version:
            note = f"恢复第 {version} 版" + (f"：{told.note}" if told.note else "")
            return save_mapping(session, actor, name, told.text, rules, now, note)
    raise MappingUnknown(name=f"{name} {version}")


def use_mapping(
    session: Session, actor: Actor, source_id: str, mapping: str, presets: Collection[str], now: datetime
) -> None:
    """Read a mapped source by another mapping: one of ours, or "preset:NAME", once it is switched on anew.

    Raises SourceUnknown, SourceInvalid for a source of another kind, MappingUnknown.
    """
    source = queries.locked(session, source_id)
    if source.adapter != MAPPED:
        text = N_("该数据源不是用映射读取的")
        raise SourceInvalid(name=source.name, problems=[FieldProblem("adapter", "not_mapped", text)])
    if not is_known(session, mapping, presets):
        raise MappingUnknown(name=mapping)
    if source.mapping == mapping:
        return
    before, source.mapping = source.mapping, mapping
    switch_off(session, source, now)
    details = {"before": before, "after": mapping}
    audit.record(session, actor, "source:use_mapping", "source", source_id, details, now)


def is_known(session: Session, mapping: str, presets: Collection[str]) -> bool:
    """Whether a source may name this mapping."""
    if preset_named(mapping, presets) is not None:
        return True
    return is_mapping_name(mapping) and bool(queries.mapping_versions(session, mapping))
