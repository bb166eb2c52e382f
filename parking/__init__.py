"""The parking platform of one city: one register, one platform, one operation."""
