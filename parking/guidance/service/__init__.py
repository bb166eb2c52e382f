"""What can be done with sources: add, change and link them, claim what is due, record what came of it."""

from parking.guidance.service.claims import claim_due, claim_one, give_back
from parking.guidance.service.links import link_lot, link_lots
from parking.guidance.service.mappings import restore_mapping, save_mapping, use_mapping
from parking.guidance.service.preview import preview
from parking.guidance.service.recording import Recorded, record_pull
from parking.guidance.service.sources import (
    Loaded,
    add_source,
    allow_networks,
    change_source,
    disable,
    enable,
    load_sources,
)
from parking.guidance.service.switching import switch_on

__all__ = [
    "Loaded",
    "Recorded",
    "add_source",
    "allow_networks",
    "change_source",
    "claim_due",
    "claim_one",
    "disable",
    "enable",
    "give_back",
    "link_lot",
    "link_lots",
    "load_sources",
    "preview",
    "record_pull",
    "restore_mapping",
    "save_mapping",
    "switch_on",
    "use_mapping",
]
