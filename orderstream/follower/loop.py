"""Reads on and on: knows how far it is, waits for a server that is away, ends when it has enough."""

import asyncio
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from orderstream.checkup.words import WORDS
from orderstream.follower.lines import Line
from orderstream.streams.causes import Cause, cause_of
from orderstream.streams.connection import AWAY, BLOCK_MS, StreamError, explain
from orderstream.streams.lane import Lane
from orderstream.streams.tailing import ends_of, read_behind

# One page in memory at a time, however far behind the cursor is.
PAGE: Final = 200
SHORTEST_WAIT: Final = 0.25
LONGEST_WAIT: Final = 5.0
# What may pass by itself; of anything else somebody must take care.
PASSING: Final = frozenset(
    {
        Cause.REFUSED,
        Cause.UNKNOWN_HOST,
        Cause.NO_ROUTE,
        Cause.NO_SOCKET,
        Cause.TIMED_OUT,
        Cause.CLOSED,
        Cause.LOADING,
        Cause.TOO_MANY_CLIENTS,
    }
)


class CannotFollow(Exception):  # noqa: N818 # says what happened
    """It will not get better by waiting; the message says why."""


@dataclass(slots=True)
class Follower:
    """`put` prints a line, `say` tells the person something, `has_left` says that nobody reads any more.

    `cursor` None: from now on.
    """

    stream: str
    line: Line
    put: Callable[[str], None]
    say: Callable[[str], None]
    has_left: Callable[[], bool]
    cursor: str | None = None
    # None: without end.
    left: int | None = None

    async def run(self, lane: Lane) -> None:
        waits, is_away = _waits(), False
        while self.left is None or self.left > 0:
            if self.has_left():
                raise BrokenPipeError
            try:
                await self._read_on(lane)
            except (*AWAY, StreamError) as error:
                self._raise_lasting(error)
                if not is_away:
                    self.say(_("%(why)s Trying again until it answers.") % {"why": explain(error, _)})
                is_away = True
                await asyncio.sleep(next(waits))
            else:
                if is_away:
                    self.say(_("Redis answers again."))
                waits, is_away = _waits(), False

    async def _read_on(self, lane: Lane) -> None:
        if self.cursor is None:
            # Named once: a `$` asked again after an outage would leave out what came meanwhile.
            self.cursor = (await ends_of(lane, self.stream)).last
        count = PAGE if self.left is None else min(PAGE, self.left)
        for entry in await read_behind(lane, self.stream, self.cursor, count, BLOCK_MS):
            self.put(self.line(entry))
            self.cursor = entry.id
            if self.left is not None:
                self.left -= 1

    async def tell_gap(self, lane: Lane) -> None:
        """Once, before the first read: what was asked for may be gone."""
        if self.cursor is None:
            return
        try:
            ends = await ends_of(lane, self.stream)
        except (*AWAY, StreamError):
            return  # `run` meets it again, and knows what to do
        if ends.lacks_behind(self.cursor):
            self.say(_("What stood there is removed; the first that is left is %(id)s.") % {"id": ends.first})

    def _raise_lasting(self, error: BaseException) -> None:
        cause = cause_of(error)
        if cause not in PASSING:
            what, remedy = WORDS[cause]
            raise CannotFollow(f"{what} {remedy} ({error})") from error


def _waits() -> Iterator[float]:
    """Seconds, doubling up to the longest, each drawn between half and all of it."""
    seconds = SHORTEST_WAIT
    while True:
        yield seconds * random.uniform(0.5, 1)  # noqa: S311 spreads the load, keeps no secret
        seconds = min(seconds * 2, LONGEST_WAIT)
