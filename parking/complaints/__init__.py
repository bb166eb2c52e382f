"""What do citizens and officers report?"""
