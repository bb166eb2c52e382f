"""In which words does a source tell its lots and counts? One file per dialect; all pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from parking.entrypoints.simulator.city import Document, PlayedSource
from parking.entrypoints.simulator.documents import datex2, parkapi_v1, plain, town
from parking.entrypoints.simulator.documents.reading import Reading

JSON_TYPE = "application/json"
XML_TYPE = "application/xml"


def content_type(document: Document) -> str:
    """The media type of a document."""
    return JSON_TYPE if document in (Document.PLAIN, Document.PARKAPI_V1, Document.TOWN) else XML_TYPE


def write(source: PlayedSource, readings: Sequence[Reading], at: datetime, *, live: bool) -> bytes:
    """The source's live document, or its static one, which tells no counts."""
    match source.document:
        case Document.PLAIN:
            return plain.write(source, readings, at, live=live)
        case Document.PARKAPI_V1:
            return parkapi_v1.write(readings, at, live=live)
        case Document.TOWN:
            return town.write(source, readings, at)
        case Document.TABLE | Document.TABLE_GENERIC:
            generic = source.document is Document.TABLE_GENERIC
            table = datex2.status if live else datex2.table
            return table(source.slug, readings, at, generic=generic)
        case Document.FACILITY | Document.FACILITY_GENERIC:
            generic = source.document is Document.FACILITY_GENERIC
            facility = datex2.facility_status if live else datex2.facility_table
            return facility(source.slug, readings, at, generic=generic)
