"""What does every page say of its city? Names, the bureau, and whether it is a demonstration."""

from __future__ import annotations

from flask import Flask
from flask_babel import gettext

from parking.portals._http.i18n import language
from parking.portals._http.services import services


def site() -> dict[str, object]:
    """The names for the templates, from the city's profile; nothing while it is not read yet.

    The profile's [site] may name `bureau_zh`, `bureau_en`, `phone`, `icp` and say `demo`.
    """
    lookup = services().lookup
    if not lookup.ready:
        return {}
    city = lookup.city
    is_chinese = language() == "zh"
    name = city.name_zh if is_chinese else city.name_en
    return {
        "site_name": gettext("%(city)s停车服务", city=name),
        "bureau_name": city.told("site.bureau_zh" if is_chinese else "site.bureau_en"),
        "phone": city.told("site.phone"),
        "icp": city.told("site.icp"),
        "demo_data": bool(city.told("site.demo")),
    }


def init_site(app: Flask) -> None:
    """Let every template of an app know its city."""
    app.context_processor(site)
