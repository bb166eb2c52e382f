"""What can be wrong with what is lent, booked and passed?"""
