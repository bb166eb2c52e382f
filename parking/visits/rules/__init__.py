"""What is decided about passages, visits and charges without asking anything?"""
