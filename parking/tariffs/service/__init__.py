"""How does a tariff come into force? Drafted, tried on examples, published by another, given to lots."""

from parking.tariffs.service.assigning import assign
from parking.tariffs.service.drafting import check, create_tariff, rename_tariff, save_draft
from parking.tariffs.service.importing import Imported, import_tariff
from parking.tariffs.service.publishing import publish, withdraw

__all__ = [
    "Imported",
    "assign",
    "check",
    "create_tariff",
    "import_tariff",
    "publish",
    "rename_tariff",
    "save_draft",
    "withdraw",
]
