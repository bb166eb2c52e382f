"""Payment networks beside ETC."""
