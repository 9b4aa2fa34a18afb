"""A worker's dealings with its orders: read, begin, finish, release, promote."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, NamedTuple, TypeAlias

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from orderstream.domain.errors import cut
from orderstream.domain.outcomes import ERROR_TEXT_BYTES, Completed, Outcome, Rejected, Retry
from orderstream.streams.codec import NAME_BYTES
from orderstream.streams.lane import Lane, raise_if_group_lost
from orderstream.streams.repairs import restore_or_adopt

# How many due orders are looked at beyond those wanted: suspects over their quota must not hide the others.
# A page of nothing else is followed by one more; behind two of them the others wait until a suspect went.
_CANDIDATES_MORE: Final = 100


# Named tuples, because four of these are made for every order and a frozen dataclass takes thrice as long.
class Delivered(NamedTuple):
    """An entry handed to this worker. It may be anything: others can write into the stream."""

    order_id: str
    fields: Mapping[str, str]


class Begun(NamedTuple):
    order_id: str
    fence: int
    attempt: int
    round: int


class NotBegun(NamedTuple):
    """reason: busy (another worker's), final, early (not due), missing (no hash: restore or adopt, then begin
    again), broken, paused, twice (in this call), failed (its attempts are used up)."""

    order_id: str
    reason: str


class Report(NamedTuple):
    """What became of an attempt. `took_ms` is measured by the worker's monotonic clock."""

    order_id: str
    fence: int
    outcome: Outcome
    took_ms: int


class Verdict(NamedTuple):
    """code: recorded, again (it was recorded before), stale (refused: another holds the order), missing,
    broken, twice. `status` is what the order is now, empty when unknown."""

    order_id: str
    code: str
    status: str


Beginning: TypeAlias = Begun | NotBegun


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Each is one round trip, `promote` a few, and may be repeated after a lost reply. Up to 1,000 orders."""

    lane: Lane
    worker: str

    def __post_init__(self) -> None:
        if not 0 < len(self.worker.encode()) <= NAME_BYTES or ":" in self.worker or " " in self.worker:
            raise ValueError(f"A worker's name has 1 to {NAME_BYTES} bytes, no colon and no blank.")

    @property
    def actor(self) -> str:
        return f"worker:{self.worker}"

    async def read(self, reader: Redis, count: int, block_ms: int | None) -> list[Delivered]:
        """New entries for this worker, waiting up to `block_ms`, or not at all with None.

        `reader` is a client of its own, for it waits on the server."""
        blocking = () if block_ms is None else ("BLOCK", block_ms)
        source = ("STREAMS", self.lane.keys.stream, ">")
        words = ("XREADGROUP", "GROUP", self.lane.group, self.worker, "COUNT", count, *blocking, *source)
        try:
            reply = await reader.execute_command(*words)  # type: ignore[no-untyped-call]
        except ResponseError as error:
            raise_if_group_lost(error)
            raise
        return [Delivered(order_id, fields) for _, entries in reply or () for order_id, fields in entries]

    async def begin(
        self, ids: Sequence[str], *, lease_ms: int, patience_ms: int, attempts: int
    ) -> list[Beginning]:
        """Delivered orders become processing; their deadline is `patience_ms` from now.

        `lease_ms`: counts unless a manager chose one for all workers; likewise in `promote`."""
        if not ids:
            return []
        replies = await self.lane.run(
            "begin", actor=self.actor, ids=ids, args=[self.worker, lease_ms, patience_ms, attempts]
        )
        return [_beginning(order_id, reply) for order_id, reply in zip(ids, replies, strict=True)]

    async def finish(self, reports: Sequence[Report], *, attempts: int) -> list[Verdict]:
        """Record outcomes. An outcome counts only with the fence that `begin` issued last (I4)."""
        if not reports:
            return []
        args: list[str | int] = [self.worker, attempts]
        for report in reports:
            args += (report.fence, *_outcome_args(report.outcome), report.took_ms)
        ids = [report.order_id for report in reports]
        replies = await self.lane.run("finish", actor=self.actor, ids=ids, args=args)
        return [Verdict(order_id, *reply) for order_id, reply in zip(ids, replies, strict=True)]

    async def release(self, held: Sequence[tuple[str, int | None]]) -> list[str]:
        """Hand orders back at once, the attempt not counted; fence None for those that do not run here: never
        begun, or the reply of begin was lost.

        Codes: released, left (not this worker's), final, missing, broken, twice."""
        if not held:
            return []
        args: list[str | int] = [self.worker, *("" if fence is None else fence for _, fence in held)]
        codes: list[str] = await self.lane.run(
            "release", actor=self.actor, ids=[i for i, _ in held], args=args
        )
        return codes

    async def promote(self, limit: int, *, lease_ms: int, suspects: int) -> list[str]:
        """Take up to `limit` retries whose time has come, among them at most `suspects` suspects."""
        if limit < 1:
            return []
        wanted = min(2 * limit + _CANDIDATES_MORE, 1_000)
        args: list[str | int] = [self.worker, lease_ms, suspects, limit]
        codes = await self._promote(0, wanted, args)
        if codes and set(codes.values()) == {"suspect"}:
            codes = await self._promote(wanted, wanted, args)
        return [order_id for order_id, code in codes.items() if code == "promoted"]

    async def _promote(self, start: int, count: int, args: Sequence[str | int]) -> dict[str, str]:
        """One page of those that are due first: what became of each."""
        ids: list[str] = await self.lane.command("ZRANGE", self.lane.keys.retry, start, start + count - 1)
        if not ids:
            return {}
        answers: list[str] = await self.lane.run("promote", actor=self.actor, ids=ids, args=args)
        codes = dict(zip(ids, answers, strict=True))
        missing = [order_id for order_id, code in codes.items() if code == "missing"]
        if missing:
            await restore_or_adopt(self.lane, missing, actor=self.actor)
        return codes

    async def own_pending(self, limit: int, after: str = "-") -> list[str]:
        """What the server says this worker holds, oldest first: after a lost reply more than it knows of.

        `after`: "(" and the last id of the page before."""
        page = await self.lane.command(
            "XPENDING",
            self.lane.keys.stream,
            self.lane.group,
            after,
            "+",
            limit,
            self.worker,
            parse_detail=True,
        )
        return [row["message_id"] for row in page]

    async def entries(self, ids: Iterable[str]) -> dict[str, dict[str, str]]:
        """The entries of these orders; an id without one is left out."""
        wanted = list(ids)
        stream = self.lane.keys.stream
        found = await self.lane.commands(("XRANGE", stream, i, i) for i in wanted)
        return {i: rows[0][1] for i, rows in zip(wanted, found, strict=True) if rows}


def _beginning(order_id: str, reply: list[Any]) -> Beginning:
    if reply[0] == "begun":
        return Begun(order_id, int(reply[1]), int(reply[2]), int(reply[3]))
    return NotBegun(order_id, reply[0])


def _outcome_args(outcome: Outcome) -> tuple[str | int, ...]:
    """kind, delay in ms, error code, text."""
    match outcome:
        case Completed():
            return ("completed", "", "", "")
        case Retry(delay, error, text):
            return (
                "retry",
                round(delay / timedelta(milliseconds=1)),
                cut(error, NAME_BYTES),
                cut(text, ERROR_TEXT_BYTES),
            )
        case Rejected(error, text):
            return ("rejected", "", cut(error, NAME_BYTES), cut(text, ERROR_TEXT_BYTES))
