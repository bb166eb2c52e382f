"""What do the console's pages of complaints share? Where duties reach, names, and what can be done next."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any

from flask import Response
from flask_babel import gettext

from parking.accounts.rules import Permission
from parking.complaints.queries import ComplaintView, Reach
from parking.complaints.rules import ComplaintState, ComplaintStep, may
from parking.kernel.errors import N_
from parking.portals._http.complaint_texts import words
from parking.portals._http.overtaking import saying_who_was_first
from parking.portals.bureau import desk, within

READ, ANSWER = Permission.BUREAU_COMPLAINTS_READ, Permission.BUREAU_COMPLAINTS_ANSWER

# In the order in which they are offered; each has a page of its own.
ACTS = {
    "forward": ComplaintStep.FORWARDED,
    "take": ComplaintStep.TAKEN,
    "answer": ComplaintStep.ANSWERED,
    "close": ComplaintStep.CLOSED,
    "reject": ComplaintStep.REJECTED,
    "join": ComplaintStep.JOINED,
}
ACT_NAMES = {
    "forward": N_("转停车场"),
    "take": N_("主管部门自办"),
    "answer": N_("答复"),
    "close": N_("办结"),
    "reject": N_("不予办理"),
    "join": N_("并入他件"),
}


def reach(permission: Permission) -> Reach:
    """The districts in which the caller may do this."""
    return Reach(districts=within.reach(permission))


def open_acts(seen: ComplaintView) -> list[str]:
    """What an officer can do with it now; what was forwarded is the operator's to answer."""
    acts = [act for act, step in ACTS.items() if may(seen.state, step)]
    return [act for act in acts if act != "answer" or seen.state is ComplaintState.TAKEN]


def name_of(actors: Iterable[str]) -> Callable[[str], str]:
    """How to call actors; whoever complained is a citizen without a name."""
    known = desk.names_of(list(actors))
    return lambda actor: gettext("市民") if actor.startswith("citizen:") else known(actor)


def who_was_first() -> AbstractContextManager[None]:
    """Within it, whoever comes second reads who was first."""
    return saying_who_was_first(lambda actor: name_of([actor])(actor), desk.zone())


def page(template: str, **context: Any) -> Response:
    """A page of complaints."""
    return desk.page(f"complaints/{template}", **words(), **context)
