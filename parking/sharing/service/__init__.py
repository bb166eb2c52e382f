"""How are spaces lent, and vehicles let in to them?"""

from parking.sharing.service.passes import forget_ended, grant_pass, withdraw_pass

__all__ = ["forget_ended", "grant_pass", "withdraw_pass"]
