"""Which kinds of filing are there?"""

from parking.filings.kinds.change import ChangeKind
from parking.filings.kinds.closure import Closure
from parking.filings.kinds.kind import Carried, Kind
from parking.filings.kinds.registration import Registration, free_lot
from parking.filings.kinds.renewal import Renewal
from parking.filings.kinds.sharing import Sharing
from parking.filings.rules import FilingKind

KINDS: dict[FilingKind, Kind] = {
    FilingKind.REGISTRATION: Registration(),
    FilingKind.CHANGE: ChangeKind(),
    FilingKind.RENEWAL: Renewal(),
    FilingKind.CLOSURE: Closure(),
    FilingKind.SHARING: Sharing(),
}

__all__ = ["KINDS", "Carried", "Kind", "free_lot"]
