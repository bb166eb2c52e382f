"""How many of 231 signs of car parks in Singapore are understood, and are the proposals sound?"""

from __future__ import annotations

import csv
import os
from collections import Counter
from pathlib import Path

import pytest

from parking.tariffs.rules.document import read, write
from parking.tariffs.rules.prose import COLUMNS, Proposal, Understanding, propose_columns


@pytest.fixture(scope="module")
def proposals() -> dict[str, Proposal]:
    file = Path(os.environ["PARKING_REAL_DATA"]) / "sg" / "lta_carpark_rates.csv"
    with file.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    return {
        f"{number} {row['carpark']}": propose_columns({column: row[column] for column in COLUMNS})
        for number, row in enumerate(rows, 1)
    }


def test_three_of_four_signs_are_wholly_understood(proposals: dict[str, Proposal]) -> None:
    found = Counter(each.understanding for each in proposals.values())
    assert len(proposals) == 231
    assert found[Understanding.WHOLE] >= 150
    assert found[Understanding.WHOLE] + found[Understanding.SILENT] >= 0.75 * len(proposals)


def test_each_proposal_reads_back_as_it_was_meant(proposals: dict[str, Proposal]) -> None:
    for name, proposal in proposals.items():
        if proposal.document is not None:
            assert write(read(proposal.document)) == proposal.document, name
        else:
            assert proposal.not_understood, name
        assert proposal.currency in ("SGD", "CNY"), name


def test_a_price_per_minute_in_parts_of_a_cent_is_refused_not_rounded(proposals: dict[str, Proposal]) -> None:
    [burghley] = [each for name, each in proposals.items() if name.endswith("45 Burghley Drive")]
    assert burghley.document is None
    [airport] = [each for name, each in proposals.items() if "Changi Airport" in name]
    assert airport.document is None
