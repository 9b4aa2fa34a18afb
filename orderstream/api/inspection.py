"""/api/stream, groups, consumers, pending: what an operator would ask redis-cli, for programs."""

from typing import Any, Final

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import P, QueryEx, Router

from orderstream import conf
from orderstream.access.rights import Right
from orderstream.api import inspection_schemas as out
from orderstream.api import schemas
from orderstream.api.answers import clean, iso
from orderstream.api.callers import READING, may
from orderstream.api.problems import Problem
from orderstream.api.spans import page_cursor, page_size, refuse_unknown
from orderstream.streams import inspection
from orderstream.streams.codec import id_ms
from orderstream.streams.inspection import Consumer, Consumers, GroupFigures, NoSuchGroup, StreamName
from orderstream.streams.lag import Lags
from orderstream.streams.lane import GROUP, Lane
from orderstream.streams.pending import PendingEntry, PendingPage, pending

router = Router(tags=["stream"])

DEFAULT_PAGE: Final = 50
PAGE_MAX: Final = 500
NAME_MAX: Final = 256  # characters of a group's or consumer's name
IDLE_DIGITS: Final = 13  # three hundred years

NAME_HELP = "orders (if absent), events or metrics."
GROUP_HELP = "order_processors if absent."
CONSUMER_HELP = "Only what is pending for this consumer; @waiting holds what no worker may have yet."
IDLE_HELP = "Only what was handed out so many ms ago or earlier."
CURSOR_HELP = "The next_cursor of the page before; the other parameters as they were."
LIMIT_HELP = f"1 to {PAGE_MAX}; {DEFAULT_PAGE} if absent."

PROBLEMS = dict.fromkeys((401, 403, 422, 429, 503), schemas.ProblemOut)
READ: Any = may(Right.READ_ORDERS)

_lags: Final = Lags()


@router.api_operation(
    READING,
    "/stream",
    auth=READ,
    response={200: out.StreamOut, **PROBLEMS},
    summary="Read a stream's figures",
)
async def read_stream(
    request: HttpRequest, name: QueryEx[str | None, P(description=NAME_HELP)] = None
) -> out.StreamOut:
    """As XINFO STREAM and MEMORY USAGE tell them."""
    refuse_unknown(request, ("name",))
    stream = stream_named(name)
    figures = await inspection.stream_figures(conf.lane(), stream)
    return out.StreamOut(
        name=stream,
        key=figures.key,
        length=figures.length,
        entries_added=figures.added,
        first_id=figures.first_id,
        first_at=_iso_of(figures.first_id),
        last_id=figures.last_id,
        last_at=_iso_of(figures.last_id),
        memory_bytes=figures.memory_bytes,
        written_per_second=figures.written_per_second,
        groups=figures.groups,
    )


@router.api_operation(
    READING, "/groups", auth=READ, response={200: out.GroupsOut, **PROBLEMS}, summary="List consumer groups"
)
async def list_groups(
    request: HttpRequest, name: QueryEx[str | None, P(description=NAME_HELP)] = None
) -> out.GroupsOut:
    """As XINFO GROUPS tells them; a lag that the server does not know is counted, for 50 ms at most."""
    refuse_unknown(request, ("name",))
    found = await inspection.groups(conf.lane(), stream_named(name), _lags.begin())
    return out.GroupsOut(groups=[_group_out(group) for group in found])


@router.api_operation(
    READING, "/consumers", auth=READ, response={200: out.ConsumersOut, **PROBLEMS}, summary="List consumers"
)
async def list_consumers(
    request: HttpRequest,
    group: QueryEx[str | None, P(description=GROUP_HELP)] = None,
    name: QueryEx[str | None, P(description=NAME_HELP)] = None,
) -> out.ConsumersOut:
    """As XINFO CONSUMERS tells them, and which of them is a worker that lives."""
    refuse_unknown(request, ("group", "name"))
    stream, asked = stream_named(name), _checked_name("group", group)
    try:
        found = await inspection.consumers(conf.lane(), stream, asked or GROUP)
    except NoSuchGroup as missing:
        _refuse_named(asked, missing)
        found = Consumers(())
    return out.ConsumersOut(
        group=clean(asked or GROUP),
        consumers=[_consumer_out(consumer) for consumer in found.shown],
        left_out=found.left_out,
    )


