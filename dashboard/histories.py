"""Keeps what was found of orders' histories: events never change, so only what is new is looked for."""

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from orderstream.streams.codec import StoredOrder
from orderstream.streams.histories import PAGES, History, history_of
from orderstream.streams.lane import Lane

_KEPT_MAX: Final = 200
# A failover may take events back, and give their versions to others.
_KEPT_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class _Kept:
    version: int
    fence: int
    history: History
    monotonic: float


class Histories:
    """One for a web process."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()

    async def of(self, lane: Lane, order: StoredOrder, pages: int = PAGES) -> History:
        which = (lane.keys.events, order.id)
        kept = self._usable(which, order)
        if kept is not None and kept.version == order.version:
            if kept.fence == order.fence and (kept.history.is_whole or pages <= kept.history.pages):
                return kept.history
            kept = None
        history = await history_of(lane, order, known=kept.history if kept else None, pages=pages)
        self._keep(which, _Kept(order.version, order.fence, history, time.monotonic()))
        return history

    def _usable(self, which: tuple[str, str], order: StoredOrder) -> _Kept | None:
        kept = self._kept.get(which)
        if kept is None or kept.version > order.version:
            return None
        return kept if time.monotonic() - kept.monotonic < _KEPT_SECONDS else None

    def _keep(self, which: tuple[str, str], kept: _Kept) -> None:
        self._kept[which] = kept
        self._kept.move_to_end(which)
        if len(self._kept) > _KEPT_MAX:
            self._kept.popitem(last=False)
