"""What is kept of passes, agreements, windows and bookings?"""

from parking.sharing.models.passes import Pass, PassSeries

__all__ = ["Pass", "PassSeries"]
