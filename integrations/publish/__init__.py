"""Formats in which we publish."""
