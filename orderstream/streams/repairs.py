"""Gives an order without a status hash one: folded from its events, adopted, or as a dead letter."""

from collections.abc import Sequence
from typing import Final

import structlog

from orderstream.domain.drafts import FIELDS, InvalidOrder, entry_from
from orderstream.domain.errors import cut, error_code
from orderstream.domain.events import Event, fold
from orderstream.domain.outcomes import ERROR_TEXT_BYTES
from orderstream.streams.codec import id_ms, id_order, interleaved, short_actor
from orderstream.streams.events_log import events_of_many, placed_from_each, trimmed_until_ms
from orderstream.streams.lane import Lane
from orderstream.streams.orders_read import list_entries

log = structlog.get_logger(__name__)

# So many entries without events in one call are a mass that somebody else writes. Each call looks through the
# log to its end, which each order that is done moves away: so the next ones are taken in one go. More than
# 5,000 of them would save little, for with each page of the log all ids are sent.
_MASS: Final = 50
_TAKEN_IN: Final = frozenset({"adopted", "refused"})
_MASS_PAGES: Final = 10
_MASS_PAGE: Final = 500  # entries: about 2 ms of the server's time
_ADOPTED_AT_ONCE: Final = 100  # they are read whole, and have no bound; about 2 ms of the server's time


async def restore_or_adopt(
    lane: Lane, ids: Sequence[str], *, actor: str, with_those_behind: bool = True
) -> dict[str, str]:
    """What was done for each: restored, adopted, refused (no order: a dead letter), gone (no entry), exists,
    unreadable (its events are not ours), trimmed (its events may be gone, all or some of them).

    Only an entry that never had an event is adopted: a lost hash must not begin an order's history anew (I6).
    Only a history without a gap is folded: else attempt and fence would begin anew (I4, I10).
    Where many are, those behind them that nobody has adopted either are adopted too.
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
    foreign = [i for i in unknown if i not in done]
    done |= await _adopt_all(lane, foreign, actor)
    taken_in = [i for i in foreign if done[i] in _TAKEN_IN]
    if with_those_behind and len(taken_in) >= _MASS:
        await _adopt_behind(lane, max(taken_in, key=id_order), actor)
    return done


async def _adopt_behind(lane: Lane, order_id: str, actor: str) -> None:
    """Of the next entries those that never had an event; what had one waits for its own turn."""
    hashless = await _hashless_behind(lane, order_id)
    histories = await events_of_many(lane, hashless)
    unknown = [i for i in hashless if i not in histories]
    trimmed = frozenset(await _trimmed(lane, unknown))
    await _adopt_all(lane, [i for i in unknown if i not in trimmed], actor)


async def _adopt_all(lane: Lane, ids: Sequence[str], actor: str) -> dict[str, str]:
    done: dict[str, str] = {}
    for start in range(0, len(ids), _ADOPTED_AT_ONCE):
        done |= await _adopt(lane, ids[start : start + _ADOPTED_AT_ONCE], actor)
    return done


async def _hashless_behind(lane: Lane, order_id: str) -> list[str]:
    """Those of the next entries that nobody has given a status yet."""
    found: list[str] = []
    start = order_id
    for _ in range(_MASS_PAGES):
        page = await list_entries(lane, start, _MASS_PAGE)
        found += [i for i, status in zip(page.ids, page.statuses, strict=True) if not status]
        if not (start := page.behind):
            break
    return [i for i in found if i != order_id]


async def _trimmed(lane: Lane, ids: Sequence[str]) -> list[str]:
    """Those that may have been placed, and even done, before the log's first event."""
    until = await trimmed_until_ms(lane) if ids else None
    if until is None:
        return []
    begun_ms = await placed_from_each(lane, [id_ms(i) for i in ids])
    return [i for i, at_ms in zip(ids, begun_ms, strict=True) if at_ms <= until]


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
