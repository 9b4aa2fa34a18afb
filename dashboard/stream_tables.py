"""The rows of the stream page: what the readers found, in a person's terms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from dashboard import numerals
from dashboard.entry_lines import readable
from dashboard.numerals import Measure
from dashboard.stream_query import StreamQuery
from orderstream.streams.codec import id_ms
from orderstream.streams.inspection import (
    Consumer,
    ConsumerState,
    GroupFigures,
    StreamFigures,
    StreamName,
    oldest_pending_ms,
)
from orderstream.streams.lane import Lane
from orderstream.streams.pending import PendingEntry

_SECONDS_OF_A_DAY: Final = 86_400
# The shape of each state; @waiting is shown as what it holds.
_SHAPES: Final[Mapping[ConsumerState, str]] = {
    "alive": "alive",
    "lost": "lost",
    "waiting": "retrying",
    "foreign": "pending",
}


@dataclass(frozen=True, slots=True)
class Switch:
    """One of the streams to look at."""

    key: str
    href: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class StreamRow:
    """Figures of a stream; ids and times None where there is no entry."""

    key: str
    length: str
    added: str
    memory: Measure | None
    entry_size: str
    first_id: str | None
    first_ms: int | None
    last_id: str | None
    last_ms: int | None
    rate: str
    per_day: str


@dataclass(frozen=True, slots=True)
class GroupRow:
    """`lag` empty: unknown, and `reason` says why."""

    name: str
    href: str
    is_current: bool
    consumers: str
    pending: str
    last_delivered_id: str
    entries_read: str
    lag: str
    reason: str
    oldest_ms: int | None


@dataclass(frozen=True, slots=True)
class ConsumerRow:
    name: str
    href: str
    is_current: bool
    shape: str
    state: str
    pending: str
    idle: str
    inactive: str


@dataclass(frozen=True, slots=True)
class PendingRow:
    entry_id: str
    owner: str
    idle: str
    deliveries: int
    attempt: str
    status: str


def switches(lane: Lane, query: StreamQuery) -> Sequence[Switch]:
    return [Switch(name.key(lane), str(query.of(name)), name is query.name) for name in StreamName]


def stream_row(figures: StreamFigures) -> StreamRow:
    memory, length, rate = figures.memory_bytes, figures.length, figures.written_per_second
    return StreamRow(
        key=figures.key,
        length=numerals.count(length),
        added=_("%(count)s added in all") % {"count": numerals.count(figures.added)},
        memory=None if memory is None else numerals.size(memory),
        entry_size=_("%(size)s an entry") % {"size": "".join(numerals.size(round(memory / length)))}
        if memory is not None and length
        else "",
        first_id=figures.first_id,
        first_ms=_ms(figures.first_id),
        last_id=figures.last_id,
        last_ms=_ms(figures.last_id),
        rate="" if rate is None else numerals.rate(rate),
        per_day=_("the keeper is away")
        if rate is None
        else _("%(count)s a day at this rate") % {"count": numerals.count(round(rate * _SECONDS_OF_A_DAY))},
    )


def group_row(group: GroupFigures, query: StreamQuery) -> GroupRow:
    lag = group.lag
    counts = {name: numerals.count(value) for name, value in lag.params.items()}
    read = group.entries_read
    return GroupRow(
        name=readable(group.name),
        href=str(query.with_(group=group.name, consumer="", cursor="")),
        is_current=group.name == query.group,
        consumers=numerals.count(group.consumers),
        pending=numerals.count(group.pending),
        last_delivered_id=group.last_delivered_id,
        entries_read=numerals.unknown() if read is None else numerals.count(read),
        lag="" if lag.count is None else numerals.count(lag.count),
        reason=_(lag.reason) % counts,
        oldest_ms=oldest_pending_ms(group),
    )


def consumer_row(consumer: Consumer, query: StreamQuery) -> ConsumerRow:
    words = {
        "alive": _("alive"),
        "lost": _("lost"),
        "waiting": _("not due yet"),
        "foreign": _("no worker of ours"),
    }
    inactive = consumer.inactive_ms
    return ConsumerRow(
        name=readable(consumer.name),
        href=str(query.with_(consumer=consumer.name, cursor="")),
        is_current=consumer.name == query.consumer,
        shape=_SHAPES[consumer.state],
        state=words[consumer.state],
        pending=numerals.count(consumer.pending),
        idle=numerals.span_text(consumer.idle_ms / 1000),
        inactive="" if inactive is None else numerals.span_text(inactive / 1000),
    )


def pending_row(entry: PendingEntry) -> PendingRow:
    return PendingRow(
        entry_id=entry.entry_id,
        owner=readable(entry.owner),
        idle=numerals.span_text(entry.idle_ms / 1000),
        deliveries=entry.deliveries,
        attempt="–" if entry.attempt is None else str(entry.attempt),
        status=readable(entry.status or ""),
    )


def _ms(entry_id: str | None) -> int | None:
    return None if entry_id is None else id_ms(entry_id)
