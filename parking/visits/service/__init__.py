"""What can be done with passages, visits and charges?"""
