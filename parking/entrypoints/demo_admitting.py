"""Which clouds are told who may enter the demo city's shared lots? Those that the simulator plays."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from secrets import token_hex
from typing import Any

from sqlalchemy.orm import Session

from integrations.registry import ALLOW_LIST_PUSHES
from parking.entrypoints import demo_city
from parking.kernel.actors import CLI
from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.sealing import Sealer
from parking.lots import queries as lots
from parking.sharing.queries.pushes import push_views
from parking.sharing.rules.pushes import PushDraft
from parking.sharing.service import pushes

_APP_ID = "12250"
_THIS_MACHINE = ("127.0.0.0/8",)


def tell_clouds(sessions: Sessions, clock: Clock, sealer: Sealer, simulator: str) -> list[Mapping[str, Any]]:
    """Let the clouds at the simulator's address be told; what it must know of them, with fresh secrets."""
    plan = tomllib.loads(demo_city.SHARING.read_text("utf-8"))["clouds"]
    with unit_of_work(sessions) as uow:
        known = {view.lot_code: view.id for view in push_views(uow.session, clock.now())}
        return [_tell(uow.session, told, known, sealer, simulator, clock) for told in plan]


def _tell(
    session: Session,
    told: Mapping[str, Any],
    known: Mapping[str, str],
    sealer: Sealer,
    simulator: str,
    clock: Clock,
) -> Mapping[str, Any]:
    code, secret, address = told["lot"], token_hex(12), f"{simulator}/clouds/{told['lot']}"
    now, push_id = clock.now(), known.get(told["lot"])
    if push_id is None:
        draft = PushDraft(
            lot_id=lots.ids_by_code(session, [code])[code],
            adapter=told["dialect"],
            lot_key=told["lot_key"],
            base_url=address,
            app_id=_APP_ID,
            secret=secret,
            desk_name=told["desk_name"],
            desk_phone=told["desk_phone"],
            allowed_networks=_THIS_MACHINE,
        )
        pushes.add_push(session, CLI, draft, ALLOW_LIST_PUSHES, sealer, now)
    else:
        # The simulator's list is empty again: it is told everything once more.
        pushes.change_address(session, CLI, push_id, address, now)
        pushes.change_secret(session, CLI, push_id, secret, sealer, now)
        pushes.tell_all(session, CLI, push_id, now)
    own = {name: told[name] for name in ("dialect", "lot_key")}
    return {"code": code, "app_id": _APP_ID, "secret": secret, **own}
