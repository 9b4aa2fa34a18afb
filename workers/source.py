"""What the engine asks of the order stream, answered from Redis; mends a lost group or hash on the way."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol, TypeVar

import structlog

from orderstream.streams.connection import AWAY, GroupLost, StreamError
from orderstream.streams.deliveries import Beginning, Delivered, Deliveries, NotBegun, Report, Verdict
from orderstream.streams.figures import next_retry_at_ms
from orderstream.streams.repairs import restore_or_adopt

log = structlog.get_logger(__name__)

T = TypeVar("T")

TROUBLE: Final = (*AWAY, StreamError, GroupLost)
"""Redis is away or refuses: a worker keeps what it holds and asks again."""

GRACE: Final = timedelta(seconds=5)
"""From the end of an attempt's time limit to its deadline: time to record what became of it."""


class Source(Protocol):
    """Where orders come from and outcomes go. Any call may raise TROUBLE, and may then be repeated."""

    async def prepare(self) -> None: ...

    async def read(self, count: int, block_ms: int) -> Sequence[Delivered]: ...

    async def begin(self, order_ids: Sequence[str]) -> Sequence[Beginning]: ...

    async def finish(self, reports: Sequence[Report]) -> Sequence[Verdict]: ...

    async def release(self, held: Sequence[tuple[str, int | None]]) -> object: ...

    async def promote(self, limit: int, *, suspects: int) -> Sequence[str]: ...

    async def own_pending(self, limit: int, after: str = "-") -> Sequence[str]: ...

    async def entries(self, order_ids: Sequence[str]) -> Mapping[str, Mapping[str, str]]: ...

    async def is_retry_waiting(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Terms:
    """What every begin and finish of this worker says. `lease`: where no manager chose one for all."""

    lease: timedelta
    time_limit: timedelta
    attempts: int

    @property
    def lease_ms(self) -> int:
        return round(self.lease.total_seconds() * 1000)

    @property
    def patience_ms(self) -> int:
        """From begin to the deadline; the lease plays no part in it."""
        return round((self.time_limit + GRACE).total_seconds() * 1000)


@dataclass(slots=True)
class RedisSource:
    """`read_new` reads on a connection of its own: a read that waits must not hold up a recording.

    `terms` may be exchanged; they count for what begins or ends from then on."""

    deliveries: Deliveries
    read_new: Callable[[int, int], Awaitable[list[Delivered]]]
    terms: Terms

    async def prepare(self) -> None:
        """Make the group where there is none yet."""
        if await self.deliveries.lane.ensure_group():
            log.info("consumer group made")

    async def read(self, count: int, block_ms: int) -> Sequence[Delivered]:
        return await self._in_group(lambda: self.read_new(count, block_ms))

    async def begin(self, order_ids: Sequence[str]) -> Sequence[Beginning]:
        terms = self.terms
        answers = await self._in_group(lambda: self._begin(order_ids, terms))
        missing = [a.order_id for a in answers if isinstance(a, NotBegun) and a.reason == "missing"]
        if not missing:
            return answers
        await self._mend(missing)
        again = {answer.order_id: answer for answer in await self._begin(missing, terms)}
        return [again.get(answer.order_id, answer) for answer in answers]

    async def finish(self, reports: Sequence[Report]) -> Sequence[Verdict]:
        verdicts = await self._in_group(lambda: self._finish(reports))
        missing = {verdict.order_id for verdict in verdicts if verdict.code == "missing"}
        if not missing:
            return verdicts
        await self._mend(list(missing))
        lost = [report for report in reports if report.order_id in missing]
        again = {verdict.order_id: verdict for verdict in await self._finish(lost)}
        return [again.get(verdict.order_id, verdict) for verdict in verdicts]

    async def release(self, held: Sequence[tuple[str, int | None]]) -> object:
        return await self._in_group(lambda: self.deliveries.release(held))

    async def promote(self, limit: int, *, suspects: int) -> Sequence[str]:
        return await self._in_group(
            lambda: self.deliveries.promote(limit, lease_ms=self.terms.lease_ms, suspects=suspects)
        )

    async def own_pending(self, limit: int, after: str = "-") -> Sequence[str]:
        return await self._in_group(lambda: self.deliveries.own_pending(limit, after))

    async def entries(self, order_ids: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        return await self.deliveries.entries(order_ids)

    async def is_retry_waiting(self) -> bool:
        return await next_retry_at_ms(self.deliveries.lane) is not None

    async def _begin(self, order_ids: Sequence[str], terms: Terms) -> list[Beginning]:
        return await self.deliveries.begin(
            order_ids, lease_ms=terms.lease_ms, patience_ms=terms.patience_ms, attempts=terms.attempts
        )

    async def _finish(self, reports: Sequence[Report]) -> list[Verdict]:
        return await self.deliveries.finish(reports, attempts=self.terms.attempts)

    async def _mend(self, order_ids: Sequence[str]) -> None:
        done = await restore_or_adopt(self.deliveries.lane, order_ids, actor=self.deliveries.actor)
        log.info("orders without a status mended", count=len(done), how=sorted(set(done.values())))

    async def _in_group(self, ask: Callable[[], Awaitable[T]]) -> T:
        try:
            return await ask()
        except GroupLost as loss:
            if await self.deliveries.lane.ensure_group():
                # Loud: somebody deleted it. Every entry comes again, the final ones only to be refused.
                log.error("consumer group was lost; made again at id 0", why=str(loss))
            return await ask()
