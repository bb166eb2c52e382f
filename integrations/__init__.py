"""The outside world: pure translators; no database, no Flask."""
