"""Which words does every feature share?"""
