"""Files come in by what they hold and leave as attachments; tables leave without formulas."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart

from integrations.storage import LocalFolder
from parking.boundary.files import FileRefused
from parking.kernel.spreadsheets import escaped, unescaped
from parking.portals._http import uploads
from parking.portals._http.sheets import csv_bytes, xlsx_bytes
from tests.adapters import papers


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
    app.extensions["parking"] = SimpleNamespace(files=LocalFolder(tmp_path))

    @app.errorhandler(FileRefused)
    def refused(error: FileRefused) -> tuple[str, int]:
        return f"{error.problems[0].field} {error.code}", 422

    @app.before_request
    def wide() -> None:
        uploads.allow(uploads.BODY_LIMIT)

    @app.post("/in")
    def take() -> dict[str, object]:
        kept = uploads.kept("paper")
        return {"sha256": kept.sha256, "type": kept.media_type, "name": kept.name}

    @app.get("/out/<sha256>")
    def give(sha256: str):
        return uploads.attachment(sha256, "image/png", '平面"图\r\nX: y.png')

    return app.test_client()


def sent(client: FlaskClient, *files: tuple[bytes, str]):
    # The client itself would leave a temporary file open behind a large form.
    parts = [FileStorage(io.BytesIO(content), name) for content, name in files]
    boundary, body = encode_multipart(MultiDict([("paper", part) for part in parts]))
    return client.post("/in", data=body, content_type=f"multipart/form-data; boundary={boundary}")


def test_what_was_sent_goes_out_as_an_attachment_that_nothing_runs(client: FlaskClient) -> None:
    kept = sent(client, (papers.a_png(), "a.png")).json
    answer = client.get(f"/out/{kept['sha256']}")
    assert answer.data.startswith(b"\x89PNG")
    headers = answer.headers
    assert headers["Content-Disposition"].startswith("attachment") and "\n" not in str(
        headers["X-Content-Type-Options"]
    )
    assert "X" not in {name for name, _ in headers} and "UTF-8''" in headers["Content-Disposition"]
    assert headers["Content-Type"] == "image/png" and headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"] and headers["Cache-Control"] == "private, no-store"


def test_a_refusal_stands_at_the_field_of_the_form(client: FlaskClient) -> None:
    assert sent(client, (b"", "a.pdf")).text == "paper file_empty"
    assert client.post("/in", data={"other": "x"}).text == "paper file_missing"
    assert sent(client, (papers.a_pdf() + bytes(20_000_000), "a.pdf")).text == "paper file_too_large"
    # Too long as a whole: refused before anything is read.
    assert sent(client, (bytes(22_000_000), "a.pdf")).text == "file file_too_large"


@given(st.text(st.sampled_from("'\"=+-@＝\t\r\n \x00\u3000a"), max_size=5) | st.text())
def test_no_text_of_a_table_is_a_formula_and_each_comes_back(text: str) -> None:
    cell = escaped(text)
    assert unescaped(cell) == text
    assert cell.lstrip('"\x00\t\r\n \u3000')[:1] not in tuple("=+-@＝＋－＠") or not cell.strip()


def test_a_workbook_keeps_numbers_and_days_and_has_no_formula() -> None:
    rows = [
        [
            "=1+1",
            "+86 512",
            "@x",
            -3,
            2.5,
            date(2026, 11, 21),
            None,
            datetime(2026, 11, 21, 8, tzinfo=UTC),
            "\x01ok",
        ]
    ]
    header = [f"=列{number}" for number in range(9)]
    sheet = load_workbook(io.BytesIO(xlsx_bytes(header, rows))).worksheets[0]
    told = [list(row) for row in sheet.iter_rows(values_only=True)]
    assert told[1][:5] == ["=1+1", "+86 512", "@x", -3, 2.5] and told[1][8] == "ok"
    assert told[1][5].date() == date(2026, 11, 21)
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    (head, line) = csv.reader(io.StringIO(csv_bytes(header, rows).decode("utf-8-sig")))
    assert head[0] == "'=列0"
    assert line[:6] == ["'=1+1", "'+86 512", "'@x", "-3", "2.5", "2026-11-21"]
