"""The list of orders: a page of it by status and time, its rows as they change, an order found by its id."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from dashboard.forms import OrderForm
from dashboard.list_query import FIND_MAX, ListQuery, tail_from
from dashboard.list_rows import digest_of, listed, versions_in
from dashboard.live import live, part
from dashboard.moments import NoMoment
from dashboard.numerals import count
from dashboard.shell import is_part, page_for
from dashboard.statuses import status_word
from dashboard.viewers import Viewer
from orderstream import conf
from orderstream.access.rights import Right
from orderstream.domain.status import OrderStatus
from orderstream.streams import browsing
from orderstream.streams.browsing import Found, Row
from orderstream.streams.codec import is_order_id
from orderstream.streams.histories import words_of
from orderstream.streams.lane import Lane

SHOWN: Final = 50
_FOUND_MOST: Final = 20
# Of the time in an id: since 2001.
_WHOLE_DIGITS: Final = 13
_SINCE: Final = (
    (gettext_lazy("5 min"), 5 * 60_000),
    (gettext_lazy("1 h"), 60 * 60_000),
    (gettext_lazy("24 h"), 24 * 60 * 60_000),
)
_KEYS: Final = (
    ("/", gettext_lazy("Find an order")),
    ("j k", gettext_lazy("Next, previous order")),
    ("Enter", gettext_lazy("Open it")),
    (".", gettext_lazy("Hold and release the rows")),
    ("n", gettext_lazy("Place an order")),
)


@require_safe
@page_for(Right.READ_ORDERS)
async def orders(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    if request.method == "HEAD":
        return HttpResponse()
    lane = conf.lane()
    if "find" in request.GET:
        return await _find(request, viewer, lane)
    query = ListQuery.read(request.GET)
    if is_part(request):
        context = {**await part(lane), **await _page(lane, query)}
        return render(request, "dashboard/orders/list.html", context)
    context = await live(request, viewer, "orders") | await _page(lane, query)
    return render(request, "dashboard/orders/page.html", {**context, **_around(query, context)})


@require_safe
@page_for(Right.READ_ORDERS)
async def rows(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    """The rows of these orders as they are now: so no row comes, goes or moves while somebody reads."""
    ids = [order_id for order_id in request.GET.get("ids", "").split(",")[:SHOWN] if is_order_id(order_id)]
    lane = conf.lane()
    if request.GET.get("seen") == digest_of(await browsing.versions_of(lane, ids)):
        return HttpResponse(status=204)
    context = {**await part(lane), **await _rows(lane, await browsing.rows_of(lane, ids))}
    return render(request, "dashboard/orders/rows.html", context)


async def _page(lane: Lane, query: ListQuery) -> dict[str, Any]:
    now_ms, fault, found = await lane.now_ms(), "", Found(())
    try:
        found = await browsing.look(lane, query.statuses, query.span(now_ms), SHOWN)
    except NoMoment:
        fault = _("Use an id such as 1795152368412-0, or a time such as 14:26 or 2026-11-20T19:02:04Z.")
    return {
        "query": query,
        "list_url": str(query),
        "fault": fault,
        "note": "" if fault else _note(query, found),
        "older": query.older_than(found.older) if found.older else None,
        "newer": query.newer_than(found.newer) if found.newer else None,
        "top": None if query.is_at_the_top or not (query.before or query.after) else query.first_page(),
        "is_searching": bool(found.older) and len(found.rows) < SHOWN and bool(found.looked_at),
        "shown": _shown(found),
        **await _rows(lane, found.rows),
    }


async def _rows(lane: Lane, found: Sequence[Row]) -> dict[str, Any]:
    failed = [row.order for row in found if row.order and row.order.status is OrderStatus.FAILED]
    words = await words_of(lane, failed)
    ids = ",".join(row.id for row in found)
    seen = digest_of(versions_in(found))
    return {
        "orders": [listed(row, words.get(row.id, "")) for row in found],
        "rows_url": f"{reverse('orders_rows')}?ids={ids}&seen={seen}",
    }


def _around(query: ListQuery, context: dict[str, Any]) -> dict[str, Any]:
    """What stands above the list: the filter, and the drawer."""
    at = context["snapshot"].at
    return {
        "statuses": [
            (status.value, status_word(status), query.toggled(status), status in query.statuses)
            for status in OrderStatus
        ],
        "all_statuses": query.without("statuses"),
        "recent": [(label, ListQuery(statuses=query.statuses, since=_iso(at - ms))) for label, ms in _SINCE],
        "cleared": ListQuery(),
        "form": OrderForm(auto_id="order-%s"),
        "page_keys": _KEYS,
    }


def _iso(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _note(query: ListQuery, found: Found) -> str:
    """What a list that is short or empty does not say by itself."""
    if found.is_cut:
        text = _("There are more of them than are looked at: these are among %(count)s out of their index.")
        return text % {"count": count(browsing.INDEXED_MAX)}
    if found.rows or found.older:
        return ""
    if query.before or query.after:
        return _("There are no more.")
    return _("No order matches.") if query.is_filtered else _("No order has been placed yet.")


def _shown(found: Found) -> str:
    number = len(found.rows)
    text = ngettext("%(count)s order", "%(count)s orders", number) % {"count": count(number)}
    if not found.looked_at or found.looked_at <= number + 1:
        return text
    return _("%(orders)s of %(looked)s looked at") % {"orders": text, "looked": count(found.looked_at)}


async def _find(request: HttpRequest, viewer: Viewer, lane: Lane) -> HttpResponseBase:
    """To the order itself where only one is meant; else the few that may be."""
    asked = request.GET["find"].strip()[:FIND_MAX]
    tail = tail_from(asked)
    ids = await _meant(lane, asked, tail)
    if len(ids) == 1:
        return redirect("order", ids[0])
    found = await browsing.rows_of(lane, ids[:_FOUND_MOST])
    query = ListQuery()
    context = await live(request, viewer, "orders")
    context |= {
        "query": query,
        "find": asked,
        "list_url": str(query),
        "note": "" if found else _nothing_found(asked, tail),
        "shown": _shown(Found(found)),
        "top": query,
        **await _rows(lane, found),
    }
    return render(request, "dashboard/orders/page.html", {**context, **_around(query, context)})


async def _meant(lane: Lane, asked: str, tail: str | None) -> list[str]:
    """An end of an id looks like an id of long ago: it is one only if no order of late ends so."""
    if is_order_id(asked) and len(asked.partition("-")[0]) >= _WHOLE_DIGITS:
        return [asked]
    ids = await browsing.ids_ending(lane, tail) if tail else []
    return ids or [row.id for row in await browsing.rows_of(lane, [asked] if is_order_id(asked) else [])]


def _nothing_found(asked: str, tail: str | None) -> str:
    if not asked:
        return _("Type an order's id, or the end of it as the lists show it.")
    if tail is None:
        return _("“%(asked)s” is no id nor the end of one. Content cannot be searched yet.") % {
            "asked": asked
        }
    text = _("None of the newest %(count)s orders ends in %(tail)s; with its whole id any order is found.")
    return text % {"count": count(browsing.CHUNK), "tail": tail}
