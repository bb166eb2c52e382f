"""Which decisions are offered, what does each bring about, and what may be said in it?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext

from parking.accounts.rules import Permission
from parking.filings.queries import FilingView
from parking.filings.rules import (
    FilingKind,
    FilingState,
    Item,
    ReasonText,
    Step,
    certificate_until,
    checklist,
    due,
    groups_for,
    missing,
    reason_texts,
    steps_from,
)
from parking.filings.rules.due import CORRECTIONS
from parking.kernel.errors import N_
from parking.portals._http import formats
from parking.portals.bureau import desk
from parking.portals.bureau.dues import calendar
from parking.portals.bureau.one_filing import documents_of
from parking.portals.bureau.within import may_here


@dataclass(frozen=True, slots=True)
class Way:
    """A decision: what its button says, what it means, and which templates of reasons it takes."""

    step: Step
    name: str
    means: str
    asks: str
    reasons: str | None = None


WAYS: Mapping[Step, Way] = {
    Step.ACCEPTED: Way(Step.ACCEPTED, N_("受理"), N_("材料齐全，开始审核"), N_("受理这份申请？")),
    Step.CORRECTION_REQUESTED: Way(
        Step.CORRECTION_REQUESTED,
        N_("要求补正"),
        N_("一次告知全部缺项，只能要求一次"),
        N_("要求补正哪些内容？"),
        "correct",
    ),
    Step.REFUSED: Way(
        Step.REFUSED, N_("不予受理"), N_("不属于备案范围，或不归本机关办理"), N_("为什么不予受理？"), "refuse"
    ),
    Step.APPROVED: Way(Step.APPROVED, N_("予以备案"), N_("写入登记，发放文书"), N_("予以备案？")),
    Step.RETURNED: Way(Step.RETURNED, N_("退回"), N_("与事实不符，不予备案"), N_("为什么退回？"), "return"),
}


@dataclass(frozen=True, slots=True)
class Section:
    """What reasons may be about: a paper, a group of answers, or the filing as a whole (`about` empty)."""

    about: str
    name: str
    note: str
    reasons: tuple[ReasonText, ...]

    @property
    def ticks(self) -> str:
        """The name of its boxes in the form."""
        return f"reason.{self.about or 'whole'}"

    @property
    def words(self) -> str:
        """The name of its field for the officer's own words."""
        return f"words.{self.about or 'whole'}"


def ways_of(filing: FilingView) -> tuple[Way, ...]:
    """The decisions open to an officer now; what is missing is told as often as the profile allows: once."""
    open_steps = {decision.step for decision in steps_from(filing.state, "officer")}
    if _corrections_left(filing) <= 0:
        open_steps.discard(Step.CORRECTION_REQUESTED)
    return tuple(way for step, way in WAYS.items() if step in open_steps)


def sections_of(filing: FilingView, step: str) -> tuple[Section, ...]:
    """The places where something can be said, with the city's templates for each."""
    reasons = reason_texts(desk.city(), step)
    if step != "correct":
        return (Section("", gettext("理由"), "", tuple(reasons)),)
    found = []
    for document in documents_of(filing):
        key = document.need.key
        note = gettext("缺") if document.is_missing else ""
        fitting = tuple(each for each in reasons if each.about in ("", key) and document.files)
        name = desk.in_language(document.need.name_zh, document.need.name_en)
        found.append(Section(f"papers.{key}", name, note, fitting))
    for group in groups_for(filing.kind, filing.answers.get("kind")):
        if group.fields:
            own = {group.key, *(each.key for each in group.fields)}
            fitting = tuple(each for each in reasons if each.about in own)
            found.append(Section(group.key, gettext(group.label), "", fitting))
    return (*found, Section("", gettext("其他"), "", ()))


def items_of(filing: FilingView, step: str, raw: Mapping[str, Sequence[str]]) -> list[Item]:
    """What the form says against the filing, section by section."""
    items = []
    for section in sections_of(filing, step):
        items += [Item(section.about, key) for key in raw.get(section.ticks, ())]
        items += [
            Item(section.about, None, text.strip()) for text in raw.get(section.words, ()) if text.strip()
        ]
    return items


