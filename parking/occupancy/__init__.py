"""How many spaces are free, how old is that number, how good?"""
