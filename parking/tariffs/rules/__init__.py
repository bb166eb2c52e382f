"""How much is a stay, line by line, in whole fen?"""
