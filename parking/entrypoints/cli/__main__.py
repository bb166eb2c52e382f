"""`python -m parking.entrypoints.cli` is the same as `parking`."""

from parking.entrypoints.cli import main

main()
