"""Takes orders in: what this worker owns already, then due retries, then new entries; and begins them."""

import time
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final, TypeVar

import structlog

from orderstream.streams.deliveries import Begun, Delivered, NotBegun
from workers.hand import Hand
from workers.promoter import Promoter
from workers.source import Source

log = structlog.get_logger(__name__)

T = TypeVar("T")

Start = Callable[[Begun, Mapping[str, str]], None]

OWN_PAGE: Final = 1_000
"""Own pending entries asked for in one call, and the most that one comparison begins."""

BATCH: Final = 200
"""Orders asked for in one call: from 100 on nothing is gained, and a longer script stalls the server."""


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


class Intake:
    """One pass at a time, in the order of the loop; the engine repeats it while slots are free."""

    def __init__(
        self,
        source: Source,
        hand: Hand,
        promoter: Promoter,
        starter: Callable[[], Start],
        *,
        compare_every: timedelta,
    ) -> None:
        self._source, self._hand, self._promoter, self._starter = source, hand, promoter, starter
        self._compare_every: Final = compare_every.total_seconds()
        self._compare_at = 0.0
        self._broken: set[str] = set()
        self.is_paused = False
        """The server has answered that the group is paused; the next beat knows better."""

    def compare_soon(self) -> None:
        """After an error a reply may be lost: its orders are ours in the server's books only."""
        self._compare_at = 0.0

    async def own(self) -> int:
        """Begin what is in this worker's part of the PEL but not in its memory; once per interval."""
        now = time.monotonic()
        if now < self._compare_at:
            return 0
        # What is broken would come first again each time; the sweep parks it once it is mended.
        lacking = await self._strays(min(self._hand.free, OWN_PAGE), but=self._broken)
        self._compare_at = now + self._compare_every
        return await self._begin_by_id(lacking)

    async def due(self) -> int:
        """Promote due retries into at most half of the free slots and begin them."""
        return await self._begin_by_id(await self._promoter.promote())

    async def read(self, block_ms: int) -> Sequence[Delivered]:
        """New entries for the free slots; waits up to `block_ms` for the first."""
        return await self._source.read(min(self._hand.free, BATCH), block_ms)

    async def begin(self, delivered: Sequence[Delivered]) -> int:
        """Begin and start them; how many now run. Those in hand already stay as they are."""
        fresh = {each.order_id: each.fields for each in delivered if each.order_id not in self._hand}
        if not fresh:
            return 0
        self._hand.note(fresh)
        # Asked for in the same moment as the deadline, so that no attempt is given more time than that.
        start = self._starter()
        try:
            answers = await self._source.begin(list(fresh))
        except BaseException:
            # Begun or not, they are pending for us; the next comparison asks again and gets the same fence.
            self._hand.forget(fresh)
            self.compare_soon()
            raise
        refused = [answer for answer in answers if isinstance(answer, NotBegun)]
        for answer in answers:
            if isinstance(answer, Begun):
                start(answer, fresh[answer.order_id])
        if refused:
            await self._refused(refused)
        return len(answers) - len(refused)

    async def give_up(self) -> None:
        """Hand back what has not ended: what is in hand with its fence, what else is ours without."""
        held = [(each.order_id, each.fence) for each in self._hand if not each.is_reported]
        for batch in batches(held, BATCH):
            await self._source.release(batch)
            self._hand.forget(order_id for order_id, _fence in batch)
        if held:
            log.info("orders handed back", count=len(held))
        await self.give_up_strays()

    async def give_up_strays(self) -> None:
        """Hand back what is ours in the server's books only: it need not wait for what is in hand."""
        for batch in batches(await self._strays(), BATCH):
            await self._source.release([(order_id, None) for order_id in batch])

    async def _strays(self, most: int | None = None, *, but: Container[str] = ()) -> list[str]:
        """Own entries that are not in hand, oldest first."""
        found: list[str] = []
        after = "-"
        while most is None or len(found) < most:
            page = await self._source.own_pending(OWN_PAGE, after)
            found += [order_id for order_id in page if order_id not in self._hand and order_id not in but]
            if len(page) < OWN_PAGE:
                break
            after = f"({page[-1]}"
        return found[:most]

    async def _begin_by_id(self, order_ids: Sequence[str]) -> int:
        begun = 0
        for batch in batches(order_ids, BATCH):
            entries = await self._source.entries(batch)
            # Without its entry an order still is begun: the script or the sweep decides what becomes of it.
            begun += await self.begin([Delivered(order_id, entries.get(order_id, {})) for order_id in batch])
        return begun

    async def _refused(self, refused: Sequence[NotBegun]) -> None:
        self._hand.forget(answer.order_id for answer in refused)
        if any(answer.reason == "paused" for answer in refused):
            # They stay in our part of the PEL and are begun by the comparison after the pause.
            self.is_paused = True
        early = [answer.order_id for answer in refused if answer.reason == "early"]
        if early:  # a group made again at 0 delivers retries before they are due
            await self._source.release([(order_id, None) for order_id in early])
        for answer in refused:
            # Missing still: its status was to be restored, and its events are not ours either.
            if answer.reason in {"broken", "missing"} and answer.order_id not in self._broken:
                self._broken.add(answer.order_id)
                log.error("order is unreadable in Redis; mend or delete its key", order_id=answer.order_id)
