"""Refuses a form that claims another encoding than UTF-8, before anything reads it."""

from collections.abc import Awaitable, Callable

from django.http import HttpRequest, HttpResponseBadRequest, HttpResponseBase
from django.utils.translation import gettext as _

FORMS = frozenset({"multipart/form-data", "application/x-www-form-urlencoded"})
GetResponse = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


def only_utf8(get_response: GetResponse) -> GetResponse:
    """Middleware. Django takes any codec of Python, and reading a form raises with some, as with `base64`."""

    async def answer(request: HttpRequest) -> HttpResponseBase:
        claimed = (request.content_params or {}).get("charset", "utf-8")
        if request.content_type in FORMS and claimed.lower() not in {"utf-8", "utf8", "us-ascii"}:
            # No page: its template would read the form, too.
            return HttpResponseBadRequest(_("Send forms in UTF-8."), content_type="text/plain; charset=utf-8")
        return await get_response(request)

    return answer


only_utf8.async_capable = True  # type: ignore[attr-defined] # Django's protocol for function middleware
only_utf8.sync_capable = False  # type: ignore[attr-defined]
