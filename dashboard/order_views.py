"""The page of one order, and the part of it that renews itself while the order goes its way."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from dashboard import snapshots
from dashboard.again import values_of
from dashboard.forms import OrderForm
from dashboard.live import live
from dashboard.numerals import head_and_tail
from dashboard.order_picture import picture_of
from dashboard.order_query import OrderQuery
from dashboard.rows import ShownOrder
from dashboard.shell import is_part, page_for, rights_of, shell
from dashboard.viewers import Viewer
from orderstream import conf
from orderstream.access.rights import Right
from orderstream.domain.status import UNFINISHED
from orderstream.streams import browsing
from orderstream.streams.codec import is_order_id
from orderstream.streams.lane import Lane
from orderstream.streams.order_findings import find, state_of

# An unfinished order is looked at again although nothing happened to it: its place in the queue moves, and a
# pause or a lost worker is no event. Less than the 2 s after which its part asks (data-every).
_STALE_MS: Final = 1_500
_SAME_SHOWN: Final = 8
_SAME_AMONG: Final = 500

_OPERATING_KEYS: Final = (
    ("r", _("Retry")),
    ("c", _("Cancel")),
    ("d", _("Discard")),
    ("n", _("Add a note")),
)
_KEYS: Final = (("k", _("Newer order")), ("j", _("Older order")))


@require_safe
@page_for(Right.READ_ORDERS)
async def order(request: HttpRequest, viewer: Viewer, order_id: str) -> HttpResponseBase:
    if request.method == "HEAD":
        return HttpResponse()
    if not is_order_id(order_id):
        return _unknown(request, viewer, order_id)
    lane, query = conf.lane(), OrderQuery.read(request.GET)
    if is_part(request) and await _has_nothing_new(lane, order_id, request.GET):
        return HttpResponse(status=204)
    findings = await find(lane, order_id)
    if findings is None:
        return _unknown(request, viewer, order_id)
    if is_part(request):
        snapshot = await snapshots.board()
        picture = await picture_of(lane, findings, query, snapshot, viewer)
        context: dict[str, Any] = {"snapshot": snapshot, **rights_of(viewer), **picture}
        return render(request, "dashboard/order/order.html", context)
    context = await live(request, viewer, "orders")
    picture = await picture_of(lane, findings, query, context["snapshot"], viewer)
    same = await _same(lane, order_id)
    head, tail = head_and_tail(order_id)
    form = OrderForm(initial=values_of(findings.entry or {}), auto_id="order-%s")
    context |= {
        **picture,
        **same,
        "head": head,
        "tail": tail,
        "form": form,
        "page_keys": _OPERATING_KEYS + _KEYS if viewer.caller.may(Right.OPERATE_ORDERS) else _KEYS,
        "is_page": True,
    }
    return render(request, "dashboard/order/page.html", context)


@require_safe
@page_for(Right.READ_ORDERS)
async def same_customer(request: HttpRequest, viewer: Viewer, order_id: str) -> HttpResponseBase:
    """The part that names other orders of the same customer."""
    if not is_order_id(order_id):
        return HttpResponse(status=404)
    context = await _same(conf.lane(), order_id)
    return render(request, "dashboard/order/same.html", context)


@require_safe
@page_for(Right.READ_ORDERS)
async def newer(request: HttpRequest, viewer: Viewer, order_id: str) -> HttpResponseBase:
    return await _neighbour(request, viewer, order_id, newer=True)


@require_safe
@page_for(Right.READ_ORDERS)
async def older(request: HttpRequest, viewer: Viewer, order_id: str) -> HttpResponseBase:
    return await _neighbour(request, viewer, order_id, newer=False)


async def _neighbour(request: HttpRequest, viewer: Viewer, order_id: str, *, newer: bool) -> HttpResponseBase:
    """To the next order in this direction as there is one now; at the end to where one came from."""
    if not is_order_id(order_id):
        return _unknown(request, viewer, order_id)
    found = await browsing.neighbour(conf.lane(), order_id, newer=newer)
    return redirect("order", found or order_id)


async def _has_nothing_new(lane: Lane, order_id: str, given: QueryDict) -> bool:
    """By one HMGET, before anything else is read."""
    state = await state_of(lane, order_id)
    if state is None or given.get("seen") != "-".join(state):
        return False
    at = given.get("at", "")
    if state[0] not in UNFINISHED:
        return True
    return at.isdecimal() and len(at) < 16 and await lane.now_ms() - int(at) < _STALE_MS


async def _same(lane: Lane, order_id: str) -> dict[str, Any]:
    rows = await browsing.rows_of(lane, [order_id])
    customer = rows[0].entry.get("customer_id", "") if rows else ""
    found: list[browsing.Row] = []
    number = 0
    if customer:
        found, number = await browsing.of_customer(lane, customer, _SAME_SHOWN, _SAME_AMONG)
    return {
        "order_id": order_id,
        "others": [ShownOrder.stored(row.order).row for row in found if row.order is not None],
        "others_number": number,
        "others_among": _SAME_AMONG,
    }


def _unknown(request: HttpRequest, viewer: Viewer, order_id: str) -> HttpResponse:
    context = {
        **shell(request, viewer, "orders"),
        "asked": order_id[:100],
        "is_id": is_order_id(order_id),
    }
    return render(request, "dashboard/order/unknown.html", context, status=404)
