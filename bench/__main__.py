"""How fast is it, on this machine, now? Every bench prints its figures; `--markdown` for the docs."""

from __future__ import annotations

import argparse
import platform
import sys
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from bench import (
    barrier,
    bookings,
    evidence,
    fees,
    freshness,
    import_lots,
    judging,
    levels,
    mapping,
    nearby,
    page_weight,
    passages,
    pull_sources,
    queue_page,
    quotes,
    replay,
    sharing,
    sharing_lookup,
)

BENCHES = {
    "barrier": barrier.run,
    "bookings": bookings.run,
    "evidence": evidence.run,
    "passages": passages.run,
    "nearby": nearby.run,
    "fees": fees.run,
    "freshness": freshness.run,
    "import_lots": import_lots.run,
    "judging": judging.run,
    "levels": levels.run,
    "mapping": mapping.run,
    "page_weight": page_weight.run,
    "pull_sources": pull_sources.run,
    "queue_page": queue_page.run,
    "quotes": quotes.run,
    "replay": replay.run,
    "sharing": sharing.run,
    "sharing_lookup": sharing_lookup.run,
}


def _holds(figure: dict) -> bool | None:
    limit = figure.get("limit")
    if limit is None:
        return None
    return figure["value"] >= limit if figure["better"] == "higher" else figure["value"] <= limit


def _row(figure: dict) -> list[str]:
    limit = figure.get("limit")
    sign = "≥" if figure["better"] == "higher" else "≤"
    verdict = {None: "", True: "holds", False: "MISSED"}[_holds(figure)]
    unit = figure["unit"]
    digits = ",.3g" if figure["value"] < 1000 else ",.0f"
    return [
        figure["name"],
        f"{figure['value']:{digits}} {unit}".strip(),
        f"{sign} {limit:,g} {unit}".strip() if limit is not None else "",
        verdict,
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHES, []], help="which benches (default: all)")
    parser.add_argument("--markdown", action="store_true", help="print a table for docs/performance.md")
    options = parser.parse_args()
    figures: list[dict] = []
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        for name in options.names or BENCHES:
            figures += BENCHES[name](progress)
    head = ["figure", "measured", "limit", ""]
    if options.markdown:
        stamp = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        sys.stdout.write(f"Measured {stamp}, Python {platform.python_version()}, {platform.system()}.\n\n")
        for row in [head, ["---", "---:", "---:", "---"], *map(_row, figures)]:
            sys.stdout.write("| " + " | ".join(row) + " |\n")
    else:
        table = Table(*head)
        for row in map(_row, figures):
            table.add_row(*row)
        Console().print(table)
    return int(any(_holds(figure) is False for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
