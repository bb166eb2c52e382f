"""Which decisions about a lot are pure?"""
