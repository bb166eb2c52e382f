"""By what does a source know us? Set, replaced and removed here; its secret is never shown again."""

from __future__ import annotations

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from parking.accounts.rules import Permission
from parking.boundary.credentials import Credential, CredentialKind
from parking.guidance import queries, service
from parking.guidance.queries import outgoing
from parking.guidance.rules.credentials import LONGEST_PEM
from parking.kernel.errors import N_
from parking.portals._http import auth, forms, work
from parking.portals._http.pages import Pages
from parking.portals._http.services import services
from parking.portals.bureau import desk

pages = Pages("bureau_source_credentials", __name__, "bureau")
_EDIT = Permission.BUREAU_SOURCES_EDIT

KINDS = {
    CredentialKind.BASIC: N_("用户名和密码（Basic）"),
    CredentialKind.BEARER: N_("令牌（Bearer）"),
    CredentialKind.HEADER: N_("请求头"),
    CredentialKind.QUERY: N_("地址参数"),
    CredentialKind.CERTIFICATE: N_("客户端证书"),
}


@pages.get("/sources/<path:name>/credential", permission=_EDIT)
def credential(name: str) -> Response:
    """What is set, without what is secret of it, and the form that sets another."""
    session = work.session()
    source = queries.by_name(session, name)
    view = outgoing.credential_view(session, source.id)
    return desk.page(
        "sources/credential.html",
        source=source,
        view=view,
        set_by=desk.names_of([view.set_by])(view.set_by) if view else "",
        origin_options=[(each, each) for each in outgoing.origins(session, source.id)],
        kinds=KINDS,
        kind_options=desk.options(KINDS),
    )


@pages.post("/sources/<path:name>/credential", permission=_EDIT)
def keep(name: str) -> BaseResponse:
    """Show the source this from now on."""
    session = work.session()
    kind = next((each for each in CredentialKind if each == forms.sent("kind")), CredentialKind.BASIC)
    goes_to = service.set_credential(
        session,
        auth.caller().actor,
        queries.by_name(session, name).id,
        Credential(kind, _secret(kind), forms.sent("name")),
        services().sealer,
        desk.now(),
        origin=forms.sent("origin") or None,
    )
    flash(gettext("访问凭据已保存，只发往 %(origin)s", origin=goes_to))
    return redirect(url_for(".credential", name=name), 303)


@pages.post("/sources/<path:name>/credential/remove", permission=_EDIT, form="credential")
def remove(name: str) -> BaseResponse:
    """Show the source nothing any more."""
    session = work.session()
    service.remove_credential(session, auth.caller().actor, queries.by_name(session, name).id, desk.now())
    flash(gettext("访问凭据已删除"))
    return redirect(url_for(".credential", name=name), 303)


def _secret(kind: CredentialKind) -> str:
    """What was typed or uploaded; a form that is refused comes back without either."""
    if kind is not CredentialKind.CERTIFICATE:
        return forms.sent("password")
    told = request.files.get("pem")
    return told.read(LONGEST_PEM + 1).decode("ascii", "replace") if told else ""
