"""Accepts orders: each idempotency key at most once, never beyond the backlog's limit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypeAlias, TypedDict

from orderstream.domain.drafts import FIELDS
from orderstream.domain.orders import OrderDraft
from orderstream.streams.codec import short_actor
from orderstream.streams.connection import DiskFails, OutOfMemory, TooFewReplicas
from orderstream.streams.lane import Lane
from orderstream.streams.replication import Replication
from orderstream.streams.scripts import Argument


@dataclass(frozen=True, slots=True)
class Placement:
    """An order to be placed. `digest` stands for the client's body; it matters only with a `key`."""

    draft: OrderDraft
    key: str | None = None
    scope: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """A new order."""

    order_id: str
    created_at_ms: int


@dataclass(frozen=True, slots=True)
class Replayed:
    """The key is known and the body is the same: this is the order it stands for."""

    order_id: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """The key is known and stands for another body."""

    order_id: str


class Shortage(StrEnum):
    """What there is too little of for another order; as the script says it."""

    BACKLOG = "backlog"  # as many unfinished orders as there may be
    MEMORY = "memory"


@dataclass(frozen=True, slots=True)
class Busy:
    """Not placed: try again later."""

    lacks: Shortage
    order_id: None = None


@dataclass(frozen=True, slots=True)
class Withheld:
    """Nothing wrong with it, but another order of the same call was a conflict or busy."""

    order_id: None = None


Answer: TypeAlias = Placed | Replayed | Conflict | Busy | Withheld


class NotReplicated(Exception):  # noqa: N818 an event, not a fault: the orders are placed
    """Accepted, and fewer replicas than asked for have it so far. The same keys may be sent again."""

    def __init__(self, answers: Sequence[Answer], seen: int, replicas: int) -> None:
        super().__init__(f"{seen} of {replicas} replicas have what was placed")
        self.answers, self.seen, self.replicas = answers, seen, replicas

    @property
    def order_ids(self) -> list[str]:
        """In the order of the placements, where each has one."""
        return [answer.order_id for answer in self.answers if isinstance(answer, Placed | Replayed)]


async def place(
    lane: Lane,
    placements: Sequence[Placement],
    *,
    actor: str,
    backlog_limit: int,
    key_ttl: timedelta | None,
    all_or_nothing: bool = True,
) -> list[Answer]:
    """Place a batch in one step; answers stand in the order of the placements.

    `backlog_limit` 0 means none; `key_ttl` None keeps the keys until `forget_keys`. With `all_or_nothing`
    one conflict or busy keeps the others from being placed. NotReplicated where the lane waits for replicas
    and has waited in vain, also for what was placed before: it may not have reached them since.
    DiskFails and TooFewReplicas where the server takes no writes and a key is unknown: nothing was placed.
    """
    keys: dict[str, int] = {}
    args: list[str | int] = []
    for placement in placements:
        number = 0
        if placement.key is not None:
            name = lane.keys.idempotency(placement.scope, placement.key)
            number = keys.setdefault(name, len(keys) + 1)
        wire = placement.draft.wire()
        args += [number, placement.digest, *[wire.get(name, "") for name in FIELDS]]
    ttl = "" if key_ttl is None else round(key_ttl.total_seconds() * 1000)
    call: _Call = {
        "actor": short_actor(actor),
        "keys": tuple(keys),
        "args": [backlog_limit, ttl, int(all_or_nothing), *args],
    }
    try:
        if lane.replication is not None:
            return await _replicated(lane, lane.replication, call, all_or_nothing)
        return [_answer(reply) for reply in await lane.run("place", **call)]
    except (DiskFails, OutOfMemory, TooFewReplicas) as refusal:
        known = await _known(lane, placements)
        if None in known and not isinstance(refusal, OutOfMemory):
            raise
        answers: list[Answer] = [answer or Busy(Shortage.MEMORY) for answer in known]
        if lane.replication is not None:
            _raise_short(answers, 0, lane.replication, all_or_nothing)
        return answers


class _Call(TypedDict):
    actor: str
    keys: Sequence[str]
    args: Sequence[Argument]


async def _replicated(
    lane: Lane, replication: Replication, call: _Call, all_or_nothing: bool
) -> list[Answer]:
    replies, seen = await lane.run_replicated("place", replication, **call)
    answers = [_answer(reply) for reply in replies]
    _raise_short(answers, seen, replication, all_or_nothing)
    return answers


def _raise_short(
    answers: Sequence[Answer], seen: int, replication: Replication, all_or_nothing: bool
) -> None:
    short = NotReplicated(answers, seen, replication.replicas)
    # Of a batch that was refused, the refusal is what the caller has to hear.
    is_refused = all_or_nothing and len(short.order_ids) < len(answers)
    if seen < replication.replicas and short.order_ids and not is_refused:
        raise short


async def _known(lane: Lane, placements: Sequence[Placement]) -> list[Replayed | Conflict | None]:
    """What the keys stand for. A server that takes no writes refuses the script, known or not."""
    asked = [each for each in placements if each.key is not None]
    names = [lane.keys.idempotency(each.scope, each.key or "") for each in asked]
    found = await lane.commands(
        (("HMGET", name, "order_id", "digest") for name in names), errors_in_place=True
    )
    stands_for = {id(each): row for each, row in zip(asked, found, strict=True)}
    return [_known_as(each, stands_for.get(id(each))) for each in placements]


def _known_as(placement: Placement, row: Any) -> Replayed | Conflict | None:
    """`row`: order id and digest, or the error of a key of another type."""
    if isinstance(row, Exception):
        return Conflict("")
    if row is None or row[0] is None:
        return None
    return Replayed(row[0]) if row[1] == placement.digest else Conflict(row[0])


def _answer(reply: list[str]) -> Answer:
    match reply:
        case ["placed", order_id, created_at_ms]:
            return Placed(order_id, int(created_at_ms))
        case ["replayed", order_id]:
            return Replayed(order_id)
        case ["conflict", order_id]:
            return Conflict(order_id)
        case ["busy", lacks]:
            return Busy(Shortage(lacks))
    return Withheld()


async def forget_keys(lane: Lane, scope: str, keys: Iterable[str]) -> None:
    """Remove idempotency keys that were placed without a time to live."""
    names = [lane.keys.idempotency(scope, key) for key in keys]
    if names:
        await lane.command("UNLINK", *names)