@router.api_operation(
    READING,
    "/pending",
    auth=READ,
    response={200: out.PendingPageOut, **PROBLEMS},
    summary="List pending entries",
)
async def list_pending(
    request: HttpRequest,
    group: QueryEx[str | None, P(description=GROUP_HELP)] = None,
    consumer: QueryEx[str | None, P(description=CONSUMER_HELP)] = None,
    min_idle: QueryEx[str | None, P(description=IDLE_HELP)] = None,
    limit: QueryEx[str | None, P(description=LIMIT_HELP)] = None,
    cursor: QueryEx[str | None, P(description=CURSOR_HELP)] = None,
    name: QueryEx[str | None, P(description=NAME_HELP)] = None,
) -> out.PendingPageOut:
    """As XPENDING lists them, oldest first, with what the orders' statuses say."""
    refuse_unknown(request, ("group", "consumer", "min_idle", "limit", "cursor", "name"))
    asked = _checked_name("group", group)
    page = await _page(
        conf.lane(),
        stream_named(name),
        asked,
        consumer=_checked_name("consumer", consumer),
        min_idle_ms=_milliseconds(min_idle),
        limit=page_size(limit, DEFAULT_PAGE, PAGE_MAX),
        cursor=page_cursor(cursor),
    )
    return out.PendingPageOut(
        group=clean(asked or GROUP),
        pending=[_pending_out(entry) for entry in page.entries],
        next_cursor=page.next_cursor,
    )


async def _page(lane: Lane, stream: StreamName, asked: str | None, **given: Any) -> PendingPage:
    try:
        return await pending(lane, stream, asked or GROUP, **given)
    except NoSuchGroup as missing:
        _refuse_named(asked, missing)
        return PendingPage((), None)


def stream_named(text: str | None) -> StreamName:
    try:
        return StreamName(text or StreamName.ORDERS)
    except ValueError:
        raise _wrong("name", _("Use %(known)s.") % {"known": ", ".join(StreamName)}) from None


def _refuse_named(asked: str | None, missing: NoSuchGroup) -> None:
    """Our own group is made by the first worker: until then it holds nothing."""
    if asked is not None:
        known = ", ".join(map(clean, missing.known[: inspection.GROUPS_MAX])) or "-"
        raise _wrong("group", _("There is no such group. Known are %(known)s.") % {"known": known})


def _checked_name(field: str, text: str | None) -> str | None:
    if text is not None and not 0 < len(text) <= NAME_MAX:
        raise _wrong(field, _("Use 1 to %(most)s characters.") % {"most": NAME_MAX})
    return text


def _milliseconds(text: str | None) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= IDLE_DIGITS):
        raise _wrong("min_idle", _("Use a whole number of milliseconds, such as 60000."))
    return int(text)


def _wrong(field: str, message: str) -> Problem:
    return Problem(422, _("A parameter is wrong."), errors=[{"field": field, "message": message}])


def _group_out(group: GroupFigures) -> out.GroupOut:
    return out.GroupOut(
        name=clean(group.name),
        consumers=group.consumers,
        pending=group.pending,
        last_delivered_id=group.last_delivered_id,
        entries_read=group.entries_read,
        lag=group.lag.count,
        lag_from=group.lag.source,
        lag_reason=_(group.lag.reason) % group.lag.params,
        lag_at_least=group.lag.at_least,
        oldest_pending_id=group.oldest_pending_id,
        oldest_pending_at=_iso_of(group.oldest_pending_id),
    )


def _consumer_out(consumer: Consumer) -> out.ConsumerOut:
    return out.ConsumerOut(
        name=clean(consumer.name),
        pending=consumer.pending,
        idle_ms=consumer.idle_ms,
        inactive_ms=consumer.inactive_ms,
        state=consumer.state,
    )


def _pending_out(entry: PendingEntry) -> out.PendingOut:
    return out.PendingOut(
        entry_id=entry.entry_id,
        owner=clean(entry.owner),
        idle_ms=entry.idle_ms,
        deliveries=entry.deliveries,
        attempt=entry.attempt,
        status=None if entry.status is None else clean(entry.status),
        worker=None if entry.worker is None else clean(entry.worker),
        started_at=None if entry.started_at_ms is None else iso(entry.started_at_ms),
    )


def _iso_of(entry_id: str | None) -> str | None:
    return None if entry_id is None else iso(id_ms(entry_id))
