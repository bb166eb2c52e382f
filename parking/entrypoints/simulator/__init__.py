"""The connected lots of the demo city, played over real HTTP."""
