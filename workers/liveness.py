"""Beats from a thread of its own, lest a handler make a live worker look dead (I16); watches its loop."""

import asyncio
import contextlib
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

import structlog

from orderstream.streams import sweeping
from orderstream.streams.connection import explain
from orderstream.streams.lane import Lane
from orderstream.streams.liveness import Asked, Beat, beat
from workers.reconnecting import Connectedness, waits
from workers.source import TROUBLE
from workers.sweeper import Sweeper

log = structlog.get_logger(__name__)

STALL: Final = timedelta(seconds=2)
"""A loop that has not turned for so long is blocked by a handler; its orders' deadlines bound the harm."""

LONGEST_PATIENCE: Final = timedelta(seconds=2.5)
"""Whatever the lease: a beat that waits for its answer must not outlast one that is shortened meanwhile."""

ECHO: Final = timedelta(milliseconds=100)
"""So soon after it is asked something a worker says what it does now: the loop has heard it by then."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often a worker beats, and for how long each beat counts where no manager chose a lease for all."""

    beat: timedelta
    lease: timedelta
    sweep_interval: timedelta
    attempts: int
    sweep_backoff: timedelta
    patience: timedelta = timedelta(minutes=1)
    """For a blocked loop: once no attempt in it can be within its deadline, only another process helps."""

    @property
    def lease_ms(self) -> int:
        return self.lease // timedelta(milliseconds=1)

    @property
    def sweep_backoff_ms(self) -> int:
        return self.sweep_backoff // timedelta(milliseconds=1)


class LoopWatch:
    """Asks the worker's loop for an echo at each beat; says once when it stalls and when it turns again."""

    def __init__(self, loop: asyncio.AbstractEventLoop, thread_id: int) -> None:
        self._loop, self._thread_id = loop, thread_id
        self._asked_at = time.monotonic()
        self._silent = timedelta()
        self._stalled_at: float | None = None

    @property
    def is_stalled(self) -> bool:
        return self._stalled_at is not None

    @property
    def stalled_for(self) -> timedelta:
        return (
            timedelta()
            if self._stalled_at is None
            else timedelta(seconds=time.monotonic() - self._stalled_at)
        )

    def ask(self) -> None:
        now = time.monotonic()
        # A process that was stopped as a whole stalled no loop: however long ago, one question counts little.
        self._silent += min(timedelta(seconds=now - self._asked_at), STALL / 2)
        self._asked_at = now
        if self._silent > STALL and self._stalled_at is None:
            self._stalled_at = now
            log.error(
                "event loop stalled: a handler blocks it; make it async or a plain function", at=self._where()
            )
        self._loop.call_soon_threadsafe(self._heard)

    def _heard(self) -> None:
        self._silent = timedelta()
        if self._stalled_at is not None:
            seconds = round(time.monotonic() - self._stalled_at + STALL.total_seconds(), 1)
            self._stalled_at = None
            log.warning("event loop turns again", stalled_seconds=seconds)

    def _where(self) -> list[str]:
        frame = sys._current_frames().get(self._thread_id)
        return [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_stack(frame)[-3:]]


@dataclass(frozen=True, slots=True)
class Ears:
    """What the worker says of itself at each beat, and who hears the answer.

    `told` is called in the worker's loop; `end` and `stop` in the thread of the beat, for a blocked loop does
    not hear. `stop` comes again with each beat."""

    card: Callable[[], Mapping[str, Any]]
    told: Callable[[Beat], None]
    end: Callable[[str], None] = lambda _why: None
    stop: Callable[[], None] = lambda: None


