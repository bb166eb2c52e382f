"""How are spaces lent, and vehicles let in to them?"""
