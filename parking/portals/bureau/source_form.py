"""What does the form of a source say? Every fault is told at its field, and nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from flask import request
from flask_babel import gettext

from parking.boundary.feeds import MAPPED, PRESET, MappingRules
from parking.guidance import queries
from parking.guidance.errors import SourceInvalid
from parking.guidance.rules.mappings import is_mapping_name
from parking.guidance.rules.sources import SourceDraft, draft_problems
from parking.kernel.addresses import shown_url
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.vocabulary import Datum
from parking.portals._http import forms, work
from parking.portals._http.filing_texts import DATUMS
from parking.portals._http.services import services
from parking.portals.bureau.mapping_titles import mapping_title
from parking.portals.bureau.texts import FORMATS

TEXT = "text"
_GRID = "epsg"
_EPSG = re.compile(r"(?:EPSG:)?(\d{4,6})", re.IGNORECASE)
_HOUR_S = 3600
_ADDRESSES = ("live_url", "static_url")
ADAPTERS = {name: text for name, text in FORMATS.items() if name != MAPPED}
# Where a fault of a draft stands on the form.
_PLACES = {"adapter": "reads_by", "mapping": "reads_by", "static_interval_s": "static_hours"}
_NO_MAPPING = N_("请选择怎样读取")
_MAPPING_EXISTS = N_(
    "已有映射 %(name)s，有 %(count)s 个启用的数据源在用：勾选这一项才存成新版本，"
    "之后它们都要重新启用；也可以换一个名称"
)
_BAD_EPSG = N_("请填写 EPSG 编号，例如 4549")
_BAD_MAPPING_NAME = N_("映射名称须为 1 至 60 个字符，不含冒号和斜线")


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form says: the source, and the text of a new mapping where one was written."""

    draft: SourceDraft
    mapping_text: str | None
    note: str | None


def rules() -> MappingRules:
    """The language of mappings that this deployment was given."""
    found = services().mapping_rules
    if found is None:
        raise RuntimeError("this deployment was given no language of mappings")
    return found


def typed_source(before: SourceDraft | None) -> Typed:
    """The source that was sent, all of it checked; `before` as it is, where it is changed.

    An address that is left empty stays. Raises SourceInvalid with every fault at its field.
    """
    reads_by, sent = forms.sent("reads_by"), forms.sent
    written = sent("mapping_text").replace("\r\n", "\n") + "\n" if reads_by == TEXT else None
    mapping: str | None = None
    if written is not None:
        mapping = sent("mapping_name") or sent("name") or (before.name if before else "")
    elif reads_by not in ADAPTERS:
        mapping = reads_by
    live = sent("live_url") or (before.live_url if before else None)
    own = live if forms.sent("one_address") else sent("static_url")
    draft = SourceDraft(
        name=before.name if before else sent("name"),
        adapter=reads_by if reads_by in ADAPTERS else MAPPED,
        live_url=live,
        static_url=own or (before.static_url if before else None),
        interval_s=_whole(sent("interval_s")),
        static_interval_s=_whole(sent("static_hours")) * _HOUR_S,
        owner=sent("owner") or None,
        time_zone=sent("time_zone"),
        crs=_crs(),
        rank=before.rank if before else 0,
        ageing_after_s=before.ageing_after_s if before else None,
        unknown_after_s=before.unknown_after_s if before else None,
        adopts_lots=bool(sent("adopts_lots")),
        mapping=mapping,
        allowed_networks=before.allowed_networks if before else services().feed_networks,
    )
    note = sent("mapping_note") or None
    if problems := [
        *_problems(draft, reads_by, is_new=before is None),
        *mapping_problems(mapping, written, note),
    ]:
        raise SourceInvalid(problems=problems, name=draft.name)
    _refuse_replacing(draft, written, before)
    return Typed(draft, written, note)


def mapping_problems(name: str | None, text: str | None, note: str | None) -> Iterable[FieldProblem]:
    """What is wrong with a written mapping: each fault with its line, and doubts that nobody explained."""
    if text is None:
        return
    if name is None or not is_mapping_name(name):
        yield FieldProblem("mapping_name", "bad_name", _BAD_MAPPING_NAME)
    check = rules().check(text)
    yield from (replace(each, field="mapping_text") for each in check.problems)
    if not note:
        yield from (replace(each, field="mapping_note") for each in check.doubts)


