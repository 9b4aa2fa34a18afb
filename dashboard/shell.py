"""What every page shares: who may open it, what its side shows, and what stands there when it cannot open."""

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache

from dashboard.navigation import entry_of, is_behind_more, links_for, title_of
from dashboard.refusals import refusal
from dashboard.viewers import Viewer, viewer_from, who_has
from orderstream.access.rights import Right
from orderstream.streams.connection import AWAY, StreamError, explain

API_PATH = reverse_lazy("api-1:place_order")

P = ParamSpec("P")
Answer = Coroutine[Any, Any, HttpResponseBase]
Page = Callable[Concatenate[HttpRequest, Viewer, P], Answer]
View = Callable[Concatenate[HttpRequest, P], Answer]


def page_for(right: Right | None) -> Callable[[Page[P]], View[P]]:
    """A page for those who have the right, with None for everybody who is signed in: it is handed the viewer,
    and may let Redis's errors pass.

    Nobody is sent to sign in, who lacks the right is told who has it, and a page says when Redis is away.
    What a part of a page asks for is answered without a page: it would be put into the part's place.
    """

    def decorate(page: Page[P]) -> View[P]:
        @wraps(page)
        async def view(request: HttpRequest, *args: P.args, **given: P.kwargs) -> HttpResponseBase:
            viewer = await viewer_from(await request.auser())
            if viewer is None:
                return _reload(401) if is_part(request) else redirect_to_login(request.get_full_path())
            if right is not None and not viewer.caller.may(right):
                return _reload(403) if is_part(request) else await denied(request, viewer, right)
            try:
                return await page(request, viewer, *args, **given)
            except (*AWAY, StreamError) as error:
                return HttpResponse(status=503) if is_part(request) else away(request, viewer, error)

        return cast(View[P], never_cache(view))

    return decorate


def is_part(request: HttpRequest) -> bool:
    """Asked by a part that renews itself, not by a person for a page."""
    return "HX-Request" in request.headers


def _reload(status: int) -> HttpResponse:
    """The page itself says why, once it is asked for anew."""
    return HttpResponse(status=status, headers={"HX-Refresh": "true"})


def shell(request: HttpRequest, viewer: Viewer, page: str) -> dict[str, Any]:
    """What the side, the head and the order form need on every page. `page` is the name of its URL."""
    links = links_for(viewer, page)
    return {
        "viewer": viewer,
        "page": page,
        "links": links,
        "is_behind_more": is_behind_more(links, page),
        **rights_of(viewer),
        "api_page": reverse("api-1:openapi-view"),
        "api_path": API_PATH,
        "api_url": request.build_absolute_uri(str(API_PATH)),
    }


def rights_of(viewer: Viewer) -> dict[str, bool]:
    """Which buttons a template shows."""
    return {
        "may_place": viewer.caller.may(Right.PLACE_ORDERS),
        "may_operate": viewer.caller.may(Right.OPERATE_ORDERS),
        "may_operate_stream": viewer.caller.may(Right.OPERATE_STREAM),
    }


async def denied(request: HttpRequest, viewer: Viewer, right: Right) -> HttpResponse:
    """Who you are, which right is missing, who has it."""
    context = {
        **shell(request, viewer, ""),
        "refusal": refusal(viewer.caller, right),
        "right": right,
        "holders": await who_has(right),
        "may_read": viewer.caller.may(Right.READ_ORDERS),
    }
    return render(request, "dashboard/denied.html", context, status=403)


def away(request: HttpRequest, viewer: Viewer, error: BaseException) -> HttpResponse:
    """What does not work, what still does, the cause word for word, one way on."""
    context = {
        **shell(request, viewer, entry_of(request)),
        "title": title_of(request),
        "cause": explain(error, gettext),
        "moment": datetime.now(UTC),
    }
    response = render(request, "503.html", context, status=503)
    response["Retry-After"] = "5"
    return response
