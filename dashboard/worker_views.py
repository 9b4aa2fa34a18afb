"""The workers page: who is at work, who needs a look, and what operators may ask of each."""

from typing import Any, Final
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard import lobby, numerals
from dashboard.counted import Within
from dashboard.entry_lines import readable
from dashboard.fleet import Fleet, fleet
from dashboard.fleet_words import sentence_of, slots_of, states_line
from dashboard.gone import gone
from dashboard.hands import hands_of
from dashboard.judging import RESTING
from dashboard.live import live, part
from dashboard.protocol import WorkerRow
from dashboard.shell import page_for
from dashboard.viewers import Viewer
from dashboard.worker_cards import cards_of, hand_rows
from orderstream import conf
from orderstream.access.rights import Right
from orderstream.streams.lane import GROUP

NAME_MAX: Final = 256


@require_safe
@page_for(Right.READ_ORDERS)
async def workers(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    if request.method == "HEAD":
        return HttpResponse()
    lane = conf.lane()
    seen = await fleet(lane)
    context = {
        **await live(request, viewer, "workers"),
        **_now(seen),
        "gone": await gone(lane, seen.names, seen.at_ms),
    }
    return render(request, "dashboard/workers/page.html", context)


@require_safe
@page_for(Right.READ_ORDERS)
async def workers_now(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    lane = conf.lane()
    may_operate = viewer.caller.may(Right.OPERATE_STREAM)
    context = {**await part(lane), **_now(await fleet(lane)), "may_operate_stream": may_operate}
    return render(request, "dashboard/workers/now.html", context)


@require_safe
@page_for(Right.READ_ORDERS)
async def worker_hand(request: HttpRequest, viewer: Viewer, name: str) -> HttpResponseBase:
    """What one worker has in hand; empty for one that there is not."""
    lane = conf.lane()
    now = await part(lane)
    seen = await fleet(lane)
    hand = (await hands_of(lane, [name[:NAME_MAX]], seen.at_ms)).get(name, ())
    standing = next((each.observed.standing for each in seen.workers if each.observed.name == name), None)
    context = {
        **now,
        "name": readable(name),
        "part_id": f"hand-{quote(readable(name), safe='')}",
        "hand": hand_rows(hand, seen.at_ms, seen.late_after),
        "hand_more": max(0, standing.in_hand - len(hand)) if standing else 0,
    }
    return render(request, "dashboard/workers/hand.html", context)


def _now(seen: Fleet) -> dict[str, Any]:
    cards = cards_of(seen, _remembered())
    living = [each.observed.standing for each in seen.workers if each.observed.is_living]
    used, places = slots_of(living)
    completed, placed = seen.completed_per_second, seen.placed_per_second
    return {
        "fleet": seen,
        "group": GROUP,
        "sentence": sentence_of(seen),
        "concerned": [card for card in cards if card.concern and card.concern not in RESTING],
        "resting": [card for card in cards if card.concern in RESTING],
        "at_work": [card for card in cards if not card.concern],
        "living": numerals.count(len(living)),
        "all": numerals.count(len(seen.names)),
        "states": states_line(seen.workers),
        "used": numerals.count(used),
        "places": numerals.count(places),
        "share": f"{round(100 * used / places)}{numerals.NBSP}%" if places else "",
        "completed": "" if completed is None else numerals.rate(completed),
        "placed": "" if placed is None else numerals.rate(placed),
        "failed_attempts": _count(seen.failed_attempts),
        "taken_over": _count(seen.taken_over),
    }


def _count(within: Within) -> str:
    return "" if within.count is None else numerals.count(within.count)


def _remembered() -> tuple[WorkerRow, ...]:
    """What the feed has heard of each worker; what a lost one said of itself is gone from Redis."""
    feed = lobby.here().feed
    return feed.picture.workers if feed is not None else ()
