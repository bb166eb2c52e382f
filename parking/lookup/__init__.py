"""Where may a citizen park, near here, at that time, for that long?"""
