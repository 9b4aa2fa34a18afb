"""The stream page: a stream's figures, groups, pending list and entries; each part renews itself."""

from collections.abc import Sequence
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from dashboard import numerals, stream_tables
from dashboard.entry_lines import line_of, readable
from dashboard.live import live, part
from dashboard.moments import NoMoment, span_from, zone_named
from dashboard.shell import page_for
from dashboard.stream_query import StreamQuery
from dashboard.viewers import Viewer
from orderstream import conf
from orderstream.access.rights import Right
from orderstream.streams import inspection
from orderstream.streams.entries import Entry, EntryPage, Span, entries
from orderstream.streams.inspection import Consumers, NoSuchGroup, StreamName
from orderstream.streams.lag import Lags
from orderstream.streams.lane import GROUP, Lane
from orderstream.streams.pending import PendingPage, pending

PENDING_SHOWN: Final = 25
ENTRIES_SHOWN: Final = 50
# Below them stands what happens to them; whoever looks for a place sees a whole page.
NEWEST_ORDERS_SHOWN: Final = 10

_KEYS: Final = (
    ("/", gettext_lazy("Find an entry")),
    ("j k", gettext_lazy("Next, previous entry")),
    ("Enter", gettext_lazy("Open its order")),
)
# A place in the past stands still by itself.
_HOLDING_KEYS: Final = ((".", gettext_lazy("Hold and release the entries")),)

_lags: Final = Lags()


@require_safe
@page_for(Right.READ_ORDERS)
async def stream(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    if request.method == "HEAD":
        return HttpResponse()
    query = StreamQuery.read(request.GET)
    lane = conf.lane()
    context = {
        **await live(request, viewer, "stream"),
        **await _now(lane, query),
        **await _pending(lane, query),
        "tails": [await _entries(lane, query), *await _more_tails(lane, query)],
        "page_keys": _KEYS + _HOLDING_KEYS if query.is_at_the_end else _KEYS,
    }
    return render(request, "dashboard/stream/page.html", context)


@require_safe
@page_for(Right.READ_ORDERS)
async def stream_now(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    lane = conf.lane()
    context = {**await part(lane), **await _now(lane, StreamQuery.read(request.GET))}
    return render(request, "dashboard/stream/now.html", context)


@require_safe
@page_for(Right.READ_ORDERS)
async def stream_pending(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    lane = conf.lane()
    context = {**await part(lane), **await _pending(lane, StreamQuery.read(request.GET))}
    return render(request, "dashboard/stream/pending.html", context)


@require_safe
@page_for(Right.READ_ORDERS)
async def stream_entries(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    lane = conf.lane()
    context = {**await part(lane), "tail": await _entries(lane, StreamQuery.read(request.GET))}
    return render(request, "dashboard/stream/entries.html", context)


async def _now(lane: Lane, query: StreamQuery) -> dict[str, Any]:
    figures = await inspection.stream_figures(lane, query.name)
    groups = await inspection.groups(lane, query.name, _lags.begin())
    return {
        "query": query,
        "switches": stream_tables.switches(lane, query),
        "stream": stream_tables.stream_row(figures),
        "groups": [stream_tables.group_row(group, query) for group in groups],
    }


async def _pending(lane: Lane, query: StreamQuery) -> dict[str, Any]:
    """Nothing, without a word, while our own group is not made yet; another that is missing is said."""
    consumers, page, missing = Consumers(()), PendingPage((), None), ""
    try:
        consumers = await inspection.consumers(lane, query.name, query.group)
        page = await pending(
            lane,
            query.name,
            query.group,
            consumer=query.consumer or None,
            limit=PENDING_SHOWN,
            cursor=query.cursor or None,
        )
    except NoSuchGroup:
        missing = "" if query.group == GROUP else query.group
    return {
        "query": query,
        "key": query.name.key(lane),
        "group": readable(query.group),
        "missing_group": readable(missing),
        "consumers": [stream_tables.consumer_row(row, query) for row in consumers.shown],
        "consumers_left_out": consumers.left_out,
        "pending_of": sum(row.pending for row in consumers.shown if query.consumer in ("", row.name)),
        "pending": [stream_tables.pending_row(entry) for entry in page.entries],
        "older_pending": str(query.with_(cursor=page.next_cursor)) if page.next_cursor else "",
        "first_pending": str(query.with_(cursor="")) if query.cursor else "",
        "all_pending": str(query.with_(cursor="", consumer="")) if query.consumer else "",
    }


async def _more_tails(lane: Lane, query: StreamQuery) -> list[dict[str, Any]]:
    """Beside the orders what happens to them; each of the other streams stands alone."""
    return [await _entries(lane, query.of(StreamName.EVENTS))] if query.name is StreamName.ORDERS else []


async def _entries(lane: Lane, query: StreamQuery) -> dict[str, Any]:
    now_ms = await lane.now_ms()
    page, fault = EntryPage((), False, False), ""
    try:
        span = _span(query, now_ms)
        is_companion = query.name is StreamName.ORDERS and query.is_at_the_end
        page = await entries(lane, query.name, span, NEWEST_ORDERS_SHOWN if is_companion else ENTRIES_SHOWN)
    except NoMoment:
        fault = _("Use an id such as 1795152368412-0, a time such as 14:26:08, or a span as in 14:20..14:25.")
    return {
        "query": query,
        "key": query.name.key(lane),
        "lines": [line_of(query.name, entry) for entry in page.entries],
        "fault": fault,
        "note": "" if fault else _note(query, page.entries),
        "older": _turned(query, page.entries, before=True) if page.has_older else "",
        "newer": _turned(query, page.entries, before=False) if _has_newer(query, page) else "",
        "shown": numerals.count(len(page.entries)),
    }


def _span(query: StreamQuery, now_ms: int) -> Span:
    found = span_from(query.find, zone_named(query.zone), now_ms) if query.find else Span()
    if query.after:
        return Span(since=found.since, after=query.after)
    if query.before:
        return Span(since=found.since, before=query.before)
    return found


def _has_newer(query: StreamQuery, page: EntryPage) -> bool:
    """Behind a place that somebody looked for there may be more; the link then says that there is none."""
    return bool(page.entries) and (page.has_newer or bool(query.find and not query.after))


def _turned(query: StreamQuery, shown: Sequence[Entry], *, before: bool) -> str:
    if before:
        return str(query.with_(before=shown[-1].id, after=""))
    return str(query.with_(after=shown[0].id, before=""))


def _note(query: StreamQuery, shown: Sequence[Entry]) -> str:
    if not shown:
        return (
            _("There is no entry there.") if not query.is_at_the_end else _("Nothing has been written yet.")
        )
    is_asked_id = "-" in query.find and ".." not in query.find and not (query.before or query.after)
    if is_asked_id and shown[0].id != query.find.strip():
        return _("There is no entry with this id; the nearest earlier one stands on top.")
    return ""
