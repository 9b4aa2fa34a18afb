"""What Unfold asks for by dotted path: the side of the admin, its mark, colours and sheet of styles."""

import contextlib
from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orderstream.admin.site import site

Entry = tuple[str, str, Promise]
# Model, icon, and what one does there.
GROUPS: Final[Mapping[Promise, tuple[Entry, ...]]] = {
    gettext_lazy("Configuration"): (
        ("processing", "tune", gettext_lazy("Handler, time limit, attempts, back-off, backlog, targets")),
        ("simulation", "casino", gettext_lazy("What the handler of the first run pretends")),
        ("product", "inventory_2", gettext_lazy("What is sold, and how much of it is left")),
    ),
    gettext_lazy("Access"): (
        ("apikey", "key", gettext_lazy("Ways in for programs: make, revoke")),
        ("group", "groups", gettext_lazy("Which rights viewers, operators and managers have")),
        ("user", "person", gettext_lazy("People, their groups and passwords")),
    ),
    gettext_lazy("Records"): (
        ("auditentry", "receipt_long", gettext_lazy("Who changed what of the installation, and why")),
        ("fileimport", "upload_file", gettext_lazy("Which files were placed, and how far")),
        ("effect", "task_alt", gettext_lazy("Effects of orders that happened once, and who found them done")),
    ),
}
# The stone of tokens.css, from its lightest to its darkest, and its ink: everything one can click is ink.
STONE: Final[Mapping[str, str]] = {
    "50": "0.977 0.005 85",
    "100": "0.957 0.006 85",
    "200": "0.895 0.008 82",
    "300": "0.82 0.009 80",
    "400": "0.72 0.01 78",
    "500": "0.535 0.012 74",
    "600": "0.455 0.012 72",
    "700": "0.375 0.011 68",
    "800": "0.272 0.008 62",
    "900": "0.212 0.006 60",
    "950": "0.182 0.005 60",
}
INK_BY_DAY: Final = "0.265 0.01 65"
INK_BY_NIGHT: Final = "0.915 0.008 85"


def stone(request: HttpRequest) -> dict[str, str]:
    return {weight: f"oklch({colour})" for weight, colour in STONE.items()}


def ink(request: HttpRequest) -> dict[str, str]:
    """Unfold takes 600 and above by day and 500 and below by night."""
    return {weight: f"oklch({INK_BY_DAY if int(weight) >= 600 else INK_BY_NIGHT})" for weight in STONE}


def mark(request: HttpRequest) -> str:
    return static("dashboard/mark.svg")


def styles(request: HttpRequest) -> str:
    return static("dashboard/css/admin.css")


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Only what this person may open; each page asks again."""
    groups = [
        {"title": title, "items": [item for entry in entries if (item := _item(request, *entry))]}
        for title, entries in GROUPS.items()
    ]
    return [*groups, {"title": _("OrderStream"), "separator": True, "items": _elsewhere()}]


def _item(request: HttpRequest, name: str, icon: str, says: Promise) -> dict[str, Any] | None:
    for model, page in site._registry.items():
        if model._meta.model_name == name and page.has_view_permission(request):
            link = reverse(f"admin:{model._meta.app_label}_{name}_changelist")
            return {
                "title": capfirst(model._meta.verbose_name_plural),
                "icon": icon,
                "link": link,
                "says": says,
            }
    return None


def _elsewhere() -> list[dict[str, Any]]:
    """Pausing and draining are operations; they have their own page."""
    board = {"title": _("Board"), "icon": "dashboard", "link": reverse("board"), "active": None}
    with contextlib.suppress(NoReverseMatch):  # an installation without that page
        workers = {"title": _("Workers"), "icon": "memory", "link": reverse("workers"), "active": None}
        return [board, workers | {"says": _("Pause, drain, change the number of slots")}]
    return [board]
