"""Do the metrics stay few, whatever is asked?"""

from __future__ import annotations

from flask import Flask

from parking.portals._http.observability import REQUESTS, init_observability


def test_a_method_that_somebody_made_up_gets_no_meter_of_its_own() -> None:
    app = Flask(__name__)
    init_observability(app)
    client = app.test_client()
    for number in range(3):
        assert client.open("/", method=f"MADE-UP-{number}").status_code == 404
    told = {sample.labels["method"] for metric in REQUESTS.collect() for sample in metric.samples}
    assert "other" in told
    assert not {method for method in told if method.startswith("MADE-UP")}
