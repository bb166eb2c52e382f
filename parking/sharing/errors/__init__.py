"""What can be wrong with sharing?"""

from parking.sharing.errors.passes import PassesTooFast, PassesTooMany, PassRefused, PassUnknown

__all__ = ["PassRefused", "PassUnknown", "PassesTooFast", "PassesTooMany"]
