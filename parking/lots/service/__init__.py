"""What may be done to the register?"""

from parking.lots.service.certificates import put_certificate
from parking.lots.service.importing import ImportReport, import_lots
from parking.lots.service.register import change_lot, mark_connected, register_lot
from parking.lots.service.spaces import correct_spaces_to, record_spaces

__all__ = [
    "ImportReport",
    "change_lot",
    "correct_spaces_to",
    "import_lots",
    "mark_connected",
    "put_certificate",
    "record_spaces",
    "register_lot",
]
