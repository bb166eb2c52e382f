"""The bureau's console."""
