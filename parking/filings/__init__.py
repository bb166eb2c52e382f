"""What does an operator submit, and what does the bureau decide?"""
