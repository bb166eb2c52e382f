"""Which window did a form choose to be taken back?"""

from __future__ import annotations

from parking.kernel.errors import N_, FieldProblem
from parking.portals._http import work
from parking.portals._http.forms import sent
from parking.sharing.errors.agreements import AgreementRefused, WindowUnknown
from parking.sharing.queries.windows import WindowView, window


def window_sent(agreement_id: str) -> WindowView:
    """The window of this agreement. Raises AgreementRefused where none was chosen, WindowUnknown."""
    chosen = sent("window")
    if not chosen:
        raise AgreementRefused(problems=[FieldProblem("window", "missing", N_("请选择时段"))], count=1)
    found = window(work.session(), chosen)
    if found is None or found.agreement_id != agreement_id:
        raise WindowUnknown
    return found
