"""The board."""

import json
from datetime import UTC, datetime
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from dashboard import protocol, snapshots
from dashboard.alarm_words import strip_of
from dashboard.charts import CHARTS, WINDOWS
from dashboard.cursors import START, Cursor
from dashboard.forms import OrderForm
from dashboard.ledger import ledger_of
from dashboard.protocol import Snapshot
from dashboard.rankings import rankings_of
from dashboard.sentences import sentence_of
from dashboard.shell import page_for, shell
from dashboard.spots import beyond_target, spots_of
from dashboard.viewers import Viewer
from orderstream.access.rights import Right

_PLACING_KEYS: Final = (("n", gettext_lazy("Place an order")), ("Ctrl ↵", gettext_lazy("Send the form")))
_KEYS: Final = ((".", gettext_lazy("Hold and release the newest orders")),)


@require_safe
@page_for(Right.READ_ORDERS)
async def board(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    if request.method == "HEAD":  # the page asks whether it may still watch; that needs no figures
        return HttpResponse()
    snapshot = await snapshots.board(_placed_before(request))
    return render(request, "dashboard/board.html", page_of(request, viewer, snapshot))


def _placed_before(request: HttpRequest) -> Cursor:
    """The order that the form without scripts placed; what is no order's id asks for nothing."""
    try:
        return Cursor.parse(request.GET.get("placed", ""))
    except ValueError:
        return START


def page_of(request: HttpRequest, viewer: Viewer, snapshot: Snapshot) -> dict[str, object]:
    figures, is_wall = snapshot.figures, "wall" in request.GET
    return {
        **shell(request, viewer, "board"),
        "snapshot": snapshot,
        "snapshot_json": json.loads(protocol.encode(snapshot)),
        "moment": datetime.fromtimestamp(snapshot.at / 1000, UTC),
        "spots": spots_of(snapshot),
        "beyond_target": beyond_target(figures),
        "sentence": sentence_of(snapshot),
        "alarms": strip_of(snapshot),
        "ledger": ledger_of(figures.verdict, snapshot.at),
        "is_wall": is_wall,
        "has_keys": not is_wall,
        "page_keys": _PLACING_KEYS + _KEYS if viewer.caller.may(Right.PLACE_ORDERS) else _KEYS,
        "is_empty": figures.totals is not None and figures.totals.placed + figures.totals.adopted == 0,
        "is_running": not figures.paused and bool(figures.rates.completed or figures.rates.placed),
        "rankings": rankings_of(figures.ranking),
        "windows": WINDOWS,
        "charts": CHARTS,
        "metrics_path": reverse("api-1:read_metrics"),
        "form": OrderForm(auto_id="order-%s"),
    }
