"""What crosses the city's boundary, whatever the dialect?"""
