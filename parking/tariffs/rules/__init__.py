"""How much is a stay, line by line, in whole fen?"""

from parking.tariffs.rules.flat import Fee, FeeLine, FlatTariff, flat_fee, free_fee

__all__ = ["Fee", "FeeLine", "FlatTariff", "flat_fee", "free_fee"]
