"""Which lots exist, whose are they, and how many spaces do they have on a date?"""
