"""Which passes stand, what is lent, what is booked, and what was used?"""
