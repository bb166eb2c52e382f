"""Which share of the mutants did the tests notice? Reads what mutmut counted; fails below 90 %."""

from __future__ import annotations

import json
import sys
from pathlib import Path

LEAST = 0.9


def main() -> int:
    counted = json.loads(Path("mutants/mutmut-cicd-stats.json").read_text())
    noticed = counted["killed"] + counted["timeout"] + counted["segfault"]
    tried = noticed + counted["survived"] + counted["no_tests"] + counted["suspicious"]
    if not tried:
        sys.stderr.write("no mutant was tried\n")
        return 2
    sys.stdout.write(f"{noticed} of {tried} mutants noticed: {noticed / tried:.1%} (at least {LEAST:.0%})\n")
    return int(noticed < LEAST * tried)


if __name__ == "__main__":
    sys.exit(main())
