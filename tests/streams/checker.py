"""What must always hold (I3, I4, I6, I7), read from the log and compared with everything that is stored."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from orderstream.domain.events import Event, fold
from orderstream.streams.codec import pairs
from orderstream.streams.events_log import read_events
from orderstream.streams.figures import snapshot
from orderstream.streams.lane import Lane

STATUSES = ("pending", "processing", "retrying", "completed", "failed", "cancelled")
# The checker's own table, kept apart from the domain's: a fault there must not hide itself here.
LEGAL = {
    "order.placed": {("", "pending")},
    "order.adopted": {("", "pending"), ("", "failed")},
    "order.started": {("pending", "processing"), ("retrying", "processing")},
    "order.completed": {("processing", "completed")},
    "order.retried": {("processing", "retrying")},
    "order.released": {("processing", "pending")},
    "order.cancel_asked": {("processing", "processing")},
    "order.failed": {("processing", "failed"), ("pending", "failed"), ("retrying", "failed")},
    "order.cancelled": {(source, "cancelled") for source in ("pending", "retrying", "processing", "failed")},
    "order.requeued": {("failed", "pending")},
    # A note is no move: it leaves the status as it is, whatever that is.
    "order.noted": {(status, status) for status in STATUSES},
}

MEASURED = ("took_", "waited_", "n_completed_at_first")


@dataclass
class Log:
    """All events, by order and counted."""

    histories: dict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))
    counts: Counter[str] = field(default_factory=Counter)

    @classmethod
    async def read(cls, lane: Lane) -> "Log":
        log, cursor = cls(), "0-0"
        while events := await read_events(lane, cursor, 5_000):
            for event in events:
                log.histories[event.order_id].append(event)
                log.counts[event.type] += 1
            cursor = events[-1].id
        return log


async def check(
    lane: Lane, *, lost: AbstractSet[str] = frozenset(), hashless: AbstractSet[str] = frozenset()
) -> Log:
    """`lost`: orders without an entry; `hashless`: those whose hash was taken and may be missing still."""
    log = await Log.read(lane)
    for history in log.histories.values():
        _check_history(history)
    folded = {order_id: fold(history) for order_id, history in log.histories.items()}
    await _check_hashes(lane, folded, hashless)
    await _check_totals(lane, log, folded)
    await _check_lists(lane, folded, lost)
    return log


def _check_history(history: list[Event]) -> None:
    status, fence, due, attempts = "", 0, 0, 0
    for version, event in enumerate(history, 1):
        assert event.version == version, f"I6 versions without a gap: {history}"
        assert event.source == status, f"I6 each move starts where the last ended: {history}"
        assert (event.source, event.target) in LEGAL[event.type], f"I6 illegal: {event}"
        assert event.actor, f"an event without actor: {event}"
        if "fence" in event.fields:
            assert int(event.fields["fence"]) > fence, f"I4 the fence grows: {history}"
            fence = int(event.fields["fence"])
        if event.type == "order.started":
            assert event.at_ms >= due, f"begun before it was due: {history}"
            assert int(event.fields["attempt"]) == attempts + 1, f"attempts are counted: {history}"
            assert int(event.fields["deadline"]) > event.at_ms
        attempts = int(event.fields.get("attempt", attempts))
        due = int(event.fields.get("next_attempt_at", due))
        status = event.target


async def _check_hashes(lane: Lane, folded: dict[str, dict[str, str]], hashless: AbstractSet[str]) -> None:
    ids = list(folded)
    hashes = await lane.commands(("HGETALL", lane.keys.status(i)) for i in ids)
    encodings = await lane.commands(("OBJECT", "ENCODING", lane.keys.status(i)) for i in ids)
    for order_id, stored, encoding in zip(ids, hashes, encodings, strict=True):
        if order_id in hashless and not stored:
            continue
        assert stored == folded[order_id], f"I6 folding {order_id} gives its hash"
        assert encoding == "listpack", f"the hash of {order_id} left its compact encoding: {stored}"


async def _check_totals(lane: Lane, log: Log, folded: dict[str, dict[str, str]]) -> None:
    totals = (await snapshot(lane)).totals
    gauges = Counter(fields["status"] for fields in folded.values())
    for status in STATUSES:
        assert totals.get(status, 0) == gauges[status], f"I7 gauge {status}: {totals} {gauges}"
    placed = totals.get("n_placed", 0) + totals.get("n_adopted", 0)
    assert placed == sum(totals.get(status, 0) for status in STATUSES), f"I7 sum: {totals}"
    for event_type in LEGAL:
        name = "n_" + event_type.removeprefix("order.")
        assert totals.get(name, 0) == log.counts[event_type], f"I7 counter {name}: {totals} {log.counts}"
    measured = Counter(name for history in log.histories.values() for name in _measured(history))
    stored = {name: count for name, count in totals.items() if name.startswith(MEASURED)}
    assert measured == Counter(stored), f"times and first attempts: {stored} {measured}"


def _measured(history: list[Event]) -> Iterator[str]:
    """The totals in which this order's times and its first attempt are counted."""
    due, rounds, attempt = history[0].at_ms, 1, "0"
    for event in history:
        if event.type == "order.started":
            yield f"waited_{_bucket(event.at_ms - due)}"
        if event.type == "order.completed":
            yield f"took_{_bucket(int(event.fields['processing_time']))}"
            if (attempt, rounds) == ("1", 1):
                yield "n_completed_at_first"
        due = int(event.fields.get("next_attempt_at", due))
        attempt, rounds = event.fields.get("attempt", attempt), rounds + (event.type == "order.requeued")


def _bucket(ms: int) -> int:
    tens = (10, 13, 16, 20, 25, 32, 40, 50, 63, 79)
    bounds = [math.floor(ten * 10**decade / 10 + 0.5) for decade in range(7) for ten in tens]
    return min((bound for bound in bounds if bound >= ms), default=10**7)


async def _check_lists(lane: Lane, folded: dict[str, dict[str, str]], lost: AbstractSet[str]) -> None:
    keys = lane.keys
    failed = set(await lane.command("ZRANGE", keys.failed, 0, -1))
    assert failed == {i for i, fields in folded.items() if fields["status"] == "failed"}, "dead letters"
    entries = {row[0] for row in await lane.command("XRANGE", keys.stream, "-", "+")}
    assert set(folded) <= entries | lost, "I8 no order without its entry"
    control = pairs(await lane.command("HGETALL", keys.control))
    asked = {tuple(name.split(":")[1:]) for name in control if name.startswith("cancel:")}
    owed = {
        (fields["worker_id"], order_id)
        for order_id, fields in folded.items()
        if fields["status"] == "processing" and "cancel" in fields
    }
    assert asked == owed, "a worker is told of exactly the cancels of what it has in hand"
