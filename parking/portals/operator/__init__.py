"""The lot operators' registration portal."""
