"""A stage for the directed cases: workers, a clock, and short ways to ask what Redis holds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from orderstream.domain.outcomes import Completed, Outcome, Rejected, Retry
from orderstream.streams.codec import pairs
from orderstream.streams.deliveries import Beginning, Begun, Deliveries, NotBegun, Report, Verdict
from orderstream.streams.lane import WAITING, Lane
from orderstream.streams.liveness import Beat, beat, retire
from orderstream.streams.sweeping import sweep
from tests.orders import placed_orders
from tests.streams.checker import check

LEASE_MS = 1_000
PATIENCE_MS = 4_000
ATTEMPTS = 3
BACKOFF_MS = 50
# Longer than any entry lay idle: a living worker may keep what it has not begun.
PATIENT = 10**9

COMPLETED = Completed()
REJECTED = Rejected("BadOrder", "no such product")


def retry_in(delay_ms: int) -> Retry:
    return Retry(timedelta(milliseconds=delay_ms), "Unreachable", "try later")


@dataclass
class Clock:
    """The servers' clock, in ms, turned by the test."""

    now_ms: int = 1_700_000_000_000

    def __call__(self) -> int:
        return self.now_ms

    def advance(self, ms: int) -> None:
        self.now_ms += ms


@dataclass
class Worker:
    """One worker's dealings, with the figures of these tests filled in."""

    lane: Lane
    name: str
    deliveries: Deliveries = field(init=False)

    def __post_init__(self) -> None:
        self.deliveries = Deliveries(self.lane, self.name)

    async def beat(self, sweep_every_ms: int = 0) -> Beat:
        return await beat(
            self.lane,
            self.name,
            lease_ms=LEASE_MS,
            sweep_every_ms=sweep_every_ms,
            fields={"host": "here"},
        )

    async def read(self, count: int = 100) -> list[str]:
        delivered = await self.deliveries.read(self.lane.client, count, None)
        return [each.order_id for each in delivered]

    async def begin(self, ids: Sequence[str], attempts: int = ATTEMPTS) -> list[Beginning]:
        return await self.deliveries.begin(ids, lease_ms=LEASE_MS, patience_ms=PATIENCE_MS, attempts=attempts)

    async def reasons(self, ids: Sequence[str], attempts: int = ATTEMPTS) -> list[str]:
        """What begin answered, in one word each."""
        return [
            each.reason if isinstance(each, NotBegun) else "begun" for each in await self.begin(ids, attempts)
        ]

    async def begun(self, ids: Sequence[str]) -> dict[str, int]:
        """Begin these, all of them; their fences."""
        answers = await self.begin(ids)
        assert all(isinstance(each, Begun) for each in answers), answers
        return {each.order_id: each.fence for each in answers if isinstance(each, Begun)}

    async def take(self, ids: Sequence[str]) -> dict[str, int]:
        """Read, and begin these."""
        await self.read()
        return await self.begun(ids)

    async def finish(
        self, fences: Mapping[str, int], outcome: Outcome, *, attempts: int = ATTEMPTS, took_ms: int = 7
    ) -> list[Verdict]:
        reports = [Report(order_id, fence, outcome, took_ms) for order_id, fence in fences.items()]
        return await self.deliveries.finish(reports, attempts=attempts)

    async def codes(self, fences: Mapping[str, int], outcome: Outcome) -> list[str]:
        return [verdict.code for verdict in await self.finish(fences, outcome)]

    async def promote(self, limit: int = 100, suspects: int = 1) -> list[str]:
        return await self.deliveries.promote(limit, lease_ms=LEASE_MS, suspects=suspects)


@dataclass
class Scene:
    lane: Lane
    clock: Clock
    workers: list[Worker] = field(default_factory=list)
    # Orders whose entry a test took away on purpose.
    lost: set[str] = field(default_factory=set)

    async def open(self, *names: str) -> None:
        for name in names:
            await self.worker(name)
        await self.pass_time(2 * LEASE_MS)

    async def worker(self, name: str) -> Worker:
        worker = Worker(self.lane, name)
        await worker.beat()
        self.workers.append(worker)
        return worker

    async def pass_time(self, ms: int, silent: Iterable[Worker] = ()) -> None:
        """Time goes by while all but the silent beat: so there is no calm, and the silent die."""
        quiet = {worker.name for worker in silent}
        end = self.clock.now_ms + ms
        while self.clock.now_ms < end:
            self.clock.advance(min(LEASE_MS // 2, end - self.clock.now_ms))
            for worker in self.workers:
                if worker.name not in quiet:
                    await worker.beat()

    async def dies(self, worker: Worker) -> None:
        """The worker falls silent until its lease has run out."""
        self.workers.remove(worker)
        await self.pass_time(LEASE_MS + 10)

    async def placed(self, count: int) -> list[str]:
        return await placed_orders(self.lane, count)

    async def sweep(self, ids: Sequence[str], bound_ms: int = 0) -> list[str]:
        return await sweep(
            self.lane,
            ids,
            actor="worker:sweeper",
            bound_ms=bound_ms,
            attempts=ATTEMPTS,
            backoff_ms=BACKOFF_MS,
        )

    async def retire(self, worker: Worker) -> bool:
        return await retire(self.lane, worker.name)

    async def hash(self, order_id: str) -> dict[str, str]:
        fields: dict[str, str] = await self.lane.command("HGETALL", self.lane.keys.status(order_id))
        return fields

    async def status(self, order_id: str) -> str | None:
        return (await self.hash(order_id)).get("status")

    async def statuses(self, ids: Iterable[str]) -> list[str | None]:
        return [await self.status(order_id) for order_id in ids]

    async def holder(self, order_id: str) -> str | None:
        """For whom the order is pending."""
        page = await self.lane.command(
            "XPENDING", self.lane.keys.stream, self.lane.group, order_id, order_id, 1, parse_detail=True
        )
        return page[0]["consumer"] if page else None

    async def is_parked(self, order_id: str) -> bool:
        return await self.holder(order_id) == WAITING

    async def due(self, order_id: str) -> int | None:
        return await self._score(self.lane.keys.retry, order_id)

    async def failed_at(self, order_id: str) -> int | None:
        return await self._score(self.lane.keys.failed, order_id)

    async def _score(self, key: str, member: str) -> int | None:
        score = await self.lane.command("ZSCORE", key, member)
        return None if score is None else int(score)

    async def totals(self) -> dict[str, int]:
        flat = pairs(await self.lane.command("HGETALL", self.lane.keys.totals))
        return {name: int(value) for name, value in flat.items()}

    async def control(self, **fields: str | int) -> None:
        for name, value in fields.items():
            await self.lane.command("HSET", self.lane.keys.control, name, value)

    async def lose_entry(self, *ids: str) -> None:
        await self.lane.command("XDEL", self.lane.keys.stream, *ids)
        self.lost.update(ids)

    async def lose_hash(self, order_id: str) -> None:
        await self.lane.command("DEL", self.lane.keys.status(order_id))

    async def lose_group(self) -> None:
        await self.lane.command("XGROUP", "DESTROY", self.lane.keys.stream, self.lane.group)

    async def check(self) -> None:
        await check(self.lane, lost=self.lost)
