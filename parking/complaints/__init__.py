"""What citizens and officers report of a lot: count wrong, closed, fee wrong, overstay, blocked."""
