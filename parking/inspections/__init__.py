"""What was found on the ground, and was it put right?"""
