"""Once a second: makes of the last minute what boards say first, the same on all, and over restarts."""

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

from orderstream import conf
from orderstream.streams import figures, metrics, outlook
from orderstream.streams.codec import id_ms
from orderstream.streams.connection import GroupLost
from orderstream.streams.lane import Lane
from orderstream.streams.metrics import Sample
from orderstream.streams.outlook import Alarm, Mark, MarkKind, Outlook
from workers.keeper.alarms import Alarms
from workers.keeper.auditing import Auditing
from workers.keeper.flow import FlowJudge
from workers.keeper.handovers import Handovers
from workers.keeper.keeper import Term
from workers.keeper.scene import Scene

MINUTE_MS: Final = 60_000
SAMPLES_MOST: Final = 120
MARKS_FOR_MS: Final = 86_400_000
_MARKED: Final[frozenset[MarkKind]] = frozenset({"worker_lost", "slow_worker", "memory", "paused"})


class Watch:
    """Goes on from what the keeper before it has written."""

    every = timedelta(seconds=1)

    def __init__(self, handovers: Handovers, auditing: Auditing) -> None:
        self._handovers, self._auditing = handovers, auditing
        self._fence = 0
        self._before = Outlook(0)
        self._minute: deque[Sample] = deque()
        self._calm_until_ms = 0

    async def turn(self, term: Term) -> None:
        if term.fence != self._fence:
            self._before = await outlook.read(term.lane) or Outlook(0)
            self._alarms, self._flow, self._fence = Alarms(), FlowJudge(), term.fence
            self._minute.clear()
        scene = await self._scene(term.lane)
        alarms = self._alarms.judge(scene, self._before.alarms)
        self._before = Outlook(
            at_ms=scene.now_ms,
            flow=self._flow.judge(scene, alarms, self._before.flow),
            alarms=alarms,
            marks=marks_after(self._before, alarms, scene.now_ms),
        )
        await outlook.write(term.lane, self._before)

    async def _scene(self, lane: Lane) -> Scene:
        taken = await figures.snapshot(lane)
        now_ms, workers = taken.now_ms, await figures.workers(lane)
        lease_ms = conf.processing().lease // timedelta(milliseconds=1)
        if self._before.at_ms and now_ms - self._before.at_ms > lease_ms / 2:
            # Perhaps nobody reached the server, and we ask before the first beat, with which a calm begins.
            self._calm_until_ms = now_ms + lease_ms
        return Scene(
            now_ms=now_ms,
            minute=await self._samples(lane, now_ms),
            workers=workers,
            held={} if all(row.is_alive for row in workers) else await held_by_worker(lane),
            handovers=self._handovers.by_worker,
            lease_ms=lease_ms,
            is_paused=taken.control.get("paused") == "1",
            is_calm=0 < self._calm_until_ms - now_ms <= lease_ms
            or _is_ahead(taken.control.get("calm_until", ""), now_ms),
            is_full=taken.control.get("full") == "1",
            failures=taken.totals.get("n_failed", 0),
            last_event_ms=id_ms(taken.cursor) or now_ms,
            verdict=self._auditing.verdict,
        )

    async def _samples(self, lane: Lane, now_ms: int) -> Sequence[Sample]:
        """The last minute; only what is new of it is read."""
        minute, earliest_ms = self._minute, now_ms - MINUTE_MS
        last_ms = max(minute[-1].at_ms + 1 if minute else 0, earliest_ms)
        found = await metrics.samples(lane, last_ms, now_ms, SAMPLES_MOST)
        # An entry's id is a little later than the moment it tells of, so the last one may come again.
        minute.extend(sample for sample in found if sample.at_ms >= last_ms)
        while minute and not earliest_ms <= minute[0].at_ms <= now_ms:
            minute.popleft()
        return list(minute)


def marks_after(before: Outlook, alarms: Iterable[Alarm], now_ms: int) -> tuple[Mark, ...]:
    """One where an alarm begins, and one where a pause ends."""
    marks = [mark for mark in before.marks if now_ms - mark.at_ms < MARKS_FOR_MS]
    known, now = {alarm.key for alarm in before.alarms}, {alarm.key: alarm for alarm in alarms}
    for key, alarm in now.items():
        if key not in known and alarm.kind in _MARKED:
            marks.append(Mark(alarm.since_ms, alarm.kind, alarm.worker))
    if ("paused", "") in known - set(now):
        marks.append(Mark(now_ms, "resumed"))
    return tuple(marks[-outlook.MARKS_MOST :])


async def held_by_worker(lane: Lane) -> dict[str, int]:
    try:
        return dict((await figures.group_figures(lane)).pending_by_worker)
    except GroupLost:
        return {}


def _is_ahead(ms: str, now_ms: int) -> bool:
    return ms.isdecimal() and int(ms) > now_ms
