"""ETC parking charge networks."""
