"""What is a plate here: its kinds, its keyed hash, its masked form, and the keys that are destroyed?"""
