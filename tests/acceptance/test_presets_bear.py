"""Does a preset keep the good records whatever stands beside them? Turned round, told twice, broken, none."""

import csv
import io
import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from lxml import etree

from integrations.documents import decoded
from integrations.sources.mapped.presets import PRESETS
from integrations.sources.mapped.protocol import parse
from integrations.sources.mapped.reading import read_mapping
from integrations.sources.mapped.schema import Document, Format
from parking.boundary.feeds import Parsed
from tests.acceptance.test_presets import READ, asking, data

pytestmark = pytest.mark.real_data

# So many records of a long list are enough.
_MOST = 150
Change = Callable[[list[Any]], list[Any]]
# Files of many snapshots keep the newest of what is told again; the workbook and the card are small.
SINGLE = [
    row for row in READ if row[1].rpartition(".")[2] not in ("gz", "xlsx") and row[0] != "shenzhen_card"
]


class Body:
    """A document whose list of records may be changed before it is written again."""

    def __init__(self, preset: str, part: str, body: bytes) -> None:
        mapping = read_mapping(PRESETS[preset])
        told = mapping.lots if part == "lots" else mapping.counts
        assert told is not None
        steps = told.records.steps
        self.steps: list[str] = [str(step) for step in steps[: steps.index("*")]]
        self.document: Document = told.document
        self.body = body

    def changed(self, change: Change) -> bytes:
        if self.document.format is Format.CSV:
            return self._csv(change)
        return self._xml(change) if self.document.format is Format.XML else self._json(change)

    def broken(self) -> list[Any]:
        """Records from which nothing can be taken."""
        if self.document.format is Format.CSV:
            return [["x"] * 200, []]
        return [etree.Element("x")] if self.document.format is Format.XML else [None, {}, 7, "x", []]

    def _csv(self, change: Change) -> bytes:
        told = io.StringIO(decoded(self.body), newline="")
        head, *rows = csv.reader(told, delimiter=self.document.delimiter)
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=self.document.delimiter).writerows([head, *change(rows)])
        return out.getvalue().encode()

    def _json(self, change: Change) -> bytes:
        holder = {"": json.loads(decoded(self.body))}
        place: Any = holder
        *above, last = ["", *self.steps]
        for step in above:
            place = place[step]
        place[last] = change(place[last])
        return json.dumps(holder[""]).encode()

    def _xml(self, change: Change) -> bytes:
        root = etree.fromstring(self.body)
        *above, name = self.steps
        [place] = root.xpath("/" + "".join(f"/*[local-name()='{step}']" for step in above)[1:] or "/*")
        records = [child for child in place if etree.QName(child.tag).localname == name]
        for record in records:
            place.remove(record)
        place.extend(change(records))
        return etree.tostring(root)


def taken(parsed: Parsed) -> tuple[dict[Any, Any], ...]:
    by_id = {entry.external_id: entry for entry in (*parsed.lots, *parsed.candidates)}
    return by_id, {(count.external_id, count.space_class): count for count in parsed.counts}


@pytest.mark.parametrize("row", SINGLE, ids=lambda row: f"{row[0]}-{row[1].rpartition('/')[2]}")
def test_good_records_stay_whatever_stands_beside_them(row: tuple[Any, ...]) -> None:
    preset, file, asked, at = row[:4]
    body = Body(preset, asked[0], data(file).read_bytes())

    def read(change: Change) -> Parsed:
        return parse(body.changed(lambda records: change(records[:_MOST])), asking(preset, asked, at))

    good = taken(read(list))
    assert any(good)
    assert taken(read(lambda records: records[::-1])) == good
    assert taken(read(lambda records: [*records, *deepcopy(records)])) == good
    assert taken(read(lambda records: [*body.broken(), *records])) == good
    assert read(lambda records: []) == Parsed()
