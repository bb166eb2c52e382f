"""What does docs/sources.md say of a file that a preset reads?"""

from pathlib import Path, PurePath

from parking.boundary.feeds import Parsed, ProblemKind

DOCUMENT = Path(__file__).parents[2] / "docs" / "sources.md"


def line_of(preset: str, file: str, parsed: Parsed) -> str:
    """The line of the table up to what a person says of the rest."""
    counted = ((parsed.lots, "lots"), (parsed.candidates, "without a place"), (parsed.counts, "counters"))
    valid = ", ".join(f"{len(each):,} {word}" for each, word in counted if each)
    faulty = f"{parsed.faulty:,} of {parsed.records:,}" if parsed.faulty else "0"
    told = parsed.problem_counts
    kinds = ((ProblemKind.UNPARSED_FEES, "fees"), (ProblemKind.UNPARSED_HOURS, "hours"))
    prose = ", ".join(f"{told[kind]:,} {word}" for kind, word in kinds if told[kind])
    name = "/".join(PurePath(file).parts[-2:])
    return f"| {preset} | {name} | {valid} | {faulty} | {prose} |"
