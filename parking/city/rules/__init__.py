"""What follows from the city's profile and calendar?"""

from parking.city.rules.calendar import Calendar, SpecialDay, seed_days
from parking.city.rules.profile import Profile, part_of, read_profile
from parking.city.rules.view import CityView, DistrictView, LandmarkView

__all__ = [
    "Calendar",
    "CityView",
    "DistrictView",
    "LandmarkView",
    "Profile",
    "SpecialDay",
    "part_of",
    "read_profile",
    "seed_days",
]
