"""The citizens' look-up: pages and public JSON, no login."""
