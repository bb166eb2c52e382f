"""How does a vendor's programmer begin, and why is a signature refused? Two pages without a login."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from time import monotonic

from flask import Blueprint, Response, current_app, make_response, render_template, request
from markdown_it import MarkdownIt
from markupsafe import Markup

from parking.accounts.queries.calls import bodies_received
from parking.kernel.errors import N_
from parking.portals._http import work
from parking.portals._http.services import services
from parking.portals.gateway.api import blueprint as interface
from parking.portals.gateway.debugging import Brought, Diagnosis, Verdict, diagnose, shown
from parking.portals.gateway.errors import TooMany, UnknownDialect
from parking.portals.gateway.rates import Bucket, Buckets, Rate

blueprint = Blueprint(
    "developers",
    __name__,
    url_prefix="/developers",
    template_folder="templates",
    static_folder="static",
    static_url_path="/static",
)

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
# A wide table scrolls in a box of its own, which the keyboard must reach.
_MARKDOWN.add_render_rule("table_open", lambda *_: '<div class="scroll" tabindex="0"><table>\n')
_MARKDOWN.add_render_rule("table_close", lambda *_: "</table></div>\n")
_EXAMPLES = Path(__file__).with_name("examples")
EXAMPLE_FILES = {"curl": "send_passage.sh", "Python": "send_passage.py", "Java": "SendPassage.java"}
_LONGEST = {"client": 64, "id": 200, "timestamp": 20, "signature": 1_000, "content": 20_000}
# Each question tries some hundred signatures; together all askers get a few a second.
_RATE = Rate(5.0, 50)
_ASKERS = "parking_signature_askers"
_WORDS = {
    Verdict.RIGHT: N_("签名正确"),
    Verdict.OLD_KEY: N_("签名正确，但用的是已经失效的旧密钥"),
    Verdict.OTHERWISE: N_("密钥正确，但签名的内容或写法不同"),
    Verdict.NO_MATCH: N_("没有找到相符的签名：密钥不对、接入方编号不对，或正文在签名后改动过"),
}


@blueprint.get("")
def start() -> Response:
    """How to call us, with examples that run."""
    return make_response(
        render_template(
            "gateway/developers.html",
            examples=_examples(),
            operations=sorted(_operations()),
            dialects=[each.manifest for _, each in sorted(services().dialects.items())],
            base=services().public_url + (interface.url_prefix or ""),
        )
    )


@blueprint.get("/dialects/<name>")
def dialect(name: str) -> Response:
    """One maker's dialect: the path to type in, which field becomes what, and our answers."""
    page, found = services().dialect_page, services().dialects.get(name)
    if page is None or found is None:
        raise UnknownDialect
    told = page(name).replace("https://<本平台>", services().public_url)
    shown = Markup(_MARKDOWN.render(told))  # noqa: S704 - our own document; HTML in it is escaped
    return make_response(render_template("gateway/dialect.html", manifest=found.manifest, shown=shown))


@blueprint.get("/signature")
def ask() -> Response:
    """A form for what was sent."""
    return _page({}, None, ())


@blueprint.post("/signature")
def explain() -> Response:
    """The string to sign, and where the one that was signed differs. Keeps nothing of it."""
    buckets: Buckets = current_app.extensions.setdefault(_ASKERS, Buckets({Bucket.READS: _RATE}))
    if not buckets.take("all", Bucket.READS, monotonic()).allowed:
        raise TooMany(retry_after_s=1)
    # A browser sends the line breaks of a text area as CRLF, whatever was pasted.
    typed = {name: request.form.get(name, "").replace("\r\n", "\n")[:most] for name, most in _LONGEST.items()}
    brought = Brought(
        typed["client"].strip(),
        typed["id"].strip(),
        typed["timestamp"].strip(),
        typed["signature"].strip(),
        typed["content"],
    )
    books = services().books
    client = books.now().client(brought.client_id) if books is not None else None
    found = diagnose(client, brought, services().clock.now())
    bodies: list[tuple[int, bool | None]] = []
    if found.verdict is Verdict.RIGHT:
        # Only whoever holds the key is told anything of what reached us.
        received = bodies_received(work.session(), brought.client_id, brought.message_id)
        ours = services().sealer.fingerprint(brought.content.encode())
        # None: its fingerprint was not made under our key and tells nothing.
        bodies = [(length, ours == digest if digest else None) for length, digest in received]
    return _page(typed, found, bodies)


def _page(
    typed: dict[str, str], found: Diagnosis | None, bodies: list[tuple[int, bool | None]] | tuple[()]
) -> Response:
    page = render_template(
        "gateway/signature.html",
        typed=typed,
        found=found,
        bodies=bodies,
        verdicts=_WORDS,
        shown=shown,
        longest=_LONGEST,
        now=services().clock.now(),
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


@lru_cache(maxsize=1)
def _examples() -> dict[str, tuple[str, str]]:
    """Each language's file: name and text."""
    return {
        language: (name, (_EXAMPLES / name).read_text(encoding="utf-8"))
        for language, name in EXAMPLE_FILES.items()
    }


def _operations() -> list[tuple[str, str]]:
    """Address and method of each operation of the gateway."""
    prefix = f"{interface.name}."
    return [
        (rule.rule.replace("<string:", "{").replace(">", "}"), method)
        for rule in current_app.url_map.iter_rules()
        if rule.endpoint.startswith(prefix)
        for method in sorted((rule.methods or set()) & {"GET", "POST"})
    ]
