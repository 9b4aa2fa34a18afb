"""Who may enter the admin, under which policy, and what its answers are when SQL is away."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import update_wrapper
from typing import Any

import structlog
from csp.decorators import csp_update
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, URLResolver, reverse
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from orderstream.access.rights import Right

logger = structlog.get_logger(__name__)

View = Callable[..., HttpResponseBase]

# Unfold's pages run on Alpine, which compiles the expressions in its markup, and carry a sheet of colours.
POLICY = {"script-src": ["'unsafe-eval'"], "style-src": ["'unsafe-inline'"]}


class SettingsSite(UnfoldAdminSite):  # type: ignore[misc] # Unfold ships no types
    """Entered with the right to configure alone; `is_staff` decides nothing here."""

    index_title = _("Settings")
    index_template = "admin/settings.html"

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.has_perm(Right.CONFIGURE)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one page to sign in, and it sends back whoever is signed in, allowed or not."""
        index = reverse("admin:index")
        if self.has_permission(request):
            return redirect(index)
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next", index))

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Without Unfold's search, which keeps what it found, objects of Python, in the cache of sessions."""
        return [url for url in super().get_urls() if getattr(url, "name", None) != "search"]

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        inner = super().admin_view(view, cacheable)
        guarded: View = csp_update(POLICY)(_answering(inner))
        return update_wrapper(guarded, view)


def _answering(view: View) -> View:
    """Rendered here, so that a database that goes away between view and template is answered too."""

    def answer(request: HttpRequest, *args: Any, **given: Any) -> HttpResponseBase:
        _refuse_nul(request)
        try:
            response = view(request, *args, **given)
            render_now = getattr(response, "render", None)
            return render_now() if render_now is not None else response
        except (OperationalError, InterfaceError) as error:
            logger.warning("settings page failed without sql", path=request.path, error=type(error).__name__)
            cause = " ".join(str(error).split())
            context = {"cause": cause, "moment": datetime.now(UTC)}
            refusal = render(request, "503_sql.html", context, status=503)
            refusal["Retry-After"] = "5"
            return refusal

    return answer


def _refuse_nul(request: HttpRequest) -> None:
    """PostgreSQL takes no text with this character, and Django finds that out too late."""
    for given in (request.GET, request.POST):
        if any("\0" in text for name, values in given.lists() for text in (name, *values)):
            raise BadRequest("NUL")


site = SettingsSite(name="admin")
