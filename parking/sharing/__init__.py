"""Which spaces are lent, when, and to whom?"""
