"""How heavy is the citizens' list on a first visit: the page and all that it loads, as sent?"""

from __future__ import annotations

import re
from typing import Any

from bench.nearby import services_over
from parking.bootstrap import configure_logging
from parking.portals._http.app import create_app
from parking.portals.citizen import api, pages
from parking.settings import Settings

_LOTS = 1_000
_LOADED = re.compile(r'<(?:script|link)[^>]*(?:src|href)="(/[^"]+)"')


def run(progress: Any) -> list[dict]:
    """The list near the centre of a made-up city, in kB (1,000 bytes), compressed as browsers ask for it."""
    task = progress.add_task("page weight", total=1)
    configure_logging(Settings(log_level="warning"))
    client = create_app(services_over(_LOTS), [pages.blueprint], [api.blueprint]).test_client()
    page = client.get("/", headers={"Accept-Encoding": "gzip", "Accept-Language": "zh"})
    text = client.get("/", headers={"Accept-Language": "zh"}).text
    sent = len(page.data)
    for address in sorted(set(_LOADED.findall(text))):
        with client.get(address, headers={"Accept-Encoding": "gzip"}) as part:
            sent += len(part.data)
    progress.advance(task)
    figure = {"name": "the citizens' list, everything, compressed", "value": sent / 1000, "unit": "kB"}
    return [{**figure, "limit": 60, "better": "lower"}]
