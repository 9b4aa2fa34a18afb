"""The dead letters: grouped by error or one by one, and what is asked before many of them are moved."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from dashboard.entry_lines import readable
from dashboard.letter_groups import Group, groups_of, summary_of
from dashboard.letter_query import LetterQuery, Selection
from dashboard.list_rows import ListedOrder, listed
from dashboard.live import live, part
from dashboard.preflights import preflight_of
from dashboard.shell import is_part, page_for, rights_of
from dashboard.viewers import Viewer
from orderstream import conf
from orderstream.access.rights import Right
from orderstream.streams import browsing, letters
from orderstream.streams.browsing import Row
from orderstream.streams.codec import is_order_id
from orderstream.streams.histories import words_of
from orderstream.streams.lane import Lane
from orderstream.streams.letters import Letter, Place

SHOWN: Final = 50
# Letters that are looked at to group them, each time that one comes or goes.
GROUPED: Final = 1_000
# In one call of the API: few enough that progress is seen, and stopping is soon.
CHUNK: Final = 200
_KEYS: Final = (
    ("j k", _("Next, previous")),
    ("x", _("Select")),
    ("r", _("Retry what is selected")),
    ("d", _("Discard what is selected")),
    ("Enter", _("Open it")),
)


@dataclass(frozen=True, slots=True)
class ListedLetter:
    letter: Letter
    order: ListedOrder
    text: str


@require_safe
@page_for(Right.READ_ORDERS)
async def failed(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    if request.method == "HEAD":
        return HttpResponse()
    lane, query = conf.lane(), LetterQuery.read(request.GET)
    state = await letters.state_of(lane)
    if is_part(request):
        if request.GET.get("seen") == state:
            return HttpResponse(status=204)
        context = {**await part(lane), **rights_of(viewer)}
    else:
        context = {**await live(request, viewer, "failed"), "page_keys": _KEYS}
    context |= await _letters(lane, query, state, context["snapshot"].at)
    name = "list" if is_part(request) else "page"
    return render(request, f"dashboard/failed/{name}.html", context)


@require_safe
@page_for(Right.READ_ORDERS)
async def preflight(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    """The inside of the dialog. Whoever has not the right to do it may still look."""
    lane = conf.lane()
    context = {**await part(lane), **await preflight_of(lane, Selection.read(request.GET))}
    return render(request, "dashboard/failed/preflight.html", context)


@require_safe
@page_for(Right.READ_ORDERS)
async def chosen(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    """The ids of the next ones of an error, and behind which to ask again."""
    selection = Selection.read(request.GET)
    found = await letters.choose(
        conf.lane(),
        selection.error,
        CHUNK,
        _place(request.GET),
        only_first_round=selection.is_first_round,
    )
    place = found.next_place
    behind = f"{place.failed_ms}.{place.id}" if place else None
    return JsonResponse({"orders": [each for each in found.ids if is_order_id(each)], "next": behind})


def _place(given: QueryDict) -> Place | None:
    failed_ms, _dot, order_id = given.get("behind", "").partition(".")
    if not (failed_ms.isascii() and failed_ms.isdigit() and len(failed_ms) < 17):
        return None
    return Place(order_id[:100], int(failed_ms))


async def _letters(lane: Lane, query: LetterQuery, state: str, now_ms: int) -> dict[str, Any]:
    number = await letters.number_of(lane)
    found = await letters.all_of(lane, GROUPED)
    groups = groups_of(found, now_ms)
    context = {
        "query": query,
        "number": number,
        "looked_at": len(found),
        "oldest_ms": found[-1].failed_ms if found else None,
        "summary": summary_of(groups, number, now_ms),
        "part_url": f"{reverse('failed')}{query}&seen={state}",
        "grouped": query.grouped(),
        "one_by_one": query.one_by_one(),
    }
    if query.is_one_by_one:
        return context | await _page(lane, query, found, number)
    return context | await _groups(lane, groups)


async def _groups(lane: Lane, groups: Sequence[Group]) -> dict[str, Any]:
    rows = await browsing.rows_of(lane, [g.newest.id for g in groups[:SHOWN] if is_order_id(g.newest.id)])
    words = await words_of(lane, [row.order for row in rows if row.order])
    shown = [replace(group, text=readable(words.get(group.newest.id, ""))) for group in groups[:SHOWN]]
    raised = [group for group in shown if not group.is_killer]
    killers = [group for group in shown if group.is_killer]
    return {
        "raised": [(group, LetterQuery().one_by_one(group.error)) for group in raised],
        "raised_number": sum(group.number for group in raised),
        "killers": [(group, LetterQuery().one_by_one(group.error)) for group in killers],
        "groups_more": max(0, len(groups) - SHOWN),
    }


async def _page(lane: Lane, query: LetterQuery, found: Sequence[Letter], number: int) -> dict[str, Any]:
    first = (query.page - 1) * SHOWN
    if query.error is None:
        matching, shown = number, await letters.page_of(lane, first, SHOWN)
    else:
        alike = [letter for letter in found if letter.error == query.error]
        matching, shown = len(alike), alike[first : first + SHOWN]
    return {
        "letters": await _listed(lane, [letter for letter in shown if is_order_id(letter.id)]),
        "matching": matching,
        "first": first + 1,
        "last": first + len(shown),
        "newer": query.turned(-1) if query.page > 1 else None,
        "older": query.turned(1) if first + SHOWN < matching else None,
    }


async def _listed(lane: Lane, shown: Sequence[Letter]) -> list[ListedLetter]:
    rows = {row.id: row for row in await browsing.rows_of(lane, [letter.id for letter in shown])}
    words = await words_of(lane, [row.order for row in rows.values() if row.order])
    return [
        # One whose entry is gone is a letter all the same, and can be discarded.
        ListedLetter(
            letter,
            listed(rows.get(letter.id) or Row(letter.id, {}, None)),
            readable(words.get(letter.id, "")),
        )
        for letter in shown
    ]
