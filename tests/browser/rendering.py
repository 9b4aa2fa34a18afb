"""Serves pages that a test rendered itself, with the static files that they ask for.

Chromium keeps nothing in its cache while Playwright answers for a server, and a page has ninety files.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any


class Rendered:
    """`html` is what stands at `/`; `url` is where."""

    def __init__(self) -> None:
        self.html, self.url = "", ""


class _Handler(SimpleHTTPRequestHandler):
    # A connection for each file would cost more than the file.
    protocol_version = "HTTP/1.1"

    def __init__(self, rendered: Rendered, *given: Any, **named: Any) -> None:
        self._rendered = rendered
        super().__init__(*given, **named)

    def do_GET(self) -> None:
        if self.path != "/":
            super().do_GET()
            return
        body = self._rendered.html.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store" if self.path == "/" else "max-age=3600, immutable")
        super().end_headers()

    def log_message(self, format: str, *_given: Any) -> None:
        """Nothing: what is missing, the console says."""


@contextmanager
def serving(folder: Path) -> Iterator[Rendered]:
    """`folder` holds `static`."""
    rendered = Rendered()
    handler = partial(_Handler, rendered, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        rendered.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield rendered
        finally:
            server.shutdown()
            thread.join()
