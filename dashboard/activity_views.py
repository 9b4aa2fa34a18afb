"""The activity page: what people and programs did to the installation."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.activity import deeds
from dashboard.live import live, part
from dashboard.shell import page_for
from dashboard.viewers import Viewer
from orderstream import conf
from orderstream.access.rights import Right

DIGITS_MAX = 18  # what SQL can compare: a whole number of 64 bits


@require_safe
@page_for(Right.OPERATE_STREAM)
async def activity(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    if request.method == "HEAD":
        return HttpResponse()
    before = _before(request)
    context = {**await live(request, viewer, "activity"), **await _page(before)}
    return render(request, "dashboard/activity/page.html", context)


@require_safe
@page_for(Right.OPERATE_STREAM)
async def activity_now(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    context = {**await part(conf.lane()), **await _page(_before(request))}
    return render(request, "dashboard/activity/list.html", context)


async def _page(before: int | None) -> dict[str, object]:
    page = await deeds(before)
    return {"deeds": page.deeds, "older": page.older, "before": before}


def _before(request: HttpRequest) -> int | None:
    """Http404 for what no link of ours says."""
    text = request.GET.get("before", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX):
        raise Http404
    return int(text)
