"""What operators do to orders: cancel, requeue, discard, note. Actor and words go into each event."""

from collections.abc import Sequence
from typing import Any, Final

from orderstream.domain.errors import cut
from orderstream.domain.remarks import REASON_BYTES
from orderstream.domain.status import OrderStatus
from orderstream.streams.codec import Unreadable, short_actor
from orderstream.streams.lane import Lane
from orderstream.streams.repairs import restore_or_adopt

# Orders in one call: a longer script stalls the server for everybody.
_BATCH: Final = 200


async def cancel(lane: Lane, ids: Sequence[str], *, actor: str, reason: str = "") -> list[str]:
    """Codes: cancelled, asked (in processing; completed still wins), refused, missing, broken, twice."""
    return await _operate(lane, "cancel", ids, actor, cut(reason, REASON_BYTES))


async def requeue(lane: Lane, ids: Sequence[str], *, actor: str, reason: str = "") -> list[str]:
    """Send dead letters back as a new round. Codes: requeued, gone (the entry is lost), refused, missing,
    broken, twice."""
    return await _operate(lane, "requeue", ids, actor, cut(reason, REASON_BYTES))


async def discard(lane: Lane, ids: Sequence[str], *, actor: str, reason: str = "") -> list[str]:
    """Give dead letters up: they become cancelled. Codes: discarded, refused, missing, broken, twice."""
    return await _operate(lane, "discard", ids, actor, cut(reason, REASON_BYTES))


async def note(lane: Lane, order_id: str, text: str, *, actor: str) -> tuple[str, int]:
    """Say something about an order, whatever its status. The code (noted, missing, broken) and, once noted,
    the version that the note is."""
    [[code, *version]] = await _operate(lane, "note", [order_id], actor, text)
    return code, version[0] if version else 0


async def status_of(lane: Lane, order_id: str) -> OrderStatus:
    """The status now, of an order that has one."""
    status = await lane.command("HGET", lane.keys.status(order_id), "status")
    try:
        return OrderStatus(status)
    except ValueError as error:
        raise Unreadable(f"status of order {order_id}: {error}") from error


async def _operate(lane: Lane, step: str, ids: Sequence[str], actor: str, words: str) -> list[Any]:
    """One answer for each; in batches, of which each is done or not done whole."""
    answers: list[Any] = []
    for start in range(0, len(ids), _BATCH):
        answers += await _batch(lane, step, ids[start : start + _BATCH], short_actor(actor), words)
    return answers


async def _batch(lane: Lane, step: str, ids: Sequence[str], actor: str, words: str) -> list[Any]:
    answers: list[Any] = await lane.run(step, actor=actor, ids=ids, args=[words])
    hashless = [i for i, answer in zip(ids, answers, strict=True) if _is_missing(answer)]
    found = await lane.commands(("XRANGE", lane.keys.stream, i, i) for i in hashless)
    there = [order_id for order_id, rows in zip(hashless, found, strict=True) if rows]
    if not there:
        return answers
    # Written straight into the stream and not adopted yet, or its hash was lost: it is an order all the same.
    # What nobody asked for is not to stand in their name.
    await restore_or_adopt(lane, there, actor=actor, with_those_behind=False)
    again = dict(zip(there, await lane.run(step, actor=actor, ids=there, args=[words]), strict=True))
    return [again.get(i, a) if _is_missing(a) else a for i, a in zip(ids, answers, strict=True)]


def _is_missing(answer: str | list[Any]) -> bool:
    return answer in ("missing", ["missing"])
