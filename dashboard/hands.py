"""What workers have in hand, and what became of the orders of lost ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from orderstream.streams.codec import StoredOrder
from orderstream.streams.controlling import Standing
from orderstream.streams.lane import Lane
from orderstream.streams.losses import Losses, swept_from
from orderstream.streams.orders_read import by_ids
from orderstream.streams.pending import held_by

HAND_SHOWN: Final = 10
# A lost worker's events are looked through once, when nothing is pending for it any more.
_KEPT_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class InHand:
    """An order in somebody's hands and since when (ms). `order` None: it cannot be read."""

    order_id: str
    since_ms: int
    order: StoredOrder | None


@dataclass(frozen=True, slots=True)
class Loss:
    """What a lost worker held: still pending for it, and taken from it. `later_ms`: from then to the end."""

    pending: int
    orders: Sequence["Fate"]
    count: int
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of an order that was taken from a lost worker at `swept_at_ms`."""

    order_id: str
    swept_at_ms: int
    order: StoredOrder | None

    @property
    def later_ms(self) -> int | None:
        """From then to its end; None while it has none."""
        ended = self.order.processed_at_ms if self.order else None
        return None if ended is None else max(0, ended - self.swept_at_ms)


_kept: dict[tuple[str, str, int], Losses] = {}


async def hands_of(lane: Lane, workers: Sequence[str], now_ms: int) -> Mapping[str, Sequence[InHand]]:
    """Longest in hand first; the first few of each."""
    held = await held_by(lane, workers, HAND_SHOWN)
    orders = await by_ids(lane, [entry.entry_id for entries in held.values() for entry in entries])
    return {
        worker: sorted(
            (
                InHand(
                    entry.entry_id,
                    _since(orders.get(entry.entry_id), now_ms - entry.idle_ms),
                    orders.get(entry.entry_id),
                )
                for entry in entries
            ),
            key=lambda each: each.since_ms,
        )
        for worker, entries in held.items()
    }


async def loss_of(lane: Lane, worker: Standing) -> Loss:
    """Looked for from the end of its lease on: before that nobody takes anything from it."""
    found = await _losses(lane, worker)
    shown = found.orders[:HAND_SHOWN]
    orders = await by_ids(lane, [each.order_id for each in shown])
    fates = [Fate(each.order_id, each.at_ms, orders.get(each.order_id)) for each in shown]
    return Loss(worker.in_hand, fates, len(found.orders), found.is_whole)


async def _losses(lane: Lane, worker: Standing) -> Losses:
    which = (lane.keys.prefix, worker.name, worker.alive_until)
    if which not in _kept:
        found = await swept_from(lane, worker.name, worker.alive_until)
        if worker.in_hand:
            return found
        if len(_kept) >= _KEPT_MAX:
            _kept.clear()
        _kept[which] = found
    return _kept[which]


def _since(order: StoredOrder | None, delivered_ms: int) -> int:
    """From its begin; one that is not begun yet, from its delivery."""
    started = order.started_at_ms if order and order.status == "processing" else None
    return delivered_ms if started is None else started
