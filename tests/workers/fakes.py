"""A stream in memory that answers as Redis does, so that the engine can be watched without a server."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence

from orderstream.domain.outcomes import Completed
from orderstream.streams.connection import GroupLost
from orderstream.streams.deliveries import Beginning, Begun, Delivered, NotBegun, Report, Verdict
from orderstream.streams.liveness import Asked, Beat
from tests.orders import draft


class FakeSource:
    """Says what it was asked; `away` makes every call fail until it is 0 again, one call each."""

    def __init__(self, *order_ids: str) -> None:
        self.new = list(order_ids)
        self.pending: list[str] = []
        self.due: list[str] = []
        self.refusals: dict[str, str] = {}
        self.codes: dict[str, str] = {}
        self.away = 0
        self.reads: list[int] = []
        self.promotions: list[tuple[int, int]] = []
        self.begun: list[str] = []
        self.groups: list[list[Report]] = []
        self.released: list[tuple[str, int | None]] = []

    @property
    def reports(self) -> dict[str, Report]:
        return {report.order_id: report for group in self.groups for report in group}

    async def prepare(self) -> None:
        self._be_there()

    async def read(self, count: int, block_ms: int) -> Sequence[Delivered]:
        self._be_there()
        self.reads.append(count)
        taken, self.new = self.new[:count], self.new[count:]
        self.pending += taken
        return [Delivered(order_id, draft().wire()) for order_id in taken]

    async def begin(self, order_ids: Sequence[str]) -> Sequence[Beginning]:
        self._be_there()
        self.begun += order_ids
        return [
            NotBegun(i, self.refusals[i]) if i in self.refusals else Begun(i, fence=7, attempt=1, round=1)
            for i in order_ids
        ]

    async def finish(self, reports: Sequence[Report]) -> Sequence[Verdict]:
        self._be_there()
        self.groups.append(list(reports))
        self.pending = [i for i in self.pending if i not in {report.order_id for report in reports}]
        return [Verdict(r.order_id, self.codes.get(r.order_id, "recorded"), _status(r)) for r in reports]

    async def release(self, held: Sequence[tuple[str, int | None]]) -> object:
        self._be_there()
        self.released += held
        self.pending = [i for i in self.pending if i not in dict(held)]
        return None

    async def promote(self, limit: int, *, suspects: int) -> Sequence[str]:
        self._be_there()
        self.promotions.append((limit, suspects))
        taken, self.due = self.due[:limit], self.due[limit:]
        self.pending += taken
        return taken

    async def own_pending(self, limit: int, after: str = "-") -> Sequence[str]:
        self._be_there()
        start = 0 if after == "-" else self.pending.index(after.removeprefix("(")) + 1
        return self.pending[start : start + limit]

    async def entries(self, order_ids: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        return {order_id: draft().wire() for order_id in order_ids}

    async def is_retry_waiting(self) -> bool:
        return bool(self.due)

    def _be_there(self) -> None:
        if self.away:
            self.away -= 1
            raise GroupLost("the fake is away")


async def a_moment(seconds: float = 0.02) -> None:
    """Time for something that must not happen."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.Event().wait()


def told(
    *,
    paused: bool = False,
    asked: Asked = Asked.NOTHING,
    concurrency: int | None = None,
    cancels: tuple[str, ...] = (),
    lease_ms: int = 10_000,
) -> Beat:
    """What a beat brings; by default nothing is asked."""
    return Beat(paused, asked, concurrency, "0", False, lease_ms, cancels)


def _status(report: Report) -> str:
    return "completed" if isinstance(report.outcome, Completed) else "retrying"
