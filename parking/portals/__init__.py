"""How does each audience reach the platform over HTTP?"""
