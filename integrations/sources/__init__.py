"""Feeds of lots and counts that we pull."""
