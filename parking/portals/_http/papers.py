"""What does a numbered paper say, before it is drawn as a page or a pdf? In both languages, Chinese first.

All of it comes from what was put on record when the paper was issued; only a certificate's state is today's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import format_date
from flask_babel import force_locale, gettext

from parking.filings.queries import CertificateView, NoticeView
from parking.filings.rules import KIND_LABELS, CertificateState, FilingKind, NoticeKind
from parking.kernel.errors import N_
from parking.kernel.vocabulary import SPACE_CLASS_NAMES, LotKind, LotType, SpaceClass
from parking.lots.rules.hours_words import describe
from parking.portals._http.filing_texts import CERTIFICATE_STATES, NOTICES
from parking.portals._http.texts import KINDS, TYPES


@dataclass(frozen=True, slots=True)
class Words:
    """The same in two languages; `en` is empty where it would only repeat."""

    zh: str
    en: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """What is told, and what it is called."""

    label: Words
    told: Words


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper from its title to its seal. `verify_url` is what its QR code leads to."""

    title: Words
    number: str
    addressed_to: str
    body: tuple[Words, ...]
    items: tuple[Line, ...]
    facts: tuple[Line, ...]
    closing: tuple[Words, ...]
    authority: Words
    issued_on: Words
    verify_url: str | None = None
    verify_hint: Words | None = None
    ended: Words | None = None


_IN_FORCE = (CertificateState.VALID, CertificateState.EXPIRING)
_LEAD = N_("你（单位）于%(submitted)s提交的“%(lot)s”%(kind)s材料（申请编号：%(filing)s）收悉。")
_OUTCOMES: Mapping[NoticeKind, tuple[str, ...]] = {
    NoticeKind.ACCEPTANCE: (_LEAD, N_("经审查，材料齐全、符合规定形式，现予受理。")),
    NoticeKind.CORRECTION: (_LEAD, N_("经审查，下列内容需要补正，现一次性告知：")),
    NoticeKind.REFUSAL: (_LEAD, N_("经审查，因下列原因，决定不予受理：")),
    NoticeKind.RETURN: (_LEAD, N_("经审查，因下列原因，不予备案，材料退回：")),
    NoticeKind.REVOCATION: (N_("经查，因下列原因，决定撤销“%(lot)s”停车场的备案："),),
    NoticeKind.CLOSURE_RECEIPT: (_LEAD, N_("经审查，现予注销备案，原备案证明同时失效。")),
    NoticeKind.SHARING_RECORD: (_LEAD, N_("经审查，错时共享方案予以备案，三方按协议履行职责。")),
    NoticeKind.CERTIFICATE: (N_("经审核，下列停车场的材料符合备案要求，予以备案。"),),
}
_BY = {
    NoticeKind.ACCEPTANCE: N_("本机关将于%(due)s前作出是否备案的决定。"),
    NoticeKind.CORRECTION: N_("请于%(due)s前补正并重新提交；逾期未补正的，视为放弃本次申请。"),
}
_AFTER = {
    NoticeKind.RETURN: (N_("按上述意见完善后，可以重新提交。"),),
    NoticeKind.SHARING_RECORD: (
        N_("共享协议自监管人员确认之日起生效。"),
        N_("备案不是行政许可，不免除其他法定义务。"),
    ),
    NoticeKind.CERTIFICATE: (
        N_("备案事项发生变化的，应当办理变更备案；停止使用的，应当办理注销备案。"),
        N_("备案不是行政许可，不免除其他法定义务。"),
    ),
}
_REMEDY = N_("对本决定不服的，可以自收到之日起六十日内申请行政复议，或者六个月内提起行政诉讼。")
_WITH_REMEDY = (NoticeKind.REFUSAL, NoticeKind.RETURN, NoticeKind.REVOCATION)
_HINT = N_("扫描二维码，查验真伪和当前状态")


def paper_of_notice(notice: NoticeView, verify_url: str | None = None) -> Paper:
    """A notice as it was issued. `verify_url` is for a certificate; others have none."""
    said = notice.content
    about = _about(notice)
    kind = notice.kind
    closing = [both(_BY[kind], about)] if kind in _BY and notice.due_on else []
    closing += [both(text, about) for text in _AFTER.get(kind, ())]
    if kind in _WITH_REMEDY:
        closing.append(both(_REMEDY))
    is_certificate = kind is NoticeKind.CERTIFICATE
    issued_on = date.fromisoformat(said["issued_on"])
    return Paper(
        title=both(NOTICES[kind]),
        number=notice.number,
        addressed_to=notice.addressed_to,
        body=tuple(both(text, about) for text in _OUTCOMES[kind] if text is not _LEAD or about["filing"].zh),
        items=tuple(_items(said)),
        facts=tuple(_certified(said, notice.addressed_to)) if is_certificate else tuple(_dates(said)),
        closing=tuple(closing),
        authority=Words(notice.authority_zh, notice.authority_en),
        issued_on=day(issued_on),
        verify_url=verify_url if is_certificate else None,
        verify_hint=both(_HINT) if is_certificate else None,
    )


