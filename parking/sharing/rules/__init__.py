"""What may be lent, passed and booked?"""
