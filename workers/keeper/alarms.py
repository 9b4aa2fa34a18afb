"""What a person should know: each rule says when its alarm begins, and with some grace when it ends."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from statistics import median
from typing import Final

from orderstream.streams.figures import WorkerRow
from orderstream.streams.outlook import Alarm
from workers.keeper.scene import Scene

# A lost worker leaves Redis a minute after its lease; who comes to the board later should still know.
LOST_SHOWN_MS: Final = 300_000
HEIRS_MOST: Final = 3
# So many times slower than the others, and by so many seconds; who is slow stays so down to the second pair.
SLOW: Final = (2.0, 0.5)
STILL_SLOW: Final = (1.5, 0.3)
SLOW_FOR_MS: Final = 20_000
LETTERS_WITHIN_MS: Final = 300_000
LETTERS_LEAST: Final = 5
LETTERS_QUIET_MS: Final = 120_000
MEMORY_FROM: Final = 0.70
MEMORY_BELOW: Final = 0.65
IDS_SHOWN: Final = 3

Known = dict[tuple[str, str], Alarm]


class Alarms:
    """Remembers what the alarms themselves don't say: for how long something holds, and recent failures."""

    def __init__(self) -> None:
        self._slow_since_ms: dict[str, int] = {}
        self._failures: deque[tuple[int, int]] = deque()
        self._last_failure_ms = 0

    def judge(self, scene: Scene, before: Iterable[Alarm]) -> tuple[Alarm, ...]:
        """Critical ones first, then the youngest."""
        known = {alarm.key: alarm for alarm in before}
        rules: Sequence[Callable[[Scene, Known], Iterable[Alarm]]] = (
            audit,
            lost_workers,
            memory,
            paused,
            self._slow_workers,
            self._dead_letters,
        )
        found = [alarm for rule in rules for alarm in rule(scene, known)]
        return tuple(sorted(found, key=lambda alarm: (not alarm.is_critical, -alarm.since_ms, alarm.worker)))

    def _slow_workers(self, scene: Scene, known: Known) -> Iterable[Alarm]:
        times = {row.name: p95 for row in scene.workers if row.is_alive and (p95 := _p95(row)) is not None}
        self._slow_since_ms = {name: at for name, at in self._slow_since_ms.items() if name in times}
        for name, p95 in times.items():
            others = [time for other, time in times.items() if other != name]
            if not others:
                continue
            usual, alarm = median(others), known.get(("slow_worker", name))
            factor, seconds = STILL_SLOW if alarm else SLOW
            is_slow = p95 >= factor * usual and p95 - usual >= seconds
            if not is_slow:
                self._slow_since_ms.pop(name, None)
                continue
            since_ms = alarm.since_ms if alarm else self._slow_since_ms.setdefault(name, scene.now_ms)
            if alarm or scene.now_ms - since_ms >= SLOW_FOR_MS:
                yield Alarm("slow_worker", since_ms, name, p95=round(p95, 1), others=round(usual, 1))

    def _dead_letters(self, scene: Scene, known: Known) -> Iterable[Alarm]:
        """They rise: several within a few minutes. What has lain there for longer is no news."""
        readings = self._failures
        if readings and scene.failures < readings[-1][1]:
            readings.clear()  # the server came back empty
        if readings and scene.failures > readings[-1][1]:
            self._last_failure_ms = scene.now_ms
        readings.append((scene.now_ms, scene.failures))
        while scene.now_ms - readings[0][0] > LETTERS_WITHIN_MS:
            readings.popleft()
        alarm = known.get(("dead_letters", ""))
        if alarm is None and scene.failures - readings[0][1] >= LETTERS_LEAST:
            first_ms = next(at for at, failures in readings if failures > readings[0][1])
            alarm = Alarm("dead_letters", first_ms, base=readings[0][1])
        quiet_since_ms = max(self._last_failure_ms, readings[0][0])
        if alarm and scene.failures >= alarm.base and scene.now_ms - quiet_since_ms < LETTERS_QUIET_MS:
            yield replace(alarm, letters=scene.failures - alarm.base)


def audit(scene: Scene, known: Known) -> Iterable[Alarm]:
    """Orders that are lost, doubled or wrong. What an earlier keeper said stands until this one knows."""
    alarm, verdict = known.get(("audit", "")), scene.verdict
    if verdict is None:
        yield from [alarm] if alarm else []
    elif not verdict.is_clean:
        yield Alarm(
            "audit",
            alarm.since_ms if alarm else scene.now_ms,
            lost=verdict.lost,
            doubled=verdict.doubled,
            wrong=verdict.others,
            ids=verdict.ids[:IDS_SHOWN],
        )


def lost_workers(scene: Scene, known: Known) -> Iterable[Alarm]:
    """Since the last beat. In calm nobody is judged: after an outage or a change of lease they may live."""
    silent = {row.name: row.alive_until_ms - scene.lease_ms for row in scene.workers if not row.is_alive}
    living = {row.name for row in scene.workers if row.is_alive}
    if scene.is_calm:
        silent = {name: at for name, at in silent.items() if ("worker_lost", name) in known}
    for name in {name for kind, name in known if kind == "worker_lost"} - living - set(silent):
        alarm = known["worker_lost", name]
        # It is counted from the last beat, and a lease passes before anybody calls that a loss.
        if scene.now_ms - alarm.since_ms < LOST_SHOWN_MS + scene.lease_ms:
            silent[name] = alarm.since_ms
    for name, since_ms in sorted(silent.items()):
        before, handover = known.get(("worker_lost", name)), scene.handovers.get(name)
        told = before or Alarm("worker_lost", since_ms, name)
        if handover is not None:
            heirs = tuple(sorted(heir for heir, _count in handover.heirs.most_common(HEIRS_MOST)))
            told = replace(told, orders=handover.orders, heirs=heirs)
        # Not counted anew: another lease would move the moment, and with it the mark on the charts.
        yield replace(told, held=scene.held.get(name, 0))


def memory(scene: Scene, known: Known) -> Iterable[Alarm]:
    """Well before the keeper refuses orders, so that somebody can do something."""
    latest = scene.minute[-1].figures if scene.minute else {}
    used, limit = latest.get("memory_used"), latest.get("memory_limit")
    alarm = known.get(("memory", ""))
    if not used or not limit:
        return
    share = used / limit
    if scene.is_full or share >= (MEMORY_BELOW if alarm else MEMORY_FROM):
        since_ms = alarm.since_ms if alarm else scene.now_ms
        yield Alarm("memory", since_ms, share=round(share, 2), is_full=scene.is_full)


def paused(scene: Scene, known: Known) -> Iterable[Alarm]:
    if scene.is_paused:
        yield known.get(("paused", ""), Alarm("paused", scene.now_ms))


def _p95(row: WorkerRow) -> float | None:
    """A worker's own words: seconds, or nothing."""
    text = row.details.get("p95_ms", "")
    return int(text) / 1000 if text.isdecimal() else None
