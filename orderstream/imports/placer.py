"""Places batches with patience: waits while the backlog is full or Redis takes nothing, ends when asked."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Final, TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orderstream.streams.connection import AWAY, DiskFails, OutOfMemory, TooFewReplicas, explain
from orderstream.streams.lane import Lane
from orderstream.streams.placing import (
    Answer,
    Busy,
    NotReplicated,
    Placement,
    Shortage,
    forget_keys,
    place,
)

SHORTEST_WAIT: Final = timedelta(milliseconds=100)
LONGEST_WAIT: Final = timedelta(seconds=5)
# A call whose sender died or gave up may still be on its way: TCP tries for a quarter of an hour by default.
LATEST_ARRIVAL: Final = timedelta(hours=1)
# As many orders as such a call may hold.
DOUBTFUL_ORDERS: Final = 1_000
T = TypeVar("T")


class Interrupted(Exception):  # noqa: N818 a wish of the person, not a fault
    """Somebody asked to stop; what was placed is placed."""


class RedisAway(Exception):  # noqa: N818 names the thing, as callers read it
    """Redis or its replicas took nothing for as long as we are patient; the message says why."""


@dataclass(slots=True)
class Placer:
    """Every order goes through here, in calls that may be repeated: each has a key that does not expire
    before it is forgotten.

    `say` gets one sentence at each edge (backlog full, Redis takes nothing, Redis back), not one per attempt.
    """

    lane: Lane
    actor: str
    backlog_limit: int
    say: Callable[[str], None]
    patience: timedelta = timedelta(minutes=5)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    _answered: bool = False
    # Orders, from here on, that an earlier process or a call without a reply may have sent too.
    _doubtful: int = DOUBTFUL_ORDERS
    _keeps_keys: bool = True
    _waits_for_room: bool = False

    async def place(self, placements: Sequence[Placement]) -> None:
        """Return when the stream has them all; Interrupted and RedisAway may leave a part of them in it."""
        left = list(placements)
        wait = _waits()
        while left:
            self.check_stop()
            answers = await self._patiently(partial(self._ask, left))
            # Placed now, or by a call before whose reply was lost: either way the order is there.
            still = [
                placement for placement, answer in zip(left, answers, strict=True) if isinstance(answer, Busy)
            ]
            if len(still) < len(left):
                wait = _waits()
            left = still
            if Busy(Shortage.BACKLOG) in answers:
                await self._wait_for_room(next(wait))
        self._waits_for_room = False
        self._keeps_keys = self._doubtful > 0
        self._doubtful -= len(placements)

    async def forget(self, scope: str, keys: Iterable[str]) -> None:
        """Remove keys that are not needed any more; those that a late call may still use run out later."""
        waiting = list(keys)
        for start in range(0, len(waiting), 1_000):
            page = waiting[start : start + 1_000]
            await self._patiently(partial(self._forget, scope, page))

    def check_stop(self) -> None:
        if self.stop.is_set():
            raise Interrupted

    async def pause(self, seconds: float) -> None:
        """Sleep; Interrupted as soon as somebody asks to stop."""
        try:
            await asyncio.wait_for(self.stop.wait(), seconds)
        except TimeoutError:
            return
        raise Interrupted

    async def _ask(self, placements: Sequence[Placement]) -> Sequence[Answer]:
        """OutOfMemory where that is all that stands against them."""
        answers = await place(
            self.lane,
            placements,
            actor=self.actor,
            backlog_limit=self.backlog_limit,
            # A week may pass before a killed import is run again: only `forget` ends a key.
            key_ttl=None,
            # As many as there is room for, or a batch above the limit would wait for ever.
            all_or_nothing=False,
        )
        if all(answer == Busy(Shortage.MEMORY) for answer in answers):
            raise OutOfMemory
        return answers

    async def _forget(self, scope: str, keys: Sequence[str]) -> None:
        if not self._keeps_keys:
            await forget_keys(self.lane, scope, keys)
            return
        ttl_ms = round(LATEST_ARRIVAL.total_seconds() * 1000)
        names = (self.lane.keys.idempotency(scope, key) for key in keys)
        await self.lane.commands(("PEXPIRE", name, ttl_ms) for name in names)

    async def _wait_for_room(self, seconds: float) -> None:
        if not self._waits_for_room:
            self._waits_for_room = True
            limit = f"{self.backlog_limit:,}"
            self.say(_("The backlog is full (%(limit)s orders); waiting for workers.") % {"limit": limit})
        await self.pause(seconds)

    async def _patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        """The call's answer, asked for again while Redis is away or takes nothing."""
        waits = _waits()
        away_since: float | None = None
        while True:
            try:
                answer = await call()
            except (*AWAY, DiskFails, OutOfMemory, TooFewReplicas, NotReplicated) as error:
                now = time.monotonic()
                self._doubtful = DOUBTFUL_ORDERS
                self._answered |= not isinstance(error, AWAY)
                if away_since is None:
                    away_since = now
                    self._say_away(error)
                # A server that never answered is a wrong address rather than an outage.
                if not self._answered or now - away_since > self.patience.total_seconds():
                    raise RedisAway(_why(error)) from error
                await self.pause(next(waits))
            else:
                if away_since is not None:
                    self.say(_("Redis takes orders again."))
                self._answered = True
                return answer

    def _say_away(self, error: BaseException) -> None:
        if self._answered:
            minutes = f"{self.patience.total_seconds() / 60:g}"
            self.say(
                _("%(reason)s Trying again for up to %(minutes)s minutes.")
                % {"reason": _why(error), "minutes": minutes}
            )


def _why(error: BaseException) -> str:
    if not isinstance(error, NotReplicated):
        return explain(error, _)
    count = len(error.order_ids)
    text = ngettext(
        "%(count)s order is placed and not yet replicated: %(seen)s of %(replicas)s replicas have it.",
        "%(count)s orders are placed and not yet replicated: %(seen)s of %(replicas)s replicas have them.",
        count,
    )
    return text % {"count": f"{count:,}", "seen": error.seen, "replicas": error.replicas}


def _waits() -> Iterator[float]:
    """Seconds to wait, doubling up to the longest, each drawn between half and all of it."""
    seconds = SHORTEST_WAIT.total_seconds()
    while True:
        yield seconds * random.uniform(0.5, 1)  # noqa: S311 spreads the load, keeps no secret
        seconds = min(seconds * 2, LONGEST_WAIT.total_seconds())
