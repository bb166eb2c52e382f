"""Any vendor that signs sorted parameters, told by a profile."""

from integrations.gates.sorted_profile.profile import Profile, ProfileWrong, load_profile
from integrations.gates.sorted_profile.protocol import SortedProfile, profile_of, shipped_profiles

DIALECT = SortedProfile()

__all__ = ["DIALECT", "Profile", "ProfileWrong", "load_profile", "profile_of", "shipped_profiles"]
