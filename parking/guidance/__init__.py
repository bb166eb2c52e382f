"""Which sources do we pull, when, and how are they?"""
