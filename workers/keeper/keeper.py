"""Elects one keeper by a lease with a fence, and runs the duties for as long as this process holds it."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Final, Protocol

import structlog

from orderstream.streams.causes import WRITES_REFUSED, cause_of
from orderstream.streams.connection import AWAY, StreamError, explain
from orderstream.streams.ending import end
from orderstream.streams.lane import Lane
from orderstream.streams.leases import KeeperLease
from workers.reconnecting import Connectedness, waits

log = structlog.get_logger(__name__)

LEASE: Final = timedelta(seconds=5)
BEAT: Final = timedelta(seconds=1)  # how often the lease is extended, or asked for while another has it
GOODBYE: Final = timedelta(seconds=1)  # for giving the lease back; a server that is away gets it by time


@dataclass(frozen=True, slots=True)
class Term:
    """One unbroken time in office. A later term has a higher fence, also one of the same process."""

    lane: Lane
    fence: int


class Duty(Protocol):
    """Something to be done again and again, by one process at a time, in bounded steps.

    It must bear being cut off at any await, and being done twice: a term may end unnoticed for a moment.
    """

    every: timedelta

    async def turn(self, term: Term) -> None: ...


class Keeper:
    """A candidate, and while elected the one that does the duties."""

    def __init__(
        self,
        lane: Lane,
        name: str,
        duties: Sequence[Duty],
        *,
        lease: timedelta = LEASE,
        beat: timedelta = BEAT,
    ) -> None:
        self._lane, self._name, self._duties = lane, name, duties
        self._lease = KeeperLease(lane, name, lease // timedelta(milliseconds=1))
        self._beat = beat
        self._redis = Connectedness()
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Give the lease back and end."""
        self._stop.set()

    async def run(self) -> None:
        """Be a candidate or in office until told to stop."""
        fence: int | None = None
        try:
            while not self._stop.is_set():
                if fence is None:
                    fence = await self._held()
                    await self._rest(0 if fence else self._beat.total_seconds())
                else:
                    fence = await self._in_office(Term(self._lane, fence))
        finally:
            await self._give_back()

    async def _in_office(self, term: Term) -> int | None:
        """Do the duties until the lease is lost or changes hands; gives the fence that follows."""
        log.info("keeping house", keeper=self._name, fence=term.fence)
        duties = [asyncio.create_task(self._repeat(duty, term)) for duty in self._duties]
        try:
            fence: int | None = term.fence
            while fence == term.fence and not self._stop.is_set():
                await self._rest(self._beat.total_seconds())
                fence = await self._held()
        finally:
            await end(duties)
        if fence != term.fence and not self._stop.is_set():
            log.warning("not keeping house any more", keeper=self._name, fence=term.fence)
        return fence

    async def _held(self) -> int | None:
        """Ask for the lease, and again while the server is away; None: another has it, or we are to stop."""
        pauses = waits()
        while not self._stop.is_set():
            try:
                fence = await self._lease.hold()
            except (*AWAY, StreamError) as error:
                self._redis.lost("lease", explain(error))
                await self._rest(next(pauses))
            else:
                self._redis.regained("lease")
                return fence
        return None

    async def _repeat(self, duty: Duty, term: Term) -> None:
        """Once every interval; a turn that comes late is left out, not made up for."""
        party, every = type(duty).__name__, duty.every.total_seconds()
        due, is_failing = monotonic(), False
        while True:
            try:
                await duty.turn(term)
            except AWAY as error:
                self._redis.lost(party, explain(error))
            except Exception as error:
                # Once at the edge: a duty that fails each second would drown everything else.
                if not is_failing:
                    _tell(party, error)
                is_failing = True
            else:
                self._redis.regained(party)
                if is_failing:
                    log.info("a duty succeeds again", duty=party)
                is_failing = False
            missed = max(0.0, monotonic() - due) // every
            due += every * (missed + 1)
            await asyncio.sleep(max(0.0, due - monotonic()))

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)

    async def _give_back(self) -> None:
        try:
            async with asyncio.timeout(GOODBYE.total_seconds()):
                if await self._lease.give_back():
                    log.info("gave the house back", keeper=self._name)
        except (*AWAY, StreamError) as error:
            log.warning("could not give the lease back; it ends by itself", why=explain(error))


def _tell(duty: str, error: Exception) -> None:
    """What the server refuses is no fault of ours, so its trace would say nothing."""
    if cause_of(error) in WRITES_REFUSED:
        log.warning("a duty is refused; it is tried again at each turn", duty=duty, why=explain(error))
    else:
        log.error("a duty fails; it is tried again at each turn", duty=duty, exc_info=error)