def paper_of_certificate(certificate: CertificateView, verify_url: str) -> Paper:
    """A certificate as it was printed last, and what has become of it since."""
    said = certificate.content
    ended = None if certificate.state in _IN_FORCE else both(CERTIFICATE_STATES[certificate.state])
    return Paper(
        title=both(NOTICES[NoticeKind.CERTIFICATE]),
        number=certificate.number,
        addressed_to=certificate.organisation_name,
        body=tuple(both(text) for text in _OUTCOMES[NoticeKind.CERTIFICATE]),
        items=(),
        facts=tuple(_certified(said, certificate.organisation_name)),
        closing=tuple(both(text) for text in _AFTER[NoticeKind.CERTIFICATE]),
        authority=Words(said.get("authority_zh", ""), said.get("authority_en", "")),
        issued_on=day(date.fromisoformat(said["issued_on"])),
        verify_url=verify_url,
        verify_hint=both(_HINT),
        ended=ended,
    )


def both(text: str, values: Mapping[str, Words] | None = None) -> Words:
    """A msgid in both languages, each with its own values."""
    values = values or {}
    zh = text % {name: each.zh for name, each in values.items()} if values else text
    with force_locale("en"):
        told = gettext(text)
    if told == text:
        # Nobody has translated it yet: better one language than a mixture.
        return Words(zh)
    return Words(zh, told % {name: each.en or each.zh for name, each in values.items()} if values else told)


def day(on: date) -> Words:
    """2026年11月21日, 21 November 2026."""
    return Words(f"{on.year}年{on.month}月{on.day}日", format_date(on, "d MMMM y", locale="en"))


def _about(notice: NoticeView) -> dict[str, Words]:
    said = notice.content
    submitted = said.get("submitted_on")
    kind = said.get("filing_kind")
    return {
        "lot": Words(notice.lot_name),
        "filing": Words(notice.filing_number or ""),
        "kind": both(KIND_LABELS[FilingKind(kind)]) if kind else Words(""),
        "submitted": day(date.fromisoformat(submitted)) if submitted else Words("近日", "recently"),
        "due": day(notice.due_on) if notice.due_on else Words(""),
    }


def _items(said: Mapping[str, Any]) -> Iterator[Line]:
    for item in [*said.get("items", ()), *said.get("reasons", ())]:
        label = item.get("label") or ""
        text_zh, text_en = item.get("text_zh") or item.get("text") or "", item.get("text_en") or ""
        yield Line(both(label) if label else Words(""), Words(text_zh, "" if text_en == text_zh else text_en))


def _dates(said: Mapping[str, Any]) -> Iterator[Line]:
    if closes := said.get("closes_on"):
        yield Line(both(N_("停止使用日期")), day(date.fromisoformat(closes)))
    if agreement := said.get("agreement_number"):
        yield Line(both(N_("共享协议编号")), Words(agreement))
    if number := said.get("certificate_number"):
        yield Line(both(N_("备案编号")), Words(number))


def _certified(said: Mapping[str, Any], holder: str) -> Iterator[Line]:
    """What a certificate certifies, line by line; what was not told has no line."""
    lot = said.get("lot", {})
    operator = lot.get("operator_name") or holder
    yield Line(both(N_("停车场名称")), Words(lot.get("name") or "", lot.get("name_en") or ""))
    if address := lot.get("address"):
        yield Line(both(N_("地址")), Words(address))
    if district := lot.get("district_zh"):
        yield Line(both(N_("所在镇街")), Words(district, lot.get("district_en") or ""))
    yield Line(both(N_("备案主体")), Words(holder))
    if operator != holder:
        yield Line(both(N_("运营单位")), Words(operator))
    if type_ := _type_of(lot):
        yield Line(both(N_("类型")), both(type_))
    if spaces := said.get("spaces"):
        yield Line(both(N_("车位")), _spaces(spaces))
    if metres := said.get("bay_length_m"):
        metre = {"metres": Words(str(metres))}
        yield Line(both(N_("非机动车停车线")), both(N_("%(metres)s 米"), metre))
    if hours := lot.get("opening_hours"):
        yield Line(both(N_("开放时间")), Words(describe(hours, "zh"), describe(hours, "en")))
    if phone := lot.get("complaint_phone"):
        yield Line(both(N_("投诉电话")), Words(phone))
    yield Line(both(N_("有效期")), both(N_("%(from)s至%(last)s"), _span(said)))


def _span(said: Mapping[str, Any]) -> dict[str, Words]:
    return {
        "from": day(date.fromisoformat(said["from_on"])),
        "last": day(date.fromisoformat(said["last_on"])),
    }


def _type_of(lot: Mapping[str, Any]) -> str | None:
    if lot.get("kind") == LotKind.ON_STREET:
        return KINDS[LotKind.ON_STREET]
    return TYPES.get(LotType(lot["type"])) if lot.get("type") else None


def _spaces(spaces: Mapping[str, int]) -> Words:
    """共 320 个：普通车位 290，无障碍车位 6."""
    parts = [
        (both(SPACE_CLASS_NAMES[each]), spaces[each.value]) for each in SpaceClass if spaces.get(each.value)
    ]
    told = {
        "total": Words(str(sum(spaces.values()))),
        "parts": Words(
            "，".join(f"{name.zh} {count}" for name, count in parts),
            ", ".join(f"{(name.en or name.zh)} {count}" for name, count in parts),
        ),
    }
    return both(N_("共 %(total)s 个：%(parts)s"), told)
