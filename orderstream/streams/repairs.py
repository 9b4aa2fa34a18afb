"""Gives an order without a status hash one: folded from its events, adopted, or as a dead letter."""

from collections.abc import Sequence

import structlog

from orderstream.domain.drafts import FIELDS, InvalidOrder, entry_from
from orderstream.domain.errors import cut, error_code
from orderstream.domain.events import Event, fold
from orderstream.domain.outcomes import ERROR_TEXT_BYTES
from orderstream.streams.codec import id_ms, interleaved, short_actor
from orderstream.streams.events_log import events_of_many, placed_from, trimmed_until_ms
from orderstream.streams.lane import Lane

log = structlog.get_logger(__name__)


async def restore_or_adopt(lane: Lane, ids: Sequence[str], *, actor: str) -> dict[str, str]:
    """What was done for each: restored, adopted, refused (no order: a dead letter), gone (no entry), exists,
    unreadable (its events are not ours), trimmed (its events may be gone, all or some of them).

    Only an entry that never had an event is adopted: a lost hash must not begin an order's history anew (I6).
    Only a history without a gap is folded: else attempt and fence would begin anew (I4, I10).
    """
    wanted = list(dict.fromkeys(ids))
    histories = await events_of_many(lane, wanted)
    done: dict[str, str] = {}
    unknown = [i for i in wanted if i not in histories]
    torn = [i for i in wanted if i in histories and not _is_whole(histories[i])]
    trimmed = [*torn, *await _trimmed(lane, unknown)]
    if trimmed:
        log.error("orders without a status are left alone: events of them are gone", order_ids=trimmed[:10])
        done |= dict.fromkeys(trimmed, "trimmed")
    for order_id in (i for i in wanted if i in histories and i not in done):
        done[order_id] = await _restore(lane, order_id, histories[order_id])
    if never_told := [i for i in unknown if i not in done]:
        done |= await _adopt(lane, never_told, actor)
    return done


async def _trimmed(lane: Lane, ids: Sequence[str]) -> list[str]:
    """Those that may have been placed, and even done, before the log's first event."""
    until = await trimmed_until_ms(lane) if ids else None
    if until is None:
        return []
    return [i for i in ids if await placed_from(lane, id_ms(i)) <= until]


def _is_whole(history: Sequence[Event]) -> bool:
    return [event.version for event in history] == list(range(1, len(history) + 1))


async def _restore(lane: Lane, order_id: str, history: Sequence[Event]) -> str:
    try:
        fields = interleaved(fold(history))
    except ValueError as error:
        log.error("an order's events cannot be folded", order_id=order_id, why=str(error))
        return "unreadable"
    return str(await lane.run("restore", ids=[order_id], args=fields))


async def _adopt(lane: Lane, ids: Sequence[str], actor: str) -> dict[str, str]:
    found = await lane.commands(("XRANGE", lane.keys.stream, i, i) for i in ids)
    args: list[str] = []
    for rows in found:
        args += _adoption(rows[0][1] if rows else None)
    codes = await lane.run("adopt", actor=short_actor(actor), ids=ids, args=args)
    return dict(zip(ids, codes, strict=True))


def _adoption(entry: dict[str, str] | None) -> list[str]:
    """kind (order, refused, gone), error code, text, then the order's fields."""
    if entry is None:
        return ["gone", "", "", *[""] * len(FIELDS)]
    try:
        wire = entry_from(entry).wire()
    except InvalidOrder as error:
        return ["refused", error_code(error), cut(str(error), ERROR_TEXT_BYTES), *[""] * len(FIELDS)]
    return ["order", "", "", *[wire.get(name, "") for name in FIELDS]]
