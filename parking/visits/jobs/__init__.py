"""What do passages, visits and charges need done by itself?"""
