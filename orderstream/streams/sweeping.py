"""Finds orders that nobody alive is working on, consumer by consumer, and puts them back."""

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeAlias

from orderstream.streams.codec import pairs, short_actor
from orderstream.streams.figures import scores, set_control
from orderstream.streams.lane import WAITING, Lane
from orderstream.streams.liveness import retire
from orderstream.streams.orders_read import list_entries
from orderstream.streams.repairs import restore_or_adopt

# A lost worker stays visible for this long after its orders were put back.
LOST_SHOWN: Final = timedelta(seconds=60)

# What living workers hold is looked at once it has lain for so long, lest each turn read all that is in hand.
# Not for a lease: that may be an hour, and deadlines would pass unseen.
IDLE_MOST_MS: Final = 10_000

BEGINNING: Final = "-"
CURSOR: Final = re.compile(r"\(\d{1,20}-\d{1,20}", re.ASCII)  # behind this id
# What to look at behind an id, and where the page behind it begins; None when it was the last.
PageAfter: TypeAlias = Callable[[str], Awaitable[tuple[Sequence[str], str | None]]]


async def sweep(
    lane: Lane, ids: Sequence[str], *, actor: str, bound_ms: int, attempts: int, backoff_ms: int
) -> list[str]:
    """Put back what no live worker holds. An order without a hash gets one and is looked at the next time.

    `bound_ms`: how long a live worker may hold an entry without having begun it. Codes: fine, put_back,
    swept, parked, indexed, held, calm, undelivered, acknowledged, lost, missing, broken, twice.
    """
    if not ids:
        return []
    args = [bound_ms, attempts, backoff_ms]
    codes: list[str] = await lane.run("sweep", actor=short_actor(actor), ids=ids, args=args)
    missing = [i for i, code in zip(ids, codes, strict=True) if code == "missing"]
    if missing:
        await restore_or_adopt(lane, missing, actor=actor)
    return codes


@dataclass(slots=True)
class Sweeper:
    """A way through the pending list and the stream; how far it came is kept where the next one finds it."""

    lane: Lane
    actor: str
    lease_ms: int
    attempts: int
    backoff_ms: int
    page: int = 200  # orders that one call looks at: about 1 ms of the server's time
    pages: int = 10  # of the stream and of the parked, in one turn

    async def turn(self) -> Counter[str]:
        """One turn: dead workers first, then what living ones hold for too long, then the parked, then a
        page of the stream. How often each code was answered, and `retired`."""
        codes: Counter[str] = Counter()
        living, gone = [], []
        now = await self.lane.now_ms()
        alive_until = await scores(self.lane, self.lane.keys.workers)
        for name, pending in (await self._consumers()).items():
            if name == WAITING:
                continue
            if alive_until.get(name, 0) > now:
                living.append(name)
            elif pending:
                codes += await self._sweep_held(name)
            else:
                gone.append(name)
        for name in living:
            codes += await self._sweep_held(name, idle_ms=min(self.lease_ms, IDLE_MOST_MS))
        codes += await self._go_through("parked_after", self._unindexed)
        codes += await self._go_through("audited_after", self._entries)
        gone += [name for name, until in alive_until.items() if until <= now and name not in gone]
        codes["retired"] += await self._retire(gone, alive_until, now)
        return codes

    async def _go_through(self, cursor: str, page_after: PageAfter) -> Counter[str]:
        """The next pages, from where the last turn of anybody ended; behind the last it begins again."""
        codes: Counter[str] = Counter()
        control = self.lane.keys.control
        kept = await self.lane.command("HGET", control, cursor) or ""
        after = kept if CURSOR.fullmatch(kept) else BEGINNING
        for _ in range(self.pages):
            suspects, behind = await page_after(after)
            codes += await self._sweep(suspects)
            after = behind or BEGINNING
            if after == BEGINNING:
                break
        await set_control(self.lane, {cursor: after})
        return codes

    async def _entries(self, after: str) -> tuple[Sequence[str], str | None]:
        """A page of the stream, for orders that are in nobody's pending list."""
        page = await list_entries(self.lane, after, self.page)
        return page.ids, page.behind or None

    async def _sweep_held(self, name: str, idle_ms: int = 0) -> Counter[str]:
        """All that is pending for one worker: rarely more than it has slots."""
        codes: Counter[str] = Counter()
        after: str | None = "-"
        while after:
            ids = await self._pending(name, after, idle_ms)
            codes += await self._sweep(ids)
            after = self._next(ids)
        return codes

    def _next(self, ids: Sequence[str]) -> str | None:
        """Where the page behind this one begins; None when this was the last."""
        return f"({ids[-1]}" if len(ids) == self.page else None

    async def _sweep(self, ids: Sequence[str]) -> Counter[str]:
        return Counter(
            await sweep(
                self.lane,
                ids,
                actor=self.actor,
                bound_ms=self.lease_ms,
                attempts=self.attempts,
                backoff_ms=self.backoff_ms,
            )
        )

    async def _consumers(self) -> dict[str, int]:
        keys = self.lane.keys
        rows = await self.lane.command("XINFO", "CONSUMERS", keys.stream, self.lane.group)
        return {(row := pairs(flat))["name"]: int(row["pending"]) for flat in rows}

    async def _pending(self, name: str, after: str, idle_ms: int = 0) -> list[str]:
        # By consumer: XPENDING IDLE over the whole list blocks the server for 13 ms at 100,000 entries.
        idle = ("IDLE", idle_ms) if idle_ms else ()
        page = await self.lane.command(
            "XPENDING",
            self.lane.keys.stream,
            self.lane.group,
            *idle,
            after,
            "+",
            self.page,
            name,
            parse_detail=True,
        )
        return [row["message_id"] for row in page]

    async def _unindexed(self, after: str) -> tuple[list[str], str | None]:
        """What is parked without a due time, on a page of what is parked."""
        ids = await self._pending(WAITING, after)
        due = await self.lane.command("ZMSCORE", self.lane.keys.retry, *ids) if ids else []
        return [i for i, at in zip(ids, due, strict=True) if at is None], self._next(ids)

    async def _retire(self, gone: Sequence[str], alive_until: dict[str, int], now: int) -> int:
        shown_ms = LOST_SHOWN // timedelta(milliseconds=1)
        long_gone = [name for name in gone if alive_until.get(name, 0) + shown_ms <= now]
        return sum([await retire(self.lane, name, "judged") for name in long_gone])
