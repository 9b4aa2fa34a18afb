"""The figures and worker rows of the board: read from Redis once a second, put into the wire's terms."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Literal

from dashboard.judgements import alarms_of, flow_of, is_fresh, ranking_of, verdict_of
from dashboard.protocol import UNKNOWN_RATES, Figures, Oldest, Rates, Slots, Targets, Totals, WorkerRow
from dashboard.rates import Meter
from dashboard.samples import sampled
from orderstream import conf
from orderstream.domain.events import ms_of
from orderstream.domain.status import OrderStatus
from orderstream.streams import figures as stream
from orderstream.streams import outlook, ranking, verdicts
from orderstream.streams.connection import GroupLost
from orderstream.streams.lane import Lane
from orderstream.streams.outlook import Outlook
from orderstream.streams.ranking import Top
from orderstream.streams.verdicts import Verdict

# Thousands of workers would be most of every frame; whoever runs so many needs a page of their own.
WORKERS_SHOWN: Final = 200

SILENCE_SECONDS: Final = 5.0

_RATED: Final = ("n_placed", "n_completed", "n_failed")
WorkerState = Literal["alive", "paused", "draining", "lost"]
_STATE_OF_MODE: Final[Mapping[str, WorkerState]] = {"paused": "paused", "draining": "draining"}


@dataclass(frozen=True)
class Reading:
    """All figures of one moment by the server's clock."""

    now_ms: int
    cursor: str  # the end of the log then
    figures: Figures
    workers: tuple[WorkerRow, ...]


class FiguresReader:
    """Remembers the last few seconds of counters, for rates are their differences."""

    def __init__(self) -> None:
        self._totals = Meter()
        self._workers = Meter()
        self._details: dict[str, Mapping[str, str]] = {}
        self._silent_since: float | None = None

    async def read(self, lane: Lane, monotonic: float) -> Reading:
        snapshot = await stream.snapshot(lane)
        totals = totals_of(snapshot.totals)
        # At once: on a busy server each round trip waits behind somebody's batch.
        now_ms = snapshot.now_ms
        group, (oldest, waiting_since), next_retry_at, reported, sample, judgements = await asyncio.gather(
            _group(lane),
            _oldest(lane),
            stream.next_retry_at_ms(lane),
            stream.workers(lane),
            sampled(lane, now_ms, snapshot.totals),
            _judgements(lane),
        )
        workers, (judged, top, verdict) = self._remembered(reported), judgements
        # A counter that no step has raised yet is not there, and is 0 for certain.
        self._totals.add(monotonic, {name: snapshot.totals.get(name, 0) for name in _RATED})
        # Unknown is not 0: a worker that is heard again would seem to have done all its work in this second.
        done = {row.name: _number(row, "completed") for row in workers}
        self._workers.add(monotonic, {name: count for name, count in done.items() if count is not None})
        rows = tuple(self._worker(row, group) for row in workers)
        figures = Figures(
            totals=totals,
            lag=group.lag if group else None,
            in_hand=group.in_hand if group else None,
            waiting=group.waiting if group else None,
            rates=self._rates(sample.rates),
            oldest=oldest,
            waiting_since=waiting_since,
            slots=_slots(rows),
            next_retry_at=next_retry_at,
            paused=snapshot.control.get("paused") == "1",
            calm_until=_ahead(snapshot.control.get("calm_until"), now_ms),
            waiting_time=sample.waiting_time,
            processing_time=sample.processing_time,
            targets=_targets(),
            memory=sample.memory,
            completed_15m=sample.completed_15m,
            first_15m=sample.first_15m,
            sample=sample.charted,
            flow=flow_of(judged, now_ms),
            alarms=alarms_of(judged, now_ms, is_silent=self._is_silent(judged, now_ms, monotonic)),
            ranking=ranking_of(top),
            verdict=verdict_of(verdict),
        )
        return Reading(now_ms, snapshot.cursor, figures, _first(rows))

    def _remembered(self, workers: Sequence[stream.WorkerRow]) -> list[stream.WorkerRow]:
        """What a worker said of itself is gone from Redis a lease after its last beat; its row stays."""
        self._details = {row.name: row.details or self._details.get(row.name, {}) for row in workers}
        return [replace(row, details=self._details[row.name]) for row in workers]

    def _is_silent(self, judged: Outlook | None, now_ms: int, monotonic: float) -> bool:
        """After an outage the keeper needs a moment to say something; that is no silence."""
        if judged is None or is_fresh(judged, now_ms):
            self._silent_since = None
            return False
        if self._silent_since is None:
            self._silent_since = monotonic
        return monotonic - self._silent_since >= SILENCE_SECONDS

    def _rates(self, sampled: Rates) -> Rates:
        """The keeper's own until two readings of ours exist, so that a page is right on its first paint."""
        own = Rates(*(self._totals.per_second(name) for name in _RATED))
        return sampled if own == UNKNOWN_RATES else own

    def _worker(self, row: stream.WorkerRow, group: stream.GroupFigures | None) -> WorkerRow:
        lease = conf.processing().lease // timedelta(milliseconds=1)
        held = group.pending_by_worker.get(row.name, 0) if group else None
        return WorkerRow(
            name=row.name,
            state=_STATE_OF_MODE.get(row.details.get("mode", ""), "alive") if row.is_alive else "lost",
            rate=self._workers.per_second(row.name) if row.is_alive else None,
            in_hand=held if held is not None else _number(row, "in_flight") or 0,
            concurrency=_number(row, "concurrency"),
            completed=_number(row, "completed"),
            failed=_number(row, "failed"),
            beat_at=row.alive_until_ms - lease,
            host=row.details.get("host"),
            pid=_number(row, "pid"),
            started_at=_ms(row, "started_at"),
            p95=_seconds(_number(row, "p95_ms")) if row.is_alive else None,
        )


