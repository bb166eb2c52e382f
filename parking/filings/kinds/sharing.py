"""错时共享备案: which spaces of a filed lot are to be lent, when, and who answers for what?

Who confirms it, and how, is told in `agreeing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from parking.city.queries import Ground
from parking.filings.kinds.agreeing import agree
from parking.filings.kinds.kind import Carried, named_answers, standing_certificate
from parking.filings.models import Filing
from parking.filings.rules import LENDABLE, NoticeKind, lent_key
from parking.kernel.actors import Actor
from parking.kernel.errors import N_, FieldProblem
from parking.sharing.rules.agreements import AgreementDraft, PartDraft, Party, PartyDraft
from parking.sharing.service.agreements import draft_problems
from parking.tariffs import queries as tariffs

_SUPERVISES = "监督三方履行协议，受理投诉，按月核查使用情况，必要时暂停共享"
_ASKED_AS = {
    "owner_name": "lend_owner",
    "owner_contact": "lend_owner_desk",
    "owner_duties": "lend_owner_duties",
    "operator_contact": "lend_operator_desk",
    "operator_duties": "lend_operator_duties",
    "from_on": "lend_from_on",
    "until_on": "lend_until_on",
    "notice_days": "lend_notice_days",
    "withdraw_before_minutes": "lend_withdraw_hours",
    "grace_minutes": "lend_grace_minutes",
    "overstays_suspend": "lend_overstays",
    "on_overstay": "lend_on_overstay",
    "insurance": "lend_insurance",
    "house_rules": "lend_house_rules",
}
# What stands for an answer that is still to come, so that the others can be checked already.
_UNTOLD: dict[str, Any] = {
    **dict.fromkeys(("lend_owner", "lend_owner_desk", "lend_owner_duties"), "–"),
    **dict.fromkeys(("lend_operator_desk", "lend_operator_duties", "lend_on_overstay"), "–"),
    **dict.fromkeys(("lend_notice_days", "lend_withdraw_hours", "lend_grace_minutes"), 0),
}


class Sharing:
    """The lot and its certificate stay as they are; an agreement comes into force."""

    notice = NoticeKind.SHARING_RECORD
    checks_from = frozenset({"lend_hours", "lend_from_on", "lend_until_on"})

    def first_answers(
        self, session: Session, organisation_id: str, lot_id: str | None, here: Ground
    ) -> dict[str, Any]:
        return named_answers(session, lot_id, organisation_id, here)

    def check(
        self, session: Session, filing: Filing, here: Ground, *, lock: bool = True
    ) -> list[FieldProblem]:
        standing_certificate(session, filing.lot_id, filing.organisation_id, lock=lock)
        if not _parts(filing.answers):
            return [FieldProblem(lent_key(LENDABLE[0]), "nothing_lent", N_("请填写要共享的车位"))]
        draft = _draft(session, filing, {**_UNTOLD, **filing.answers}, here)
        problems = [
            FieldProblem(_asked_as(told.field, draft), told.code, told.text, told.params)
            for told in draft_problems(session, draft, here.now)
        ]
        if filing.answers.get("lend_tariff") and not _is_in_force(session, draft):
            text = N_("没有这个编号的、到时施行的收费标准")
            problems.append(FieldProblem("lend_tariff", "tariff_unknown", text))
        return problems

    def carry_out(self, session: Session, actor: Actor, filing: Filing, number: str, here: Ground) -> Carried:
        certificate = standing_certificate(session, filing.lot_id, filing.organisation_id)
        draft = _draft(session, filing, filing.answers, here)
        told = agree(session, actor, filing, draft, here)
        return Carried(certificate, content={"agreement_number": told})


def _draft(session: Session, filing: Filing, told: Mapping[str, Any], here: Ground) -> AgreementDraft:
    authority = str(here.city.told("filings.authority_zh", here.city.name_zh))
    return AgreementDraft(
        lot_id=filing.lot_id or "",
        organisation_id=filing.organisation_id,
        filing_id=filing.id,
        parties={
            Party.OWNER: PartyDraft(told["lend_owner"], told["lend_owner_desk"], told["lend_owner_duties"]),
            Party.OPERATOR: PartyDraft(
                filing.organisation_name, told["lend_operator_desk"], told["lend_operator_duties"]
            ),
            Party.SUPERVISOR: PartyDraft(
                authority, str(here.city.told("site.phone") or authority), _SUPERVISES
            ),
        },
        parts=_parts(told),
        from_on=date.fromisoformat(told["lend_from_on"]),
        until_on=date.fromisoformat(told["lend_until_on"]),
        notice_days=int(told["lend_notice_days"]),
        withdraw_before_minutes=int(told["lend_withdraw_hours"]) * 60,
        grace_minutes=int(told["lend_grace_minutes"]),
        overstays_suspend=told.get("lend_overstays") or None,
        on_overstay=told["lend_on_overstay"],
        insurance=told.get("lend_insurance") or "",
        house_rules=told.get("lend_house_rules") or "",
        tariff_id=tariffs.tariff_by_code(session, code) if (code := told.get("lend_tariff")) else None,
    )


def _is_in_force(session: Session, draft: AgreementDraft) -> bool:
    """Whether the tariff of its own that was named is there and holds on the first day."""
    if draft.tariff_id is None:
        return False
    return tariffs.tariff_view(session, draft.tariff_id, draft.from_on).in_force is not None


def _parts(told: Mapping[str, Any]) -> tuple[PartDraft, ...]:
    """Every lent space is given away in each window."""
    counts = [(each, int(told.get(lent_key(each)) or 0)) for each in LENDABLE]
    return tuple(PartDraft(each, count, told["lend_hours"], count) for each, count in counts if count)


def _asked_as(field: str, draft: AgreementDraft) -> str:
    """How the task list calls a field of an agreement."""
    if field.startswith("parts["):
        number, _, name = field.removeprefix("parts[").partition("].")
        return "lend_hours" if name == "opening_hours" else lent_key(draft.parts[int(number)].space_class)
    return _ASKED_AS.get(field, field)
