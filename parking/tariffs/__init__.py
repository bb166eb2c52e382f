"""What does a stay cost, line by line?"""
