"""What do prices in prose mean? `parking tariffs propose FILE`: documents to confirm, nothing is kept."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from zoneinfo import available_timezones

import click
import orjson

from parking.entrypoints.cli import showing
from parking.entrypoints.cli.words import sentence
from parking.tariffs.rules import prose
from parking.tariffs.rules.prose import COLUMNS, Phrase, Proposal, Understanding

_NAMES = ("name", "carpark", "名称", "停车场")
_TEXTS = ("text", "price", "价格", "收费标准")
_TOLD = {
    Understanding.WHOLE: "wholly understood",
    Understanding.SILENT: "wholly understood, but silent about hours or days",
    Understanding.PARTLY: "partly understood",
    Understanding.NOT: "not understood",
}


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write a json file for each row into this folder (made if need be).",
)
@click.option("--time-zone", default="Asia/Shanghai", show_default=True, help="The lots' zone.")
@click.option("--dollar", default="USD", show_default=True, help="The currency that $ means.")
def propose(file: Path, out: Path | None, time_zone: str, dollar: str) -> None:
    """Read prices in prose and propose tariffs, for a person to confirm; docs/tariffs.md tells how.

    FILE is a text file with one price a line, or a csv with a column of names and one of texts (name, text),
    or with the columns of Singapore's list of rates. Each row that is not wholly understood is told, with
    what was not. Nothing is saved as a draft, and nothing is published.
    """
    if time_zone not in available_timezones():
        raise click.BadParameter(f"no time zone {time_zone}", param_hint="--time-zone")
    try:
        rows = list(_rows(file))
    except csv.Error as problem:
        raise click.ClickException(f"{file}: {problem}") from problem
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    kinds: Counter[Understanding] = Counter()
    documents = 0
    foreign: Counter[str] = Counter()
    with showing.progress() as progress:
        for number, (name, cells) in enumerate(progress.track(rows, description="rows"), 1):
            try:
                proposal = _propose(cells, time_zone, dollar)
            except ValueError as problem:
                raise click.ClickException(f"{file}: row {number}: {problem}") from problem
            kinds[proposal.understanding] += 1
            documents += proposal.document is not None
            foreign[proposal.currency] += proposal.document is not None
            _tell(number, name, proposal)
            if out is not None:
                body = orjson.dumps(_written(name, cells, proposal), option=orjson.OPT_INDENT_2)
                (out / f"{number:05}.json").write_bytes(body + b"\n")
    click.echo(f"{len(rows)} rows: " + "; ".join(f"{kinds[kind]} {_TOLD[kind]}" for kind in Understanding))
    click.echo(f"{documents} documents proposed: confirm each, then try it on examples. Nothing was kept.")
    for currency, number in (foreign - Counter({"CNY": documents})).items():
        click.echo(f"{number} of them are in {currency}, not in yuan: nothing is converted, set each amount.")


def _propose(cells: Mapping[str, str], time_zone: str, dollar: str) -> Proposal:
    if "" in cells:
        return prose.propose(cells[""], time_zone=time_zone, dollar=dollar)
    return prose.propose_columns(cells, time_zone=time_zone, dollar=dollar)


def _rows(file: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Each row's name and texts: by column, or one under the empty name."""
    lines = _text(file).splitlines()
    if file.suffix.lower() != ".csv":
        yield from ((line.strip()[:40], {"": line.strip()}) for line in lines if line.strip())
        return
    table = csv.DictReader(lines)
    heads = table.fieldnames or ()
    name = next((head for head in heads if head.strip().lower() in _NAMES), None)
    text = next((head for head in heads if head.strip().lower() in _TEXTS), None)
    if text is None and not COLUMNS.keys() <= set(heads):
        wanted = f"{_TEXTS[0]}, or {', '.join(COLUMNS)}"
        raise click.ClickException(f"{file}: no column of prices; wanted: {wanted}")
    for row in table:
        cells = {"": row[text] or ""} if text else {column: row[column] or "" for column in COLUMNS}
        yield (row[name] if name else "") or "", cells


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except UnicodeDecodeError:
        return file.read_text("gb18030", errors="replace")


def _tell(number: int, name: str, proposal: Proposal) -> None:
    """A line for what is left of a row."""
    if proposal.understanding is not Understanding.WHOLE:
        left = "; ".join(_line(phrase) for phrase in proposal.not_understood)
        click.echo(f"{number}: {name}: {proposal.understanding}: {left or '-'}", err=True)


def _line(phrase: Phrase) -> str:
    told = sentence(phrase.text, _money(phrase.params), os.environ)
    return f"“{phrase.words}” {told}" if phrase.words else told


def _money(params: Mapping[str, int | str]) -> dict[str, int | str]:
    return {
        name: f"{value / 100:.2f}" if name.endswith("_fen") and isinstance(value, int) else value
        for name, value in params.items()
    }


def _written(name: str, cells: Mapping[str, str], proposal: Proposal) -> dict[str, object]:
    return {
        "name": name,
        "text": cells[""] if "" in cells else dict(cells),
        "understanding": proposal.understanding,
        "currency": proposal.currency,
        "document": proposal.document,
        "understood": _phrases(proposal.understood),
        "assumed": _phrases(proposal.assumed),
        "not_understood": _phrases(proposal.not_understood),
    }


def _phrases(phrases: Sequence[Phrase]) -> list[dict[str, object]]:
    return [
        {
            "column": phrase.place,
            "from": phrase.start,
            "until": phrase.end,
            "words": phrase.words,
            "became": sentence(phrase.text, _money(phrase.params), os.environ),
        }
        for phrase in phrases
    ]
