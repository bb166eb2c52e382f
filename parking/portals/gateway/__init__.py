"""The machine API: gates, ETC, signs, the operations centre."""
