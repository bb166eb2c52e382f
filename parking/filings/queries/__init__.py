"""What was filed, what waits, what holds?"""
