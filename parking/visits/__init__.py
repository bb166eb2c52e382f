"""What is one vehicle's stay, from entry to settlement?"""
