"""The page behind a phone's tab More: the pages that its tab bar has no room for, and the way out."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.shell import page_for, shell
from dashboard.viewers import Viewer


@require_safe
@page_for(None)
async def more(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    return render(request, "dashboard/more.html", shell(request, viewer, "more"))
