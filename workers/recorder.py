"""Records outcomes in groups: what ends while one call is in the air goes with the next."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from orderstream.domain.status import OrderStatus
from orderstream.streams.connection import explain
from orderstream.streams.deliveries import Report, Verdict
from workers.hand import Hand
from workers.recent import RecentTimes
from workers.reconnecting import Connectedness, waits
from workers.source import TROUBLE, Source

log = structlog.get_logger(__name__)

GROUP_SIZE: Final = 200
"""Reports per call: beyond 100 nothing is gained, and a call of 1,000 stalls the server for 20 ms."""


@dataclass(slots=True)
class Tally:
    """What this start of the worker has done so far, for display."""

    completed: int = 0
    failed: int = 0
    busy_ms: int = 0
    times: RecentTimes = field(default_factory=RecentTimes)


@dataclass(slots=True, eq=False)
class Recorder:
    """One call at a time; an unanswered one is sent again with the same fences until it is answered."""

    source: Source
    hand: Hand
    tally: Tally
    connectedness: Connectedness
    _queue: list[Report] = field(default_factory=list)
    _awaited: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, report: Report) -> None:
        self._queue.append(report)
        self._awaited.set()

    async def run(self) -> None:
        """Until cancelled; whoever cancels waits for the hand to be empty first."""
        while True:
            await self._awaited.wait()
            group, self._queue = self._queue[:GROUP_SIZE], self._queue[GROUP_SIZE:]
            if not self._queue:
                self._awaited.clear()
            if group:
                self._settle(group, await self._answered(group))

    async def _answered(self, group: Sequence[Report]) -> Sequence[Verdict]:
        for wait in waits():
            try:
                verdicts = await self.source.finish(group)
            except TROUBLE as error:
                self.connectedness.lost("recorder", explain(error))
                await asyncio.sleep(wait)
            else:
                self.connectedness.regained("recorder")
                return verdicts
        raise AssertionError("waits() never ends")

    def _settle(self, group: Sequence[Report], verdicts: Sequence[Verdict]) -> None:
        for report, verdict in zip(group, verdicts, strict=True):
            self.tally.busy_ms += report.took_ms
            match verdict.code:
                case "recorded" | "again":
                    self._count(verdict, report.took_ms)
                case "stale":  # refused and counted by the script (I4)
                    log.warning("late outcome refused", order_id=report.order_id, fence=report.fence)
                case code:
                    log.error("outcome cannot be recorded", order_id=report.order_id, reason=code)
        self.hand.forget(report.order_id for report in group)

    def _count(self, verdict: Verdict, took_ms: int) -> None:
        if verdict.status == OrderStatus.COMPLETED:
            self.tally.completed += 1
            self.tally.times.add(took_ms)
        elif verdict.status == OrderStatus.FAILED:
            self.tally.failed += 1
