"""How does a feature reach PostgreSQL?"""
