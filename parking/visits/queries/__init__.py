"""What do readers get of passages, visits and charges?"""
