"""Is the evidence of repeated ids what the source's own page counts?"""

from __future__ import annotations

from parking.guidance.models import Pull
from parking.guidance.rules.health.tallies import from_json
from parking.guidance.rules.pulls import PullKind
from tests.factories.city import a_city
from tests.unit.guidance.test_mappings import pulled
from tests.unit.guidance.test_previews import HEAD, a_mapped_source


def test_repeated_ids_are_counted_out_of_all_records_of_the_document(session):
    """As the source's own page counts them: what has another fault is told as that."""
    a_city(session)
    rows = [f"L{n},车场{n},32.{100 + n},120.62,50,3\n" for n in range(12)]
    rows += [rows[0].replace(",3\n", ",4\n"), rows[1], rows[2].replace(",3\n", ",-1\n")]
    source_id = a_mapped_source(session, is_on=True, adopts_lots=True)
    body = (HEAD + "".join(rows)).encode()
    pulled(session, source_id, PullKind.STATIC, body)
    pulled(session, source_id, PullKind.LIVE, body)
    course = from_json(session.get_one(Pull, (source_id, "live"), populate_existing=True).tally)
    [answer] = course.answers
    assert (answer.repeated, answer.told) == (course.tally.problem_kinds["repeated"], 15) == (2, 15)
