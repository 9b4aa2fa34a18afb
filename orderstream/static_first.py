"""Answers for static files before Django: a page asks for ninety; each took its middleware and threads."""

import contextlib
from typing import Any, Final

from django.core.exceptions import SuspiciousOperation
from servestatic.asgi import FileServerASGI
from servestatic.middleware import ServeStaticMiddleware

# channels' own types of an application have no common name; it is only passed on.
Application = Any

NO_SNIFFING: Final = (b"x-content-type-options", b"nosniff")
"""As Django's SecurityMiddleware says with every answer of its own."""


class StaticFirst:
    """Which files there are, and their headers, ServeStatic knows from the settings."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self._known = ServeStaticMiddleware(_nobody)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        file = self._find(scope["path"]) if scope["path"].startswith(self._known.static_prefix) else None
        if file is None:
            return await self.application(scope, receive, send)
        extensions = (scope.get("extensions") or {}) | {"http.response.zerocopysend": {}}
        return await FileServerASGI(file)(scope | {"extensions": extensions}, receive, _Sending(send))

    def _find(self, path: str) -> Any:
        if not self._known.autorefresh:
            return self._known.files.get(path)
        with contextlib.suppress(SuspiciousOperation):  # then Django says that there is nothing
            return self._known.find_file(path)
        return None


class _Sending:
    """Sends what a file holds where it was to be sent from the file itself, which Daphne cannot.

    They are in the system's cache: a thread for each takes six times as long as to read it here, and the
    largest, 3 MB of the API's page, a few milliseconds.
    """

    def __init__(self, send: Any) -> None:
        self._send = send

    async def __call__(self, event: dict[str, Any]) -> None:
        match event["type"]:
            case "http.response.start":
                event = event | {"headers": [*event["headers"], NO_SNIFFING]}
            case "http.response.zerocopysend":
                event["file"].seek(event["offset"])
                event = {"type": "http.response.body", "body": event["file"].read(event.get("count", -1))}
        await self._send(event)


async def _nobody(_request: Any) -> Any:
    raise LookupError("only asked for files that are there")
