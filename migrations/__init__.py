"""How did the schema come to be? One change a file, in order, so written that yesterday's code still runs."""
