"""Reports upward to a city operations centre."""
