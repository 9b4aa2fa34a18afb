"""Static files: answered before Django, as ServeStatic would, with all that a browser may ask of them."""

import gzip
from pathlib import Path
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.contrib.staticfiles.storage import staticfiles_storage
from pytest_django import Settings

import dashboard
from orderstream.static_files import HashedFiles
from orderstream.static_first import StaticFirst
from tests import prepared

PATH = "/static/dashboard/css/tokens.css"
SHEET = (Path(dashboard.__file__).parent / "static/dashboard/css/tokens.css").read_bytes()


async def behind(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b"Django"})


async def answer(
    application: StaticFirst, path: str, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": named}
    browser = ApplicationCommunicator(application, scope)
    await browser.send_input({"type": "http.request", "body": b""})
    start = await browser.receive_output()
    body = b""
    while True:
        part = await browser.receive_output()
        body += part.get("body", b"")
        if not part.get("more_body"):
            break
    await browser.wait()
    said = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return start["status"], said, body


@pytest.mark.parametrize("looks_anew", [False, True])
async def test_a_file_is_answered_whole(settings: Settings, looks_anew: bool) -> None:
    settings.SERVESTATIC_AUTOREFRESH = looks_anew
    status, headers, body = await answer(StaticFirst(behind), PATH)
    assert (status, body) == (200, SHEET)
    assert headers["content-length"] == str(len(SHEET))
    assert headers["content-type"].startswith("text/css")
    assert headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in headers


async def test_only_what_is_asked_for_is_sent() -> None:
    static = StaticFirst(behind)
    status, headers, body = await answer(static, PATH, range="bytes=5-9")
    assert (status, body) == (206, SHEET[5:10])
    assert headers["content-range"] == f"bytes 5-9/{len(SHEET)}"
    assert (await answer(static, PATH, range=f"bytes={len(SHEET)}-"))[0] == 416
    status, headers, body = await answer(static, PATH, "HEAD")
    assert (status, headers["content-length"], body) == (200, str(len(SHEET)), b"")
    status, _, body = await answer(static, PATH, if_none_match=headers["etag"])
    assert (status, body) == (304, b"")
    assert (await answer(static, PATH, "POST"))[0] == 405


@pytest.mark.parametrize("looks_anew", [False, True])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/static/",
        "/static/none.css",
        "/static/../manage.py",
        "/static/%2e%2e/manage.py",
        "/static//etc/passwd",
        "/static/\x00",
        f"/x{PATH}",
    ],
)
async def test_all_else_is_djangos(settings: Settings, path: str, looks_anew: bool) -> None:
    settings.SERVESTATIC_AUTOREFRESH = looks_anew
    assert await answer(StaticFirst(behind), path) == (418, {}, b"Django")


async def test_collected_files_are_kept_for_ever_and_sent_compressed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STATIC_ROOT = str(prepared.static_root())
    monkeypatch.setattr(staticfiles_storage, "_wrapped", HashedFiles())
    settings.SERVESTATIC_USE_FINDERS, settings.SERVESTATIC_USE_MANIFEST = False, True
    url = staticfiles_storage.url("dashboard/css/tokens.css")
    assert url != PATH
    status, headers, body = await answer(StaticFirst(behind), url, accept_encoding="gzip")
    assert (status, headers["content-encoding"], gzip.decompress(body)) == (200, "gzip", SHEET)
    assert "immutable" in headers["cache-control"]
    status, headers, body = await answer(StaticFirst(behind), url)
    assert (status, headers.get("content-encoding"), body) == (200, None, SHEET)
