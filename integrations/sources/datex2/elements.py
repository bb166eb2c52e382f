"""How is a value taken out of a DATEX II element, whatever prefix and version its namespace has?"""

from __future__ import annotations

from functools import cache

from lxml.etree import _Element

_XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


@cache
def path(*names: str) -> str:
    """The path of nested elements of any namespace."""
    return "/".join(f"{{*}}{name}" for name in names)


def value(element: _Element, *names: str) -> str | None:
    """The trimmed text at a path below the element; None where there is none."""
    told = element.findtext(path(*names))
    return told.strip() or None if told is not None else None


def multilingual(element: _Element, name: str) -> str | None:
    """The text of a MultilingualString: the Chinese one if there is one, else the first that is not empty."""
    first: str | None = None
    for entry in element.iterfind(path(name, "values", "value")):
        told = (entry.text or "").strip()
        if told and (entry.get("lang") or "").startswith("zh"):
            return told
        first = first or told or None
    return first


def xsi_type(element: _Element) -> str:
    """The local name of the element's declared type, else an empty text."""
    return (element.get(_XSI_TYPE) or "").rpartition(":")[2]