def _targets() -> Targets:
    targets = conf.targets()
    return Targets(targets.waiting.total_seconds(), targets.processing.total_seconds())


def totals_of(totals: Mapping[str, int]) -> Totals:
    gauges = {status.value: totals.get(status, 0) for status in OrderStatus}
    return Totals(placed=totals.get("n_placed", 0), adopted=totals.get("n_adopted", 0), **gauges)


async def _group(lane: Lane) -> stream.GroupFigures | None:
    try:
        return await stream.group_figures(lane)
    except GroupLost:
        return None  # before the first worker, or until one makes it again: unknown


async def _judgements(lane: Lane) -> tuple[Outlook | None, Top | None, Verdict | None]:
    return await outlook.read(lane), await ranking.read_top(lane), await verdicts.read(lane)


async def _oldest(lane: Lane) -> tuple[Oldest | None, int | None]:
    """Of the unfinished, and since when the first waits that nobody was handed."""
    try:
        oldest = await stream.oldest_unfinished(lane)
        since = await stream.oldest_waiting_since_ms(lane) if oldest else None
    except GroupLost:
        return None, None
    return Oldest(oldest.order_id, oldest.status, oldest.since_ms) if oldest else None, since


def _slots(rows: Sequence[WorkerRow]) -> Slots:
    alive = [row for row in rows if row.state != "lost"]
    return Slots(sum(row.in_hand for row in alive), sum(row.concurrency or 0 for row in alive))


def _first(rows: Sequence[WorkerRow]) -> tuple[WorkerRow, ...]:
    """By name; where there are too many, the living ones stay."""
    chosen = sorted(rows, key=lambda row: (row.state == "lost", row.name))[:WORKERS_SHOWN]
    return tuple(sorted(chosen, key=lambda row: row.name))


def _ahead(ms: str | None, now_ms: int) -> int | None:
    return int(ms) if ms and ms.isdecimal() and int(ms) > now_ms else None


def _number(row: stream.WorkerRow, name: str) -> int | None:
    """Workers report for display only, so whatever is no number is merely unknown."""
    try:
        return int(row.details[name])
    except (KeyError, ValueError):
        return None


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000


def _ms(row: stream.WorkerRow, name: str) -> int | None:
    try:
        return ms_of(row.details[name])
    except (KeyError, ValueError, OverflowError):
        return None
