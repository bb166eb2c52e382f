"""How heavy is the citizens' list on a first visit: the page and all that it loads, as sent?"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urljoin

from bench.fees import services_over
from parking.bootstrap import configure_logging
from parking.portals._http.app import create_app
from parking.portals.citizen import api, pages
from parking.settings import Settings

_LOTS = 1_000
_FIGURE = "the citizens' list, 20 rows with fees, and all that it loads, compressed"
# Wide enough for a full list of rows.
_PAGE = "/?lat=32.05&lon=120.65&radius=20000"
# What a page names, what a style sheet draws on, and which modules a module imports.
_LOADED = re.compile(
    r"""<(?:script|link|img|source|iframe)\b[^>]*?\s(?:src|href)="([^"#]+)"|\burl\(["']?(?!data:)([^"')]+)"""
    r"""|^\s*(?:import|export)\b[^"';]*["'](\.{0,2}/[^"']+)["']""",
    re.M,
)


def run(progress: Any) -> list[dict]:
    """The list near the centre of a made-up city with fees, in kB (1,000 bytes), as browsers are sent it.

    Bodies only: headers depend on the server before it.
    """
    task = progress.add_task("page weight", total=1)
    configure_logging(Settings(log_level="warning"))
    client = create_app(services_over(_LOTS), [pages.blueprint], [api.blueprint]).test_client()
    sent: dict[str, int] = {}
    ahead = [_PAGE]
    while ahead:
        address = ahead.pop()
        if address in sent:
            continue
        sent[address], text = _asked(client, address)
        ahead += [urljoin(address, next(filter(None, named))) for named in _LOADED.findall(text)]
    progress.advance(task)
    figure = {"name": _FIGURE, "value": sum(sent.values()) / 1000, "unit": "kB"}
    return [{**figure, "limit": 60, "better": "lower"}]


def _asked(client: Any, address: str) -> tuple[int, str]:
    """The bytes that are sent, and the text to look through; nothing else could load anything."""
    headers = {"Accept-Language": "zh"}
    with client.get(address, headers={**headers, "Accept-Encoding": "gzip"}) as packed:
        if packed.status_code != 200:
            raise RuntimeError(f"{address} answers {packed.status_code}")
        length = len(packed.data)
    with client.get(address, headers=headers) as plain:
        return length, plain.text if plain.mimetype.startswith("text/") else ""