def _refuse_replacing(draft: SourceDraft, text: str | None, before: SourceDraft | None) -> None:
    """A mapping that others read by, or older than the source, gets a new version only on purpose."""
    name = draft.mapping or ""
    versions = queries.mapping_versions(work.session(), name) if text is not None else []
    if not versions or versions[0].text == text or forms.sent("new_version"):
        return
    if before is None or versions[0].sources != (before.name,):
        count = len(queries.running_readers(work.session(), name))
        told = FieldProblem("new_version", "mapping_exists", _MAPPING_EXISTS, {"name": name, "count": count})
        raise SourceInvalid(problems=[told], name=draft.name)


def _problems(draft: SourceDraft, reads_by: str, *, is_new: bool) -> Iterable[FieldProblem]:
    if not reads_by:
        yield FieldProblem("reads_by", "missing", _NO_MAPPING)
    if not draft.crs:
        yield FieldProblem("epsg", "bad_epsg", _BAD_EPSG)
    for problem in draft_problems(draft, services().adapters, is_new=is_new):
        yield replace(problem, field=_PLACES.get(problem.field, problem.field))


def _crs() -> str:
    """The datum or EPSG code that was sent, "" for what is none."""
    told = forms.sent("crs")
    if told != _GRID:
        return told if told in set(Datum) else Datum.WGS84.value
    found = _EPSG.fullmatch(forms.sent("epsg"))
    return f"EPSG:{found[1]}" if found else ""


def _whole(told: str) -> int:
    """What is no number is out of range."""
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 7 else 0


def form_context(before: SourceDraft | None, like: str | None = None) -> dict[str, Any]:
    """What the form of a source is filled with; `like`: a mapping to begin with, chosen on another page."""
    draft = before or SourceDraft("", "", interval_s=60, static_interval_s=24 * _HOUR_S, mapping=like)
    grid = draft.crs.upper().startswith("EPSG:")
    text, of_mapping = "", None
    if (asked := request.args.get("text")) is not None:
        text, of_mapping = text_of(asked) or "", asked.removeprefix(PRESET)
    return {
        "before": before,
        "draft": draft,
        "reads_by": TEXT if text else draft.mapping or draft.adapter,
        "mapping_text": text,
        "mapping_name": of_mapping or "",
        "readers": len(queries.running_readers(work.session(), of_mapping or "")),
        "ways": _ways(),
        "crs": _GRID if grid else draft.crs,
        "epsg": draft.crs.upper().removeprefix("EPSG:") if grid else "",
        "datums": [*DATUMS.items(), (_GRID, gettext("以米为单位的平面坐标（EPSG）"))],
        "static_hours": max(1, draft.static_interval_s // _HOUR_S),
        "one_address": before is None or before.static_url in (None, before.live_url),
        "shown": {
            name: shown_url(url) for name in ("live_url", "static_url") if (url := getattr(draft, name))
        },
    }


def text_of(mapping: str) -> str | None:
    """The newest text of a mapping, of ours or one that ships; None where there is none."""
    if mapping.startswith(PRESET):
        return rules().presets.get(mapping.removeprefix(PRESET))
    versions = queries.mapping_versions(work.session(), mapping)
    return versions[0].text if versions else None


def _ways() -> list[tuple[str, str]]:
    """How a document may be read: by our mappings, by a new one, in a known format, by one that ships."""
    ours = [
        (view.name, gettext("映射：%(name)s", name=view.name))
        for view in queries.mapping_versions(work.session())
    ]
    known = [(name, gettext(text)) for name, text in ADAPTERS.items() if name in services().adapters]
    ships = [
        (PRESET + name, gettext("随附的映射：%(name)s", name=mapping_title(PRESET + name)))
        for name in rules().presets
    ]
    return [*ours, (TEXT, gettext("在下面写一份新的映射")), *known, *ships]