def absent(filing: FilingView) -> list[str]:
    """What the correction notice names by itself, in the reader's language."""
    found = missing(desk.city(), filing.kind, filing.answers, filing.documents)
    return [
        gettext(each.text, **{key: gettext(str(told)) for key, told in each.params.items()}) for each in found
    ]


def label_of(filing: FilingView, item: Mapping[str, str]) -> str:
    """What an item of a notice is about, in the reader's language."""
    key = item.get("about", "").removeprefix("papers.")
    for need in checklist(desk.city(), filing.kind, filing.answers):
        if need.key == key:
            return desk.in_language(need.name_zh, need.name_en)
    label = item["label"]
    return gettext(label)


def consequences(filing: FilingView, step: Step, items: int) -> list[str]:
    """What will have happened once it is confirmed."""
    return _CONSEQUENCES[step](filing, items)


def _accepted(filing: FilingView, _items: int) -> list[str]:
    on = _due_on(FilingState.ACCEPTED)
    return [
        gettext("发出受理通知书，通知申请单位。"),
        gettext("我们最迟在 %(day)s决定是否备案。", day=formats.day(on)) if on else "",
    ]


def _correction(filing: FilingView, items: int) -> list[str]:
    on = _due_on(FilingState.CORRECTION_REQUESTED)
    return [
        gettext("发出补正通知书，一次告知 %(count)s 项，通知申请单位。", count=items),
        gettext("申请单位最迟在 %(day)s补正，逾期视为放弃。", day=formats.day(on)) if on else "",
        gettext("这份申请以后不能再要求补正。") if _corrections_left(filing) <= 1 else "",
    ]


def _corrections_left(filing: FilingView) -> int:
    told = sum(step.step is Step.CORRECTION_REQUESTED for step in filing.steps)
    return int(desk.city().told("filings.corrections", CORRECTIONS)) - told


def _refused(filing: FilingView, items: int) -> list[str]:
    return [
        gettext("发出不予受理通知书，写明 %(count)s 条理由，通知申请单位。", count=items),
        gettext("这份申请到此结束，登记不变；申请单位可以重新申请。"),
    ]


def _returned(filing: FilingView, items: int) -> list[str]:
    return [
        gettext("发出退回通知书，写明 %(count)s 条理由，通知申请单位。", count=items),
        gettext("这份申请到此结束，登记不变；申请单位可以重新申请。"),
    ]


def _approved(filing: FilingView, _items: int) -> list[str]:
    told = {
        FilingKind.REGISTRATION: _registered,
        FilingKind.CHANGE: lambda filing: [
            gettext("登记改成申请中的新值，车位的增减记入台账；备案证明重新打印。")
        ],
        FilingKind.RENEWAL: lambda filing: [gettext("备案证明延续一个有效期。")],
        FilingKind.CLOSURE: lambda filing: [gettext("备案证明注销，发给注销备案回执；车位从台账中减去。")],
        FilingKind.SHARING: lambda filing: [
            gettext("产权单位的同意凭材料登记，运行单位以申报为确认；台账不变。"),
            gettext("您同时以监管人员身份确认，共享协议生效，今后 60 天的时段随即开放。")
            if may_here(Permission.BUREAU_SHARING_SUPERVISE, filing.district_code)
            else gettext("共享协议由本镇街负责错时共享监管的人员确认后生效，会通知他们。"),
        ],
    }[filing.kind](filing)
    return [*told, gettext("通知申请单位。这一步不能撤回。")]


def _registered(filing: FilingView) -> list[str]:
    last = date.fromordinal(certificate_until(desk.today(), desk.city()).toordinal() - 1)
    return [
        gettext("停车场写入登记，车位记入台账。"),
        gettext("发放备案证明，有效期到 %(day)s；任何人都能凭编号或二维码核验。", day=formats.day(last)),
    ]


def _due_on(state: FilingState) -> date | None:
    owed = due(state, desk.today(), desk.city(), calendar())
    return owed.on if owed else None


_CONSEQUENCES = {
    Step.ACCEPTED: _accepted,
    Step.CORRECTION_REQUESTED: _correction,
    Step.REFUSED: _refused,
    Step.RETURNED: _returned,
    Step.APPROVED: _approved,
}
