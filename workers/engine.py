"""The loop of one worker: takes orders in while slots are free, one task for each, until told to stop."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, TypeVar

import structlog

from orderstream.streams.connection import explain
from orderstream.streams.ending import end
from orderstream.streams.liveness import Asked, Beat
from workers.attempts import Attempts
from workers.hand import Hand
from workers.intake import Intake
from workers.limiter import cut_overdue
from workers.promoter import Promoter
from workers.reconnecting import Connectedness, waits
from workers.recorder import Recorder, Tally
from workers.source import TROUBLE, Source
from workers.work import Work

log = structlog.get_logger(__name__)

T = TypeVar("T")

AT_ONCE: Final = timedelta(milliseconds=1)
"""A read that does not wait; Redis takes BLOCK 0 for "for ever"."""

ATTENTIVE: Final = timedelta(milliseconds=250)
"""How long a read waits while retries may fall due: they are looked for between two reads."""

FLUSH: Final = timedelta(seconds=1)
"""When handing back: for outcomes that are reported already. The end by force comes 1.5 s after."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a read waits and how often own entries are compared; `once`: end when nothing waits."""

    block: timedelta
    compare_every: timedelta
    once: bool = False


class Engine:
    """Lives in one event loop. `drain` and `hand_back` end it, and so does a drain that an operator asks:
    `told` brings the requests of each beat."""

    def __init__(
        self, source: Source, work: Work, pace: Pace, hand: Hand, connectedness: Connectedness
    ) -> None:
        self._source, self._pace = source, pace
        self.hand = hand
        self._configured_capacity = hand.capacity
        self.tally = Tally()
        self._connectedness = connectedness
        self._recorder = Recorder(source, hand, self.tally, connectedness)
        self._attempts = Attempts(work, hand, self._recorder, lambda: self.on_hung())
        self._intake = Intake(
            source, hand, Promoter(source, hand), self._attempts.starter, compare_every=pace.compare_every
        )
        self._asked = Asked.NOTHING
        self._is_draining = False
        self._handing_back = asyncio.Event()
        self._told = asyncio.Event()
        self._wait: asyncio.Task[Any] | None = None
        self.on_hung: Callable[[], None] = lambda: None

    @property
    def mode(self) -> str:
        """running, paused or draining."""
        if self._is_draining or self._asked in {Asked.DRAIN, Asked.STOP}:
            return "draining"
        return "paused" if self._is_resting else "running"

    async def run(self) -> bool:
        """Until drained, handed back, or with `once` until nothing waits. False: something is left behind."""
        recording = asyncio.create_task(self._recorder.run())
        limiting = asyncio.create_task(
            cut_overdue(self.hand, lambda: self._attempts.work, self._attempts.abandon)
        )
        try:
            await self._take_orders(recording)
            await self._give_up_strays()
            await self._first(recording, self.hand.empty(), self._handing_back.wait())
            return await self._leave()
        finally:
            await end([recording, limiting])

    def drain(self) -> None:
        """Take nothing more; what is in hand goes on."""
        self._is_draining = True
        if self._wait is not None:
            self._wait.cancel()

    def hand_back(self) -> None:
        """Cut short what runs; it goes back to the stream, its attempt not counted."""
        self.drain()
        self._handing_back.set()

    def adopt(self, work: Work) -> None:
        """Do this with orders begun from now on."""
        self._attempts.work = work

    def told(self, beat: Beat) -> None:
        """Obey what the last beat brought."""
        was_resting = self._is_resting
        self._intake.is_paused, self._asked = beat.paused, beat.asked
        if was_resting and not self._is_resting:
            self._intake.compare_soon()  # what was delivered during the pause is ours and has not begun
        capacity = beat.concurrency or self._configured_capacity
        if capacity != self.hand.capacity:
            log.info("concurrency changed", before=self.hand.capacity, now=capacity)
            self.hand.capacity = capacity
            self.hand.changed()
        for order_id in beat.cancels:
            self._attempts.cancel(order_id)
        self._told.set()
        self.hand.changed()  # whoever rests looks what it was told

    # --- taking in

    async def _take_orders(self, recording: asyncio.Task[None]) -> None:
        # Beat before the first read: what a worker holds that has never beaten would be swept at once.
        await self._unless_draining(self._told.wait())
        pauses, is_prepared = waits(), False
        while not self._is_draining:
            if recording.done():
                recording.result()  # it never ends but by an error of ours
            try:
                if not is_prepared:
                    await self._source.prepare()
                    is_prepared = True
                if await self._pass():
                    return
                pauses = waits()
            except TROUBLE as error:
                self._connectedness.lost("reader", explain(error))
                self._intake.compare_soon()
                await self._unless_draining(asyncio.sleep(next(pauses)))

    async def _pass(self) -> bool:
        """One turn of the loop; True when it was the last: asked to drain, or nothing is left with `once`."""
        if self._is_resting:
            return await self._rest()
        if not self.hand.has_room:
            await self._unless_draining(self.hand.room())
            if self._is_draining or self._is_resting:
                return False
        begun = await self._intake.own() + await self._intake.due()
        if self.hand.free and not self._is_resting:
            begun += await self._read(is_urgent=begun > 0)
        self._connectedness.regained("reader")
        return self._pace.once and not begun and not self.hand and not await self._source.is_retry_waiting()

    @property
    def _is_resting(self) -> bool:
        """Nothing is begun: all are paused, or an operator asked it of this worker."""
        return self._intake.is_paused or self._asked is not Asked.NOTHING

    async def _rest(self) -> bool:
        """Until the next beat; True once what an operator asked to drain is drained."""
        self._told.clear()
        if self._asked is not Asked.NOTHING:  # unless all are paused, others may begin what came meanwhile
            await self._intake.give_up_strays()
        await self._unless_draining(self.hand.until(lambda: self._told.is_set() or self._is_drained))
        if self._is_drained:
            log.info("drained as an operator asked")
            self.drain()
        return self._is_drained

    @property
    def _is_drained(self) -> bool:
        return self._asked is Asked.DRAIN and not self.hand

    async def _read(self, *, is_urgent: bool) -> int:
        block = AT_ONCE if is_urgent else await self._patience()
        delivered = await self._unless_draining(self._intake.read(round(block.total_seconds() * 1000)))
        # What arrives too late is ours already; the rest, or the end of the drain, hands it back.
        if not delivered or self._is_draining or self._asked is not Asked.NOTHING:
            return 0
        return await self._intake.begin(delivered)

    async def _patience(self) -> timedelta:
        """How long to wait for a new entry: the whole time only if no retry can fall due meanwhile."""
        if self._pace.once and not self.hand:
            return AT_ONCE
        is_idle = not self.hand and not await self._source.is_retry_waiting()
        return self._pace.block if is_idle else min(self._pace.block, ATTENTIVE)

    async def _unless_draining(self, waiting: Coroutine[Any, Any, T]) -> T | None:
        """The one place where the loop waits long: `drain` cuts it short."""
        if self._is_draining:  # asked while the loop was at something short
            waiting.close()
            return None
        self._wait = task = asyncio.create_task(waiting)
        try:
            return await task
        except asyncio.CancelledError:
            if self._is_draining and task.cancelled():
                return None
            raise
        finally:
            self._wait = None

    # --- the end

    async def _first(self, recording: asyncio.Task[None], *waiting: Coroutine[Any, Any, Any]) -> None:
        """Until one of them is over; an error in recording is raised here."""
        tasks = [asyncio.create_task(each) for each in waiting]
        await asyncio.wait([recording, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        if recording.done():
            recording.result()

    async def _give_up_strays(self) -> None:
        """What came while the drain was asked need not wait until it is over."""
        if self._is_draining:
            with contextlib.suppress(*TROUBLE):  # the end of the drain looks again
                async with asyncio.timeout(FLUSH.total_seconds()):
                    await self._intake.give_up_strays()

    async def _leave(self) -> bool:
        """Hand back what has not ended. False: outcomes or orders are left to the sweep."""
        self._attempts.cut_all()
        try:
            async with asyncio.timeout(FLUSH.total_seconds()):
                await self.hand.until(lambda: all(not held.is_reported for held in self.hand))
                await self._intake.give_up()
        except TROUBLE as error:
            if self.hand:
                why = explain(error)
                log.error("not handed back; others take over after the lease", count=len(self.hand), why=why)
        return not self.hand
