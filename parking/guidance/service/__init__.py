"""What can be done with sources: add, change and link them, claim what is due, record what came of it."""

from parking.guidance.service.claims import claim_due, claim_one, give_back
from parking.guidance.service.credentials import credential_for, remove_credential, set_credential
from parking.guidance.service.exchanges import forget_exchanges
from parking.guidance.service.links import link_lot, link_lots, unlink_lot
from parking.guidance.service.mappings import restore_mapping, save_mapping, use_mapping
from parking.guidance.service.preview import preview
from parking.guidance.service.recording import Recorded, record_pull
from parking.guidance.service.sources import Loaded, add_source, allow_networks, change_source, load_sources
from parking.guidance.service.switching import disable, enable, hold_as_previewed, switch_on
from parking.guidance.service.turns import limit_host

__all__ = [
    "Loaded",
    "Recorded",
    "add_source",
    "allow_networks",
    "change_source",
    "claim_due",
    "claim_one",
    "credential_for",
    "disable",
    "enable",
    "forget_exchanges",
    "give_back",
    "hold_as_previewed",
    "limit_host",
    "link_lot",
    "link_lots",
    "load_sources",
    "preview",
    "record_pull",
    "remove_credential",
    "restore_mapping",
    "save_mapping",
    "set_credential",
    "switch_on",
    "unlink_lot",
    "use_mapping",
]
