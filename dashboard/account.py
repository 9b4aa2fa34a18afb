"""One's own sign-ins: where one is signed in, since when, and the ends of them."""

from dataclasses import dataclass

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from dashboard.agents import described
from dashboard.numerals import span_text
from dashboard.shell import page_for, shell
from dashboard.viewers import Viewer
from orderstream.access import sessions
from orderstream.access.renewal import NOTED_SECONDS
from orderstream.access.sessions import SignIn

_sign_ins = sync_to_async(sessions.sign_ins)
_end = sync_to_async(sessions.end)
_end_others = sync_to_async(sessions.end_others)


@dataclass(frozen=True, slots=True)
class Row:
    """A sign-in as the page shows it."""

    sign_in: SignIn
    browser: str

    @property
    def seen(self) -> str:
        if self.sign_in.is_this:
            return gettext("now")
        if self.sign_in.seen_at is None:
            return gettext("unknown")
        seconds = (timezone.now() - self.sign_in.seen_at).total_seconds()
        if seconds < NOTED_SECONDS:
            return gettext("in the last minute")
        return gettext("%(age)s ago") % {"age": span_text(seconds)}


@require_safe
@page_for(None)
async def account(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    found, besides = await _sign_ins(await _user_id(request), request.session.session_key)
    rows = [Row(each, described(each.agent)) for each in found]
    others = sum(not row.sign_in.is_this for row in rows) + besides
    context = {**shell(request, viewer, "account"), "rows": rows, "besides": besides, "others": others}
    return render(request, "dashboard/account.html", context)


@require_POST
@page_for(None)
async def end(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """One that is gone already is gone as asked."""
    await _end(await _user_id(request), request.POST.get("mark", "")[:64].replace("\0", ""))
    return redirect("account")


@require_POST
@page_for(None)
async def end_others(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    await _end_others(await _user_id(request), request.session.session_key)
    return redirect("account")


async def _user_id(request: HttpRequest) -> int:
    user_id = (await request.auser()).pk
    assert isinstance(user_id, int)  # noqa: S101 # `page_for` let nobody else in
    return user_id
