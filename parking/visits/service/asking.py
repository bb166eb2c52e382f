"""Who speaks to the networks? One place, between two short transactions, never inside one.

Before a network is called, a row says so; whatever happens to this process, the next one then queries what
became of the charge instead of asking for another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

from parking.boundary.charges import ChargeAnswer, ChargeAsk, ChargeNetwork, ChargeStanding, NetworkSilent
from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import PlateColour
from parking.visits.rules.charges import Way
from parking.visits.service import charges, reconciling, refunding
from parking.visits.service.charges import Claimed

NO_PLATE = "no_plate"
NOT_SET_UP = "network_not_set_up"


class Charging:
    """Asks, queries and refunds; call it with no transaction open.

    `opens` opens a sealed plate; `notify_url` (by a network's name) and `return_url` (by a charge's id) are
    our addresses.
    """

    def __init__(
        self,
        sessions: Sessions,
        clock: Clock,
        networks: Mapping[str, ChargeNetwork],
        *,
        opens: Callable[[bytes], str],
        notify_url: Callable[[str], str],
        return_url: Callable[[str], str],
    ) -> None:
        self._sessions, self._clock = sessions, clock
        self.networks = networks
        self._opens, self._notify_url, self._return_url = opens, notify_url, return_url

    def ask(self, charge_id: str) -> None:
        """Ask for a charge that is due; nothing where another process already does."""
        with unit_of_work(self._sessions) as uow:
            claimed = charges.claim_asking(uow.session, charge_id, self._now())
        if claimed is None:
            return
        network = self.networks.get(claimed.network)
        if network is None:
            # Not asked: the same as a network that never heard of it.
            self._unheard(charge_id, NOT_SET_UP)
            return
        plate = self._opens(claimed.plate_sealed) if claimed.plate_sealed else None
        if network.manifest.etc and plate is None:
            self._hear(ChargeAnswer(charge_id, ChargeStanding.REFUSED, reason=NO_PLATE), Way.REPLY)
            return
        try:
            answer = network.request(self._asking(claimed, network, plate))
        except NetworkSilent as silent:
            self._silent(charge_id, silent.reason)
            return
        self._hear_of(charge_id, answer, Way.REPLY)

    def resolve(self, charge_id: str) -> None:
        """Query what became of a charge that is open, in doubt or contradicted, when it is its turn."""
        with unit_of_work(self._sessions) as uow:
            name = charges.claim_query(uow.session, charge_id, self._now())
        network = self.networks.get(name) if name else None
        if network is None:
            return
        try:
            answer = network.query(charge_id)
        except NetworkSilent as silent:
            self._silent(charge_id, silent.reason)
            return
        self._hear_of(charge_id, answer, Way.QUERY)

    def give_back(self, refund_id: str) -> None:
        """Ask for a refund that is due, under its own id every time."""
        with unit_of_work(self._sessions) as uow:
            claimed = refunding.claim_refund(uow.session, refund_id, self._now())
        network = self.networks.get(claimed.network) if claimed else None
        if claimed is None or network is None:
            return
        answer: ChargeAnswer | None
        try:
            answer = network.refund(claimed.charge_id, claimed.refund_id, claimed.amount_fen)
        except NetworkSilent:
            answer = None
        with unit_of_work(self._sessions) as uow:
            refunding.refund_answered(uow.session, refund_id, answer, self._now())

    def compare(self, name: str, on: date) -> None:
        """Compare a network's list of a city day with ours. Raises NetworkSilent; nothing is kept then."""
        theirs = self.networks[name].entries(on)
        with unit_of_work(self._sessions) as uow:
            reconciling.reconcile(uow.session, name, on, theirs, self._now())

    def _asking(self, claimed: Claimed, network: ChargeNetwork, plate: str | None) -> ChargeAsk:
        name = network.manifest.name
        return ChargeAsk(
            charge_id=claimed.charge_id,
            amount_fen=claimed.amount_fen,
            lot_name=claimed.lot_name,
            entered_at=claimed.entered_at,
            left_at=claimed.left_at,
            # A network that a person pays at is told no plate.
            plate=plate if network.manifest.etc else None,
            colour=PlateColour(claimed.colour) if network.manifest.etc else PlateColour.UNKNOWN,
            lane_key=claimed.lane_key,
            return_url=None if network.manifest.etc else self._return_url(claimed.charge_id),
            notify_url=self._notify_url(name),
        )

    def _hear_of(self, charge_id: str, answer: ChargeAnswer, way: Way) -> None:
        """An answer about another charge is no answer."""
        if answer.charge_id == charge_id:
            self._hear(answer, way)
        else:
            self._silent(charge_id, "answer_of_another_charge")

    def _hear(self, answer: ChargeAnswer, way: Way) -> None:
        with unit_of_work(self._sessions) as uow:
            charges.answered(uow.session, answer.charge_id, answer, way, self._now())

    def _silent(self, charge_id: str, reason: str) -> None:
        with unit_of_work(self._sessions) as uow:
            charges.unanswered(uow.session, charge_id, reason, self._now())

    def _unheard(self, charge_id: str, reason: str) -> None:
        with unit_of_work(self._sessions) as uow:
            charges.put_back(uow.session, charge_id, reason, self._now())

    def _now(self) -> datetime:
        return self._clock.now()
