"""In a basement without a signal: what is sent stays in the page, says so, and arrives once."""

from __future__ import annotations

import threading
from io import BytesIO

from PIL import Image
from playwright.sync_api import Browser, expect
from werkzeug.serving import make_server

from parking.inspections import queries
from tests.browser.conftest import PATIENCE_MS, _Quiet
from tests.flows.test_inspections import Bureau, bureau, with_a_finding

__all__ = ["bureau"]


def a_large_photo() -> bytes:
    content = BytesIO()
    Image.effect_noise((2400, 1800), 80).convert("RGB").save(content, "JPEG", quality=90)
    return content.getvalue()


def test_what_cannot_be_sent_stays_in_the_form_and_says_so(browser: Browser, bureau: Bureau) -> None:
    finding = with_a_finding(bureau)
    finding_id = finding.rsplit("/", 1)[1]
    web = make_server("127.0.0.1", 0, bureau.app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=web.serve_forever, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{web.server_port}"
    token = bureau.inspector.client.get_cookie("bureau_session")
    context = browser.new_context(viewport={"width": 360, "height": 780}, locale="zh-CN")
    context.set_default_timeout(PATIENCE_MS)
    try:
        assert token
        context.add_cookies([{"name": "bureau_session", "value": token.value, "url": address}])
        page = context.new_page()
        page.goto(address + finding)
        photo = a_large_photo()
        page.set_input_files("#photo", {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": photo})
        context.set_offline(True)
        page.get_by_role("button", name="上传").click()
        expect(page.get_by_role("alert").get_by_text("没有发出去")).to_be_visible()
        context.set_offline(False)
        page.get_by_role("button", name="上传").click()
        expect(page.get_by_text("照片已收到")).to_be_visible()

        page.goto(f"{address}{finding}/withdraw")
        page.get_by_label("理由").fill("同一处已登记")
        context.set_offline(True)
        page.get_by_role("button", name="撤回").click()
        expect(page.get_by_role("alert").get_by_text("没有发出去")).to_be_visible()
        assert page.get_by_label("理由").input_value() == "同一处已登记"
        with bureau.sessions() as session:
            assert queries.finding(session, finding_id).state == "found", "nothing is sent behind one's back"
        context.set_offline(False)
        page.get_by_role("button", name="撤回").click()
        expect(page.get_by_text("已撤回")).to_be_visible()
    finally:
        context.close()
        web.shutdown()
        thread.join()
        web.server_close()
    with bureau.sessions() as session:
        seen = queries.finding(session, finding_id)
    assert [paper.size < len(photo) / 2 for paper in seen.papers] == [True], "made smaller before it was sent"
