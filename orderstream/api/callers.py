"""Who calls an endpoint, and whether they may: an API key, or the session of somebody signed in."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.translation import gettext as _
from ninja.security import APIKeyCookie, HttpBearer

from orderstream.access import keys
from orderstream.access.callers import Caller, caller_from_user_async
from orderstream.access.listener import ensure_listening
from orderstream.access.rights import Right, scope_for
from orderstream.api import limiting
from orderstream.api.json_bodies import has_body, refuse_other_media
from orderstream.api.problems import Problem

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# ninja takes HEAD only where it is named (RFC 9110 wants it wherever GET is); the server leaves the body out.
READING: Final = ["GET", "HEAD"]


class KeyHolder(HttpBearer):
    """`Authorization: Bearer os_…`. Where it is given it decides alone; no session is looked at."""

    def __init__(self, right: Right) -> None:
        super().__init__()
        self.right = right
        self.is_async = True

    async def __call__(self, request: HttpRequest) -> Caller | None:
        header = request.headers.get("Authorization")
        if header is None:
            return None
        scheme, _blank, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise unauthenticated(_("Use Authorization: Bearer <API key>."))
        caller = await self.authenticate(request, token.strip())
        if caller is None:
            await limiting.count_refusal(request)
            raise unauthenticated(_("This API key is unknown, revoked or has run out; ask for a new one."))
        return await _let_in(request, caller, self.right)

    async def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        ensure_listening()
        return await keys.caller_for(token)


class SignedIn(APIKeyCookie):
    """The session of a page. What changes anything also needs the CSRF token, as a form would."""

    param_name = "sessionid"

    def __init__(self, right: Right) -> None:
        super().__init__(csrf=True)
        self.right = right
        self.is_async = True

    async def __call__(self, request: HttpRequest) -> Caller | None:
        return await self.authenticate(request, None)

    async def authenticate(self, request: HttpRequest, key: str | None) -> Caller | None:
        caller = await caller_from_user_async(await request.auser())
        if caller is None:
            return None
        if request.method not in SAFE_METHODS:
            if has_body(request):
                refuse_other_media(request)
            _refuse_forged(request)
        return await _let_in(request, caller, self.right)


def may(right: Right) -> list[Any]:
    """What an operation that needs this right passes as `auth`."""
    return [KeyHolder(right), SignedIn(right)]


def caller_of(request: HttpRequest) -> Caller:
    """Whom `may` let through."""
    caller = request.auth  # type: ignore[attr-defined] # set by ninja
    assert isinstance(caller, Caller)  # noqa: S101 # narrows the type
    return caller


def unauthenticated(detail: str) -> Problem:
    return Problem(401, detail, headers={"WWW-Authenticate": 'Bearer realm="OrderStream"'})


async def _let_in(request: HttpRequest, caller: Caller, right: Right) -> Caller:
    if not caller.may(right):
        await limiting.count_refusal(request)
        detail = _("You have no right to do this. It takes %(right)s, for an API key the scope %(scope)s.")
        raise Problem(403, detail % {"right": right.value, "scope": scope_for(right) or "-"})
    await limiting.count(caller, right)
    return caller


def _no_view() -> HttpResponse:
    """The middleware only asks whether the view is exempt."""
    return HttpResponse()


class _Csrf(CsrfViewMiddleware):
    """Django's checks of origin, referer and token, without its HTML answer."""

    def _reject(self, request: HttpRequest, reason: str) -> Any:
        return reason


def _refuse_forged(request: HttpRequest) -> None:
    check = _Csrf(lambda _request: None)  # type: ignore[arg-type] # never called
    check.process_request(request)
    # ninja's views are exempt from the middleware, because keys need no token; so it is asked here.
    request.csrf_processing_done = False  # type: ignore[attr-defined]
    reason = check.process_view(request, _no_view, (), {})
    if reason is not None:
        detail = _("Send the page's CSRF token as X-CSRFToken, from the site's own origin (%(reason)s)")
        raise Problem(403, detail % {"reason": reason})
