"""Which city is this: districts, bounds, calendar, limits?"""
