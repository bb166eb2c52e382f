"""Dialects of devices and vendors that push to us."""