class Liveness:
    """Its thread has an event loop and a client of its own; it also takes the turns at sweeping."""

    def __init__(
        self,
        name: str,
        rhythm: Rhythm,
        lane: Callable[[], Lane],
        ears: Ears,
        connectedness: Connectedness,
        *,
        parent: int | None = None,
    ) -> None:
        self._name, self._rhythm, self._lane, self._ears = name, rhythm, lane, ears
        self._connectedness, self._parent = connectedness, parent
        self._ended = threading.Event()
        self._is_stopped = False
        self._is_given_up = False
        # What the last beat was told that it counts for.
        self._lease_ms = rhythm.lease_ms
        self._asked: tuple[bool, Asked, int | None] = (False, Asked.NOTHING, None)

    def start(self) -> None:
        """From the event loop that is to be told."""
        self._home = asyncio.get_running_loop()
        self._watch = LoopWatch(self._home, threading.get_ident())
        threading.Thread(target=self._run, name="beat", daemon=True).start()

    def adopt(self, rhythm: Rhythm) -> None:
        """Sweep by this from the next turn on. From any thread; beat and interval stay as they are."""
        # The loop may still be in an attempt that was given more time.
        self._rhythm = replace(rhythm, patience=max(rhythm.patience, self._rhythm.patience))

    async def stop(self) -> None:
        """No beat comes after this: a retired worker must not be made alive again."""
        self._is_stopped = True
        self._loop.call_soon_threadsafe(self._wake.set)
        await asyncio.to_thread(self._ended.wait, self._patience)

    def _run(self) -> None:
        try:
            asyncio.run(self._live())
        except Exception:
            log.exception("the beat has died")
            self._ears.end("its beat has died")  # it would be taken for dead while it works on
        finally:
            self._ended.set()

    async def _live(self) -> None:
        self._loop, self._wake = asyncio.get_running_loop(), asyncio.Event()
        lane = self._lane()
        turns = self._sweeper(lane)
        sweeper = Sweeper(turns)
        pauses = waits()
        while not self._is_stopped:
            next_beat_at = time.monotonic() + self._pause
            try:
                answer = await self._beat(lane)
            except TROUBLE as error:
                self._connectedness.lost("beat", explain(error))
                next_beat_at = time.monotonic() + next(pauses)
            else:
                self._connectedness.regained("beat")
                pauses = waits()
                self._heard_lease(answer.lease_ms)
                next_beat_at = min(next_beat_at, time.monotonic() + self._pause)
                self._tell(answer)
                if self._is_asked_anew(answer):
                    next_beat_at = time.monotonic() + ECHO.total_seconds()
                if answer.sweep_turn:
                    turns.attempts, turns.backoff_ms = self._rhythm.attempts, self._rhythm.sweep_backoff_ms
                    turns.lease_ms = self._lease_ms
                    sweeper.take_turn()
            self._watch.ask()
            self._look_for_block()
            self._look_for_parent()
            await self._rest(next_beat_at)
        await sweeper.stop()
        await lane.client.aclose()

    async def _beat(self, lane: Lane) -> Beat:
        async with asyncio.timeout(self._patience):
            return await beat(
                lane,
                self._name,
                lease_ms=self._rhythm.lease_ms,
                sweep_every_ms=self._rhythm.sweep_interval // timedelta(milliseconds=1),
                fields=self._ears.card(),
            )

    @property
    def _pause(self) -> float:
        """Seconds between two beats: four in a lease, however short a manager has made it (I16)."""
        return min(self._rhythm.beat.total_seconds(), self._lease_ms / 4000)

    @property
    def _patience(self) -> float:
        """Seconds: half a lease of silence is promised at most, a slow answer included."""
        return min(self._lease_ms / 4000, LONGEST_PATIENCE.total_seconds())

    def _heard_lease(self, lease_ms: int) -> None:
        if lease_ms != self._lease_ms:
            log.info("lease changed", seconds=lease_ms / 1000, before=self._lease_ms / 1000)
            self._lease_ms = lease_ms
            if self._pause < self._rhythm.beat.total_seconds():
                log.error(
                    "beats more often than it was told to: the lease chosen for all is too short",
                    every_seconds=self._pause,
                    told_seconds=self._rhythm.beat.total_seconds(),
                    remedy="ORDERSTREAM_BEAT_SECONDS: a quarter of it at most, or the next start is refused",
                )

    def _tell(self, answer: Beat) -> None:
        self._home.call_soon_threadsafe(self._ears.told, answer)
        if answer.asked is Asked.STOP:
            self._ears.stop()

    def _is_asked_anew(self, answer: Beat) -> bool:
        asked, self._asked = self._asked, (answer.paused, answer.asked, answer.concurrency)
        return asked != self._asked

    def _look_for_block(self) -> None:
        if self._watch.stalled_for > self._rhythm.patience and not self._is_given_up:
            self._is_given_up = True
            self._ears.end("a handler blocks its event loop beyond every deadline")

    def _look_for_parent(self) -> None:
        if self._parent is not None and os.getppid() != self._parent:
            self._parent = None
            self._ears.end("its supervisor is gone")

    async def _rest(self, until: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, until - time.monotonic())):
                await self._wake.wait()

    def _sweeper(self, lane: Lane) -> sweeping.Sweeper:
        return sweeping.Sweeper(
            lane,
            actor=f"worker:{self._name}",
            lease_ms=self._lease_ms,
            attempts=self._rhythm.attempts,
            backoff_ms=self._rhythm.sweep_backoff_ms,
        )
