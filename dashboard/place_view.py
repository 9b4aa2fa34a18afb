"""The order form on its own, for whoever has no scripts; with them the drawer sends the same to the API."""

import json
from dataclasses import dataclass
from hashlib import sha256

import structlog
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from dashboard.again import note_both, values_asked_for
from dashboard.forms import OrderForm, filling_key
from dashboard.shell import page_for, shell
from dashboard.viewers import Viewer
from orderstream import conf
from orderstream.access import limits
from orderstream.access.rights import Right
from orderstream.streams import placing
from orderstream.streams.connection import AWAY, StreamError, TooFewReplicas, explain, is_refused
from orderstream.streams.placing import (
    Busy,
    Conflict,
    NotReplicated,
    Placed,
    Placement,
    Replayed,
    Shortage,
)

logger = structlog.get_logger(__name__)

AUTO_ID = "order-%s"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing was placed, or why nobody knows; `wait` in seconds, 0 when it need not be said."""

    text: str
    status: int
    wait: int = 0


@require_http_methods(["GET", "HEAD", "POST"])
@page_for(Right.PLACE_ORDERS)
async def place(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    if request.method == "POST":
        return await _sent(request, viewer)
    again = request.GET.get("again", "")
    initial = await values_asked_for(again) if again else {}
    form = OrderForm(initial=initial, auto_id=AUTO_ID)
    return _page(request, viewer, form, filling_key(), again if initial else "")


async def _sent(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    """What was typed stays in the form, and its key with it: sent again, it is the same order."""
    form = OrderForm(request.POST, auto_id=AUTO_ID)
    key, again = filling_key(request.POST.get("key", "")), request.POST.get("again", "")
    if not form.is_valid():
        return _page(request, viewer, form, key, again, status=422)
    answer = await _placed(form, viewer, key)
    if isinstance(answer, Refusal):
        form.add_error(None, answer.text)
        page = _page(request, viewer, form, key, again, status=answer.status)
        if answer.wait:
            page.headers["Retry-After"] = str(answer.wait)
        return page
    return await _after(answer, again, viewer)


def _page(
    request: HttpRequest, viewer: Viewer, form: OrderForm, key: str, again: str, *, status: int = 200
) -> HttpResponseBase:
    context = {**shell(request, viewer, "place"), "form": form, "key": key, "again": again}
    return render(request, "dashboard/place.html", context, status=status)


async def _placed(form: OrderForm, viewer: Viewer, key: str) -> Placed | Replayed | Refusal:
    bounds, caller = conf.limits(), viewer.caller
    wait = await limits.seconds_to_wait(limits.for_call(Right.PLACE_ORDERS, caller.scope))
    if wait:
        return Refusal(limits.too_often(wait), 429, wait)
    digest = sha256(json.dumps(form.draft.wire(), sort_keys=True).encode()).hexdigest()
    placement = Placement(form.draft, key=f"form-{key}", scope=caller.scope, digest=digest)
    try:
        answers = await placing.place(
            conf.lane(),
            [placement],
            actor=caller.actor,
            backlog_limit=bounds.backlog,
            key_ttl=bounds.key_ttl,
        )
    except NotReplicated as short:
        return _not_replicated(short)
    except TooFewReplicas:
        text = gettext(
            "Redis has too few replicas to take orders. Nothing was placed; try again in a moment."
        )
        return Refusal(text, 503, 5)
    except (*AWAY, StreamError) as error:
        logger.warning("no order placed, or nobody knows", why=explain(error))
        return _failed(error)
    match answers[0]:
        case Placed() | Replayed() as answer:
            return answer
        case Conflict():
            text = gettext(
                "This form was sent already, with other content. Open it anew to place another order."
            )
            return Refusal(text, 409)
        case Busy(Shortage.MEMORY):
            text = gettext("The server's memory is full. Nothing was placed; try again later.")
            return Refusal(text, 503, 5)
        case _:
            text = gettext("Too many orders are unfinished. Nothing was placed; try again in a few seconds.")
            return Refusal(text, 503, 5)


def _failed(error: BaseException) -> Refusal:
    is_away = isinstance(error, AWAY)
    if is_refused(error):
        text = gettext("%(reason)s Nothing was placed.")
    elif is_away:
        text = gettext(
            "No answer came from Redis, so it is not known whether the order was placed. "
            "Send this form again in a moment: it places the order once."
        )
    else:
        text = gettext(
            "%(reason)s It is not known whether the order was placed: look before you send this form again."
        )
    return Refusal(text % {"reason": explain(error, gettext)}, 503, 5 if is_away else 0)


def _not_replicated(short: NotReplicated) -> Refusal:
    [order_id] = short.order_ids
    text = gettext(
        "Accepted, not yet replicated: order %(order_id)s is placed, and %(seen)s of %(replicas)s replicas "
        "have it. Send this form again in a moment: it stays this one order."
    )
    numbers = {"order_id": order_id, "seen": short.seen, "replicas": short.replicas}
    return Refusal(text % numbers, 503, 5)


async def _after(answer: Placed | Replayed, again: str, viewer: Viewer) -> HttpResponseBase:
    """To the board, which is to show it; where an order was placed again, to the new one."""
    if not again:
        return redirect(reverse("board", query={"placed": answer.order_id}))
    if isinstance(answer, Placed):  # sent a second time it is noted already
        try:
            await note_both(again, answer.order_id, viewer)
        except (*AWAY, StreamError) as error:
            logger.warning("orders not linked", old=again, new=answer.order_id, why=explain(error))
    return redirect("order", answer.order_id)
