"""Reads the histories of some orders again that are not held any more, a page of the log at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from orderstream.domain.events import Event
from orderstream.domain.histories import History
from orderstream.streams.codec import Unreadable, event_from, id_ms, id_order
from orderstream.streams.events_log import PAGE, find_page, placed_from
from orderstream.streams.lane import Lane

_FEW: Final = 200
_PAGE: Final = 1_000


@dataclass(slots=True)
class Rereading:
    """`found`: each as far as the cursor `until`, complete once `step` said so. `headless`: what begins with
    a later event than its first."""

    lane: Lane
    ids: Sequence[str]
    until: str
    take: Callable[[History, Event], None]
    found: dict[str, History] = field(default_factory=dict)
    headless: set[str] = field(default_factory=set)
    # Once it is complete: what is still to be looked at.
    whole: list[History] = field(init=False, default_factory=list)
    unknown: list[str] = field(init=False, default_factory=list)
    is_complete: bool = field(init=False, default=False)
    # Events; on the server's pages, which it filters, so many at most.
    looked: int = field(init=False, default=0)
    _start: str = field(init=False, default="")
    _ids: frozenset[str] = field(init=False, default=frozenset())

    @property
    def left(self) -> int:
        """Orders that are to be looked at."""
        return len(self.whole) + len(self.unknown) if self.is_complete else len(self.ids)

    async def step(self, is_headless: Callable[[Event], bool]) -> bool:
        """One page; True when it was the last, and at every further call."""
        if self.is_complete:
            return True
        if not self._start:
            self._start = f"{await placed_from(self.lane, min(id_ms(i) for i in self.ids))}-0"
        events, self._start = await self._page()
        end = id_order(self.until)
        for event in events:
            if id_order(event.id) <= end:
                self._take(event, is_headless)
        self.is_complete = not self._start or id_order(self._start.removeprefix("(")) >= end
        if self.is_complete:
            self.whole = [h for i, h in self.found.items() if i not in self.headless]
            self.unknown = [i for i in self.ids if i not in self.found]
        return self.is_complete

    async def _page(self) -> tuple[Sequence[Event], str]:
        """The server filters for a few; for many thousand that would stall it, so they are picked here."""
        if len(self.ids) <= _FEW:
            self.looked += PAGE
            return await find_page(self.lane, self._start, self.ids)
        rows = await self.lane.command("XRANGE", self.lane.keys.events, self._start, "+", "COUNT", _PAGE)
        self.looked += len(rows)
        wanted = self._wanted()
        events = [_event(i, fields) for i, fields in rows if fields.get("order_id") in wanted]
        behind = f"({rows[-1][0]}" if len(rows) == _PAGE else ""
        return [event for event in events if event is not None], behind

    def _wanted(self) -> frozenset[str]:
        if not self._ids:
            self._ids = frozenset(self.ids)
        return self._ids

    def _take(self, event: Event, is_headless: Callable[[Event], bool]) -> None:
        history = self.found.get(event.order_id)
        if history is None:
            history = self.found[event.order_id] = History(event.order_id)
            if is_headless(event):
                self.headless.add(event.order_id)
        if event.order_id not in self.headless:
            self.take(history, event)


def _event(event_id: str, fields: dict[str, str]) -> Event | None:
    """None: garbage, which was counted when the log was read first."""
    try:
        return event_from(event_id, fields)
    except Unreadable:
        return None
