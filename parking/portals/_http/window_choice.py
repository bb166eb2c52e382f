"""Which windows can a form choose to be taken back, and which did it choose?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo

from flask_babel import gettext

from parking.kernel.errors import N_, FieldProblem
from parking.kernel.vocabulary import SPACE_CLASS_NAMES
from parking.portals._http import formats, work
from parking.portals._http.forms import sent
from parking.portals._http.sharing_texts import span_with_day
from parking.sharing.errors.agreements import AgreementRefused, WindowUnknown
from parking.sharing.queries.windows import WindowView, window
from parking.sharing.rules.windows import WindowState, may_withdraw


def window_choices(
    windows: Iterable[WindowView], before_minutes: int, now: datetime, zone: tzinfo
) -> list[tuple[str, str]]:
    """Those that may still be withdrawn, up to so many minutes before they open: when, and how many spaces of
    which class. One evening may lend several."""
    return [
        (
            each.id,
            gettext(
                "%(span)s，%(kind)s %(count)s 个",
                span=span_with_day(each, now, zone),
                kind=gettext(SPACE_CLASS_NAMES[each.space_class]),
                count=formats.number(each.quota),
            ),
        )
        for each in windows
        if each.state is WindowState.OPEN and may_withdraw(each.from_at, before_minutes, now)
    ]


def window_sent(agreement_id: str) -> WindowView:
    """The window of this agreement. Raises AgreementRefused where none was chosen, WindowUnknown."""
    chosen = sent("window")
    if not chosen:
        raise AgreementRefused(problems=[FieldProblem("window", "missing", N_("请选择时段"))], count=1)
    found = window(work.session(), chosen)
    if found is None or found.agreement_id != agreement_id:
        raise WindowUnknown
    return found
