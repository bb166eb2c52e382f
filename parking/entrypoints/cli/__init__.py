"""The command line: `parking --help`."""
