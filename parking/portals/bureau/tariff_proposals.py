"""What does a price in prose mean? What was understood and what was not, to be taken over as a draft."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from parking.kernel.errors import N_, FieldProblem
from parking.kernel.vocabulary import LotKind
from parking.portals._http import auth, forms, work
from parking.portals._http.pages import Pages
from parking.portals._http.tariff_texts import in_words
from parking.portals.bureau import desk, tariff_desk
from parking.tariffs import service
from parking.tariffs.errors import TariffRefused
from parking.tariffs.rules.prose import LONGEST_TEXT, Proposal, propose

pages = Pages("bureau_tariff_proposals", __name__, "bureau")
_YUAN = "CNY"
Texts = list[tuple[str, list[tuple[str, bool]]]]


@pages.get("/tariffs/prose", permission=tariff_desk.EDIT)
def prose() -> Response:
    """Where a text is pasted."""
    text = _text() if forms.is_shown_again() else ""
    return _page(text, _understood(text) if 0 < len(text) <= LONGEST_TEXT else None)


@pages.post("/tariffs/prose", permission=tariff_desk.EDIT)
def understand() -> BaseResponse:
    """Show what is understood of the text, or take that over as a draft; nothing is ever published here."""
    text = _text()
    found = _proposal(text)
    if request.form.get("act") != "take" or found.document is None:
        return _page(text, found)
    _refuse_another_currency(found)
    now, actor = desk.now(), auth.caller().actor
    kind = LotKind.ON_STREET if request.form.get("kind") == LotKind.ON_STREET else LotKind.OFF_STREET
    name = request.form.get("name", "")
    tariff_id = service.create_tariff(work.session(), actor, request.form.get("code", ""), name, kind, now)
    version_id = service.save_draft(
        work.session(),
        actor,
        tariff_id,
        found.document,
        desk.today() + timedelta(days=1),
        (),
        now,
        note=_left_over(found),
    )
    flash(gettext("已存为草稿，请对照原文逐项核对，并补上没有读懂的部分"))
    return redirect(url_for("bureau_tariff_editor.edit", version_id=version_id), 303)


def _text() -> str:
    return request.form.get("text", "").replace("\r\n", "\n").strip()


def _understood(text: str) -> Proposal:
    return propose(text, time_zone=desk.city().time_zone)


def _refuse_another_currency(found: Proposal) -> None:
    """Nothing is converted: amounts of another currency are yuan only if a person says so."""
    if found.currency != _YUAN and request.form.get("amounts") != "yes":
        text = N_("原文的货币是 %(currency)s，不是人民币：请确认金额，或把文字改成人民币金额")
        problem = FieldProblem("amounts", "another_currency", text, {"currency": found.currency})
        raise TariffRefused(problems=[problem])


def _left_over(found: Proposal) -> str:
    """What a person has still to see to, for the draft's note."""
    told = []
    if found.currency != _YUAN:
        told.append(gettext("金额是 %(currency)s 的数字，没有换算", currency=found.currency))
    words = gettext("；").join(each.words for each in found.not_understood if each.words)
    if words:
        told.append(gettext("原文没有读懂的部分：%(words)s", words=words))
    return gettext("；").join(told)[:500]


def _proposal(text: str) -> Proposal:
    if not text:
        raise TariffRefused(problems=[FieldProblem("text", "missing", N_("请粘贴收费文字"))])
    if len(text) > LONGEST_TEXT:
        problem = FieldProblem("text", "too_long", N_("最多 %(most)s 个字"), {"most": LONGEST_TEXT})
        raise TariffRefused(problems=[problem])
    return _understood(text)


def _page(text: str, found: Proposal | None) -> Response:
    rules = tariff_desk.rules_of(found.document) if found and found.document else None
    return desk.page(
        "tariffs/prose.html",
        text=text,
        found=found,
        texts=_in_its_money(tariff_desk.texts_of(rules), found) if rules and found else [],
        **tariff_desk.words() | {"in_words": lambda told: _money_of(found, in_words(told))},
    )


def _money_of(found: Proposal | None, told: str) -> str:
    """A sentence with its amounts in the text's own currency."""
    return told if found is None or found.currency == _YUAN else told.replace("¥", f"{found.currency} ")


def _in_its_money(texts: Texts, found: Proposal) -> Texts:
    return [
        (lang, [(_money_of(found, text), is_heading) for text, is_heading in told]) for lang, told in texts
    ]
